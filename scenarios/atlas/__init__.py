"""Pages with the map of a network: a territory's, and that of a check of its files."""

"""The quality gate: what feeds and extracts hold, and what is wrong with them."""

"""The street graph: its frozen type, how it is built, and search on it."""

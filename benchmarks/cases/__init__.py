"""The cases, a module a part; each is found by being in this folder."""

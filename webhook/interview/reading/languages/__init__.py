"""The tables of each language that code reads: what is said, and nothing of how it is read."""

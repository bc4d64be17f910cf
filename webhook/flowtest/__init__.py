"""The designers' tests of a flow: talks in YAML, what is expected of them, and how much of the flow they reach."""

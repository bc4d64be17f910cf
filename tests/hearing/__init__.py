"""How well code hears: banks of spoken answers with what may be taken from each. `python -m tests.hearing`."""

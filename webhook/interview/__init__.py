"""The interview itself, as values and functions.

Nothing below awaits, reads a clock, draws randomness, opens a file or logs: times and ids are arguments, words
come in as text and go out as text. A test imports this package in a fresh interpreter and fails if `asyncio` or
any package that does I/O got loaded.
"""

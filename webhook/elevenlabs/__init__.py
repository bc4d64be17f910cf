"""ElevenLabs over REST: the only package that knows its addresses, answers and errors.

Ids go in; values or documents come out, or an error of the `ElevenLabsError` tree. An answer that lacks what it promises
is an error, so nobody downstream holds half of one.
"""

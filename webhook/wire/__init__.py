"""Codecs for documents that somebody else specifies: bytes and dicts on one side, our values on the other."""

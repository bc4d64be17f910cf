"""The brain of a voice interviewer: Claude hears and words, code decides."""

__version__ = "0.1.0"

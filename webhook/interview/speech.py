"""What may be spoken: model text made fit for a voice, piece by piece as it streams.

Nothing that only makes sense on a screen gets through (markdown, JSON, tags, links), and nothing after the first
question: one question a turn is the rule that keeps an interview an interview.
"""

from __future__ import annotations

import re

LONGEST_REPLY = 700
"""Characters after which a reply is cut at the next sentence end; ElevenLabs agents were seen to idle past ~800."""
_HARD_CUT = 900
_CLOSERS = {"<": ">", "{": "}", "[": "]"}
_LONGEST_BRACKET = 400
_MARKUP = re.compile(r"[*_`#~|^\\]+")
_LINK = re.compile(r"(?:https?://|www\.)\S*", re.IGNORECASE)
_BULLET = re.compile(r"(?:^|(?<=\s))(?:[-•]|\d{1,2}[.)])(?=\s)")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_SPEAKER = re.compile(r"^\s*(?:assistant|interviewer|agent|system)\s*:\s*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…](?=[\s\"')\]]|$)")


class SpeechFilter:
    """Feed deltas, speak what comes back.

    Text is released at white space, so that a half-written link or tag is never heard. `done` turns true after the
    first question or when the reply has grown too long; further text is dropped.
    """

    def __init__(self) -> None:
        self.done = False
        self.spoken = ""
        self._held = ""
        self._bracket = ""
        self._closer: list[str] = []

    def feed(self, delta: str) -> str:
        """The part of everything so far that can be spoken now, beyond what was returned before."""
        if self.done:
            return ""
        self._held += self._outside_brackets(delta)
        cut = max(self._held.rfind(" "), self._held.rfind("\n"))
        if cut < 0:
            return ""
        ready, self._held = self._held[: cut + 1], self._held[cut + 1 :]
        return self._release(ready)

    def flush(self) -> str:
        """What is left when the stream has ended."""
        if self.done:
            return ""
        ready, self._held = self._held, ""
        return self._release(ready)

    def _outside_brackets(self, delta: str) -> str:
        kept = []
        for c in delta:
            if self._closer:
                self._bracket += c
                if c == self._closer[-1]:
                    self._closer.pop()
                elif c in _CLOSERS:
                    self._closer.append(_CLOSERS[c])
                if len(self._bracket) > _LONGEST_BRACKET:
                    self._closer.clear()  # never closed: everything in it stays unspoken
                if not self._closer:
                    self._bracket = ""
            elif c in _CLOSERS:
                self._closer.append(_CLOSERS[c])
                self._bracket = c
            else:
                kept.append(c)
        return "".join(kept)

    def _release(self, text: str) -> str:
        text = clean(text, at_start=not self.spoken)
        if not text.strip():
            return ""
        text = self._until_question(text)
        out = text if not self.spoken else self._joined(text)
        self.spoken += out
        if len(self.spoken) > LONGEST_REPLY and (len(self.spoken) > _HARD_CUT or _ends_sentence(self.spoken)):
            self.done = True
        return out

    def _joined(self, text: str) -> str:
        if self.spoken[-1].isspace():
            return text.lstrip()
        return text

    def _until_question(self, text: str) -> str:
        for match in re.finditer(r"\?+[\"'”’)]*(?=\s|$)", text):
            self.done = True
            return text[: match.end()]
        return text


def clean(text: str, *, at_start: bool = True) -> str:
    """A piece of text without anything that cannot be spoken; white space at its ends is kept."""
    if at_start:
        text = _SPEAKER.sub("", text)
    text = _CONTROL.sub(" ", text)
    text = _LINK.sub("", text)
    text = _BULLET.sub("", text)
    text = _EMOJI.sub("", _MARKUP.sub(lambda m: " " if "_" in m.group() else "", text))
    text = re.sub(r"\s+", " ", text)
    return text.lstrip() if at_start else text


def question_of(text: str) -> str:
    """The last question in a text, or the text itself when it asks nothing."""
    sentences = split_sentences(text)
    return next((s for s in reversed(sentences) if "?" in s), text.strip())


def split_sentences(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        parts.append(text[start : match.end()].strip())
        start = match.end()
    rest = text[start:].strip()
    return [p for p in (*parts, rest) if p]


def until_sentence_end(text: str) -> str:
    """The text up to its last complete sentence; "" when there is none."""
    ends = [m.end() for m in _SENTENCE_END.finditer(text)]
    return text[: ends[-1]].strip() if ends else ""


def _ends_sentence(text: str) -> bool:
    return text.rstrip().endswith((".", "!", "?", "…"))

"""What may be spoken: model text made fit for a voice, word by word as it streams.

Nothing that only makes sense on a screen gets through (markdown, code, JSON, tags, links, stage directions), and
nothing after the first question: one question a turn is the rule that keeps an interview an interview.
"""

from __future__ import annotations

import re

LONGEST_REPLY = 700
"""Characters after which a reply is cut at the next sentence end; ElevenLabs agents were seen to idle past ~800."""
_HARD_CUT = 900
_CLOSERS = {"<": ">", "{": "}", "[": "]", "(": ")"}
_LONGEST_BRACKET = 400
_LONGEST_DIRECTION = 8
"""Words of a stage direction such as `*laughs softly*` before we stop waiting for its end."""
_FENCE = re.compile(r"```|~~~")
_MARKUP = re.compile(r"[*_`#~|^\\]+")
_LINK = re.compile(r"(?:https?://|www\.)\S*?(?=[.,;:!?]*(?:\s|$))", re.IGNORECASE)
_BULLET = re.compile(r"[-–•+*]|\d{1,2}[.)]")
_BULLETS = re.compile(rf"^[ \t]*(?:{_BULLET.pattern})[ \t]+", re.MULTILINE)
_DIRECTION = re.compile(r"\*[^\W\d_]")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_SPEAKER = re.compile(r"^\s*(?:assistant|interviewer|agent|system)\s*:\s*", re.IGNORECASE)
_QUESTION = re.compile(r"[?？؟][?？؟!…]*[\"'”’»]*(?=\s|$|[A-ZÄÖÜ])")
_ABBREVIATED = re.compile(r"\b(?:dr|mr|mrs|ms|prof|st|no|nr|vs|ca|bzw|hr|fr|e\.g|i\.e|z\. ?b|d\. ?h)\.$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[^\sa-zäöü]|\s*$)")


class SpeechFilter:
    """Feed deltas, speak what comes back. However the text is cut into deltas, the same words come out.

    Text is released word by word, so that a half-written link or tag is never heard. `done` turns true after the
    first question or when the reply has grown too long; further text is dropped.
    """

    def __init__(self) -> None:
        self.done = False
        self.spoken = ""
        self._word = ""
        self._bracket = 0
        self._closers: list[str] = []
        self._at_line_start = True
        self._in_fence = False
        self._direction = 0

    def feed(self, delta: str) -> str:
        """The part of everything so far that can be spoken now, beyond what was returned before."""
        return "".join(self._take(c) for c in delta)

    def flush(self) -> str:
        """What is left when the stream has ended."""
        word, self._word = self._word, ""
        return self._release(word, "")

    def _take(self, c: str) -> str:
        if self.done or self._is_bracketed(c):
            return ""
        if not c.isspace():
            self._word += c
            return ""
        word, self._word = self._word, ""
        out = self._release(word, " ")
        self._at_line_start = c == "\n" or (self._at_line_start and not word)
        return out

    def _is_bracketed(self, c: str) -> bool:
        if not self._closers:
            if c in _CLOSERS:
                self._closers.append(_CLOSERS[c])
                self._bracket = 0
            return c in _CLOSERS
        self._bracket += 1
        if c == self._closers[-1]:
            self._closers.pop()
        elif c in _CLOSERS:
            self._closers.append(_CLOSERS[c])
        if self._bracket > _LONGEST_BRACKET:
            self._closers.clear()  # never closed: everything in it stays unspoken
        return True

    def _release(self, word: str, gap: str) -> str:
        if self.done or not word or self._is_unspoken(word):
            return ""
        words = clean(word, at_start=not self.spoken).split()
        if not words:
            return ""
        text = " ".join(words)
        question = _QUESTION.search(text)
        text = text[: question.end()] if question else text + gap
        text = text[: max(0, _HARD_CUT - len(self.spoken))]
        self.spoken += text
        full = len(self.spoken)
        self.done = bool(question) or full >= _HARD_CUT or (full > LONGEST_REPLY and _ends_sentence(self.spoken))
        return text

    def _is_unspoken(self, word: str) -> bool:
        """A bullet, or a word inside a code block or a stage direction."""
        marks = len(_FENCE.findall(word))
        if marks or self._in_fence:
            self._in_fence ^= marks % 2 == 1
            return True
        if self._direction or (_DIRECTION.match(word) and word[1].islower() and self._begins_sentence()):
            self._direction = 0 if word.rstrip(".,!").endswith("*") else (self._direction or _LONGEST_DIRECTION) - 1
            return True
        return self._at_line_start and _BULLET.fullmatch(word) is not None

    def _begins_sentence(self) -> bool:
        return not self.spoken.strip() or _ends_sentence(self.spoken)


def clean(text: str, *, at_start: bool = True) -> str:
    """A piece of text without anything that cannot be spoken; white space at its ends is kept."""
    text = _BULLETS.sub("", text) if at_start else text
    text = _CONTROL.sub(" ", text)
    text = _LINK.sub("", text)
    text = _EMOJI.sub("", _MARKUP.sub(lambda m: " " if "_" in m.group() else "", text))
    if at_start:
        text = _SPEAKER.sub("", text)
    text = re.sub(r"\s+", " ", text)
    return text.lstrip() if at_start else text


def question_of(text: str) -> str:
    """The last question in a text, or the text itself when it asks nothing."""
    sentences = split_sentences(text)
    return next((s for s in reversed(sentences) if "?" in s), text.strip())


def split_sentences(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for end in _ends(text):
        parts.append(text[start:end].strip())
        start = end
    rest = text[start:].strip()
    return [p for p in (*parts, rest) if p]


def until_sentence_end(text: str) -> str:
    """The text up to its last complete sentence; "" when there is none."""
    ends = _ends(text)
    return text[: ends[-1]].strip() if ends else ""


def _ends(text: str) -> list[int]:
    """Where sentences end; the point of an abbreviation ends none, unless it is the last there is."""
    found = [m.end() for m in _SENTENCE_END.finditer(text)]
    return [end for end in found if not (text[end:].strip() and _ABBREVIATED.search(text[:end]))]


def _ends_sentence(text: str) -> bool:
    return text.rstrip().endswith((".", "!", "?", "…"))

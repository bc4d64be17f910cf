"""What may be spoken: model text made fit for a voice, word by word as it streams.

Nothing that only makes sense on a screen gets through (markdown, code, JSON, tags, links, stage directions), and
nothing after the first question: one question a turn is the rule that keeps an interview an interview. Work is linear
in the text, whatever the text: a repeat in a pattern never gives back what it took (`*+`), and words have a length.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from webhook.interview.history import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

Runs = frozenset[tuple[str, ...]]
"""Runs of eight folded words each; see `runs_of`."""
LONGEST_REPLY = 700
"""Characters after which a reply is cut at the next sentence end; ElevenLabs agents were seen to idle past ~800."""
_HARD_CUT = 900
_MOST_READ = 10_000
"""Characters looked at in one reply; a model that has not come to its question by then never will."""
_LONGEST_WORD = 200
"""Characters of a word that are kept; only links and noise are longer."""
_RUN = 8
"""Words in a row that make a quotation; shorter runs are how people talk."""
_CLOSERS = {"<": ">", "{": "}", "[": "]", "(": ")"}
_LONGEST_BRACKET = 400
_LONGEST_DIRECTION = 8
"""Words of a stage direction such as `*laughs softly*` before we stop waiting for its end."""
_WRITTEN = re.compile(r"[!-'*-;=-Z\\-z|}~\u00c0-\u024f\u2013\u2014\u2018\u2019\u201c\u201d\u2026]+")
"""What only makes a word longer where no bracket is open: no white space, opens no bracket, is not invisible."""
_PLAIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*+(?:[,;!]|(?<![wW])\.)?")
"""A word that is spoken as it stands, unless it stands in a code block or in a stage direction: nearly every one."""
_FENCE = re.compile(r"```|~~~")
_MARKUP = re.compile(r"[*_`#~|^\\<>{}\[\]()]+")
_LINK = re.compile(r"(?:https?://|www\.)(\S*+)", re.IGNORECASE)
_AFTER_LINK = ".,;:!?"
_BULLET = re.compile(r"[-–•+*]|\d{1,2}[.)]")
_BULLETS = re.compile(rf"^[ \t]*+(?:{_BULLET.pattern})[ \t]++", re.MULTILINE)
_DIRECTION = re.compile(r"\*[^\W\d_]")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
_SPEAKER = re.compile(r"^\s*+(?:assistant|interviewer|agent|system)\s*+:\s*+", re.IGNORECASE)
_QUESTION = re.compile(r"(?<![?？؟!…])[!…]*+[?？؟][?？؟!…]*+[\"'”’»]*+(?=\s|$|[A-ZÄÖÜ])")
_ABBREVIATED = re.compile(r"\b(?:dr|mr|mrs|ms|prof|st|no|nr|vs|ca|bzw|hr|fr|e\.g|i\.e|z\. ?b|d\. ?h)\.$", re.IGNORECASE)
_ABBREVIATION_ROOM = 8
"""More characters than the longest abbreviation has."""
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s++[^a-zäöü]|\s*+$)")


class SpeechFilter:
    """Feed deltas, speak what comes back. However the text is cut into deltas, the same words come out.

    Text is released word by word, so that a half-written link or tag is never heard. `done` turns true after the
    first question or when the reply has grown too long; further text is dropped.

    Nothing is spoken that quotes eight words of a `secret` text in a row, unless an `allowed` text has the same eight:
    the reply ends before the word that would complete them, with `blocked` and `done` true.
    """

    def __init__(self, *, secret: Runs = frozenset(), allowed: Runs = frozenset()) -> None:
        self.done = False
        self.blocked = False
        self.spoken = ""
        self._secret = secret
        self._allowed = allowed
        self._recent: deque[str] = deque(maxlen=_RUN)
        self._read = 0
        self._word = ""
        self._bracket = 0
        self._closers: list[str] = []
        self._at_line_start = True
        self._in_fence = False
        self._direction = 0

    def feed(self, delta: str) -> str:
        """The part of everything so far that can be spoken now, beyond what was returned before."""
        if self.done:
            return ""
        read = delta[: _MOST_READ - self._read]
        self._read += len(read)
        out: list[str] = []
        at = 0
        while at < len(read) and not self.done:
            run = None if self._closers else _WRITTEN.match(read, at)
            if run is None:
                out.append(self._take(read[at]))
                at += 1
            else:
                self._word = (self._word + run.group())[:_LONGEST_WORD]
                at = run.end()
        self.done = self.done or self._read >= _MOST_READ
        return "".join(out)

    def flush(self) -> str:
        """What is left when the stream has ended."""
        word, self._word = self._word, ""
        return self._release(word, "")

    def _take(self, c: str) -> str:
        if self.done or _is_invisible(c) or self._is_bracketed(c):
            return ""
        if not c.isspace():
            self._word += c if len(self._word) < _LONGEST_WORD else ""
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
        if self.done or not word:
            return ""
        is_plain = not (self._in_fence or self._direction) and _PLAIN_WORD.fullmatch(word) is not None
        if not is_plain and self._is_unspoken(word):
            return ""
        text = word if is_plain else " ".join(clean(word, at_start=not self.spoken).split())
        if not text or not (self.spoken or is_plain or has_words(text)):
            return ""  # a reply begins with a word, so that dots alone are no reply
        question = None if is_plain else _QUESTION.search(text)
        text = text[: question.end()] if question else text + gap
        if self._secret and self._quotes(text):
            self.blocked = self.done = True
            return ""
        text = text[: max(0, _HARD_CUT - len(self.spoken))]
        self.spoken += text
        full = len(self.spoken)
        self.done = bool(question) or full >= _HARD_CUT or (full > LONGEST_REPLY and _ends_sentence(self.spoken))
        return text

    def _quotes(self, text: str) -> bool:
        """Whether a secret run would be complete with this text."""
        for word in fold(text).split():
            self._recent.append(word)
            run = tuple(self._recent)
            if run in self._secret and run not in self._allowed:
                return True
        return False

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
    text = text if text.isascii() else "".join(c for c in text if not _is_invisible(c))
    text = _BULLETS.sub("", text) if at_start else text
    text = _CONTROL.sub(" ", text)
    text = _LINK.sub(_after_link, text)
    text = _EMOJI.sub("", _MARKUP.sub(lambda m: " " if "_" in m.group() else "", text))
    if at_start:
        text = _SPEAKER.sub("", text)
    text = re.sub(r"\s+", " ", text)
    return text.lstrip() if at_start else text


def _is_invisible(c: str) -> bool:
    """Zero-width and direction marks (Unicode category Cf): nothing to say, and they hide words from every check."""
    return not c.isascii() and unicodedata.category(c) == "Cf"


def _after_link(link: re.Match[str]) -> str:
    """The punctuation of the sentence that the link stands in."""
    return link[1][len(link[1].rstrip(_AFTER_LINK)) :]


def has_words(text: str) -> bool:
    """Whether there is anything in the text that a voice could say."""
    return any(c.isalnum() for c in text)


def runs_of(texts: Iterable[str]) -> Runs:
    """Every run of eight words in the texts, case and punctuation dropped; no run goes from one text into the next."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = fold(text).split()
        found.update(zip(*(islice(words, start, None) for start in range(_RUN)), strict=False))
    return frozenset(found)


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


def gap(said: str) -> str:
    """What goes between these words and the flow's own question; a pause where they broke off inside a sentence."""
    if not said.strip():
        return ""
    pause = "" if said.rstrip().endswith((".", "!", "…")) else "... "
    return pause if said[-1].isspace() else f" {pause}"


def _ends(text: str) -> list[int]:
    """Where sentences end; the point of an abbreviation ends none, unless it is the last there is."""
    last = len(text.rstrip())
    found = [m.end() for m in _SENTENCE_END.finditer(text)]
    return [end for end in found if end >= last or not _is_abbreviated(text, end)]


def _is_abbreviated(text: str, end: int) -> bool:
    return _ABBREVIATED.search(text[max(0, end - _ABBREVIATION_ROOM) : end]) is not None


def _ends_sentence(text: str) -> bool:
    return text.rstrip().endswith((".", "!", "?", "…"))

"""Signs of danger, in all of what was said and in every language code has words for.

They are read generously, and in two degrees. *Plain* words have no other meaning; *doubtful* ones may be a figure of
speech, and whoever uses them is asked whether they are safe. The answer to that question is read here too: only what
is unmistakable says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.interview.history import normalise
from webhook.interview.reading.danger_words import KNOWN, MEDICAL
from webhook.interview.reading.phrases import by_last_word, plain
from webhook.interview.understanding import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webhook.interview.reading.danger_words import DangerWords

_CLAUSE = re.compile(r"[^.!?…,;:()]+[.!?…,;:()]*")
SIGNS = frozenset({Signal.DISTRESS, Signal.THREAT})
"""The signals that mean danger."""


@dataclass(frozen=True, kw_only=True)
class Danger:
    """What a text holds of it, by kind."""

    plain: frozenset[Signal] = frozenset()
    doubtful: frozenset[Signal] = frozenset()
    #: The phrases that are the signs, each with the language it was found in.
    found: tuple[tuple[_Language, str], ...] = ()

    @property
    def signals(self) -> frozenset[Signal]:
        return self.plain | self.doubtful

    @property
    def is_medical(self) -> bool:
        """Whether a sign speaks of the body: a stroke, a heart attack, a call for an ambulance."""
        return any(f" {word} " in f" {sign} " for _, sign in self.found for word in MEDICAL)

    def touches(self, words: str) -> bool:
        """Whether these words of the text hold one of the signs, or are part of one."""
        return any(
            f" {sign} " in (said := known.compared(plain(words))) or said in f" {sign} " for known, sign in self.found
        )


def danger_in(text: str) -> Danger:
    """The signs of danger in a text of any length."""
    said = plain(normalise(text))
    words = frozenset(said.split())
    found = [known.danger_in(said) for known in _LANGUAGES if known.may_hold_danger(words)]
    plain_ones = frozenset[Signal]().union(*(danger.plain for danger in found))
    return Danger(
        plain=plain_ones,
        doubtful=frozenset[Signal]().union(*(danger.doubtful for danger in found)) - plain_ones,
        found=tuple(sign for danger in found for sign in danger.found),
    )


def says_safe(text: str) -> bool:
    """Whether the answer to "are you safe?" is an unmistakable yes: nothing in it leaves a doubt or asks back."""
    clauses = [found.group() for found in _CLAUSE.finditer(normalise(text))]
    told = plain(" ".join(clause for clause in clauses if "?" not in clause))  # a question says nothing
    verdicts = [known.says_safe(plain(normalise(text)), told) for known in _LANGUAGES]
    return True in verdicts and False not in verdicts


class _Phrases:
    """Phrases that are looked for all at once: each is compared only where its last word was said."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self.all = frozenset(phrases) - {""}
        self._by_last_word = by_last_word(self.all)
        self._words = {phrase: frozenset(phrase.split()) for phrase in self.all}

    def may_stand_among(self, words: frozenset[str]) -> bool:
        """Whether all words of a phrase are among these; without that there is no need to look where they stand."""
        present = words & self._by_last_word.keys()
        return any(self._words[phrase] <= words for word in present for phrase in self._by_last_word[word])

    def found_in(self, spaced: str) -> list[str]:
        """Those that stand in a compared text, the longest first."""
        present = set(spaced.split()) & self._by_last_word.keys()
        found = [p for word in present for p in self._by_last_word[word] if f" {p} " in spaced]
        return sorted(found, key=lambda phrase: (-len(phrase), phrase))

    def cut_from(self, spaced: str) -> str:
        for phrase in self.found_in(spaced):
            spaced = spaced.replace(f" {phrase} ", " ")
        return spaced


class _Language:
    """The words of danger of one language, made ready to be looked for."""

    def __init__(self, words: DangerWords) -> None:
        self._words = words
        made = self._made
        self._plain = {Signal.DISTRESS: made(words.distress), Signal.THREAT: made(words.threat)}
        self._doubtful = {Signal.DISTRESS: made(words.maybe_distress), Signal.THREAT: made(words.maybe_threat)}
        self._harmless = made(words.harmless)
        every = (*self._plain.values(), *self._doubtful.values())
        self._signs = _Phrases(phrase for those in every for phrase in those.all)
        self._milder = _Phrases(
            phrase
            for doubtful in self._doubtful.values()
            for phrase in doubtful.all
            if any(plain_ones.found_in(f" {phrase} ") for plain_ones in self._plain.values())
        )
        self._safe, self._outright = made(words.safe), made(words.safe_outright)
        self._unsafe, self._no = made(words.unsafe), made(words.no)

    def _made(self, phrases: Iterable[str]) -> _Phrases:
        return _Phrases(self.compared(phrase).strip() for phrase in phrases)

    def compared(self, text: str) -> str:
        """Plain text as it is compared: "i just dont" becomes "i do not", with a space at either end."""
        short, left_out = self._words.spelled_out, self._words.softeners
        words = (word for known in text.split() for word in short.get(known, known).split())
        return f" {' '.join(word for word in words if word not in left_out)} "

    def may_hold_danger(self, words: frozenset[str]) -> bool:
        """Whether a text of these plain words can hold a sign."""
        short = self._words.spelled_out
        spelled = words.union(*(short[word].split() for word in words & short.keys()))
        return self._signs.may_stand_among(spelled)

    def danger_in(self, text: str) -> Danger:
        spaced = self._harmless.cut_from(self.compared(text))
        doubtful = {signal: phrases.found_in(spaced) for signal, phrases in self._doubtful.items()}
        spaced = self._milder.cut_from(spaced)
        plain_ones = {signal: phrases.found_in(spaced) for signal, phrases in self._plain.items()}
        signs = [sign for found in (*plain_ones.values(), *doubtful.values()) for sign in found]
        return Danger(
            plain=frozenset(signal for signal, found in plain_ones.items() if found),
            doubtful=frozenset(signal for signal, found in doubtful.items() if found),
            found=tuple((self, sign) for sign in signs),
        )

    def says_safe(self, text: str, told: str) -> bool | None:
        """Of all the words and those of them that ask nothing; False: something leaves a doubt."""
        outright = self._outright.found_in(self.compared(told))
        spaced = self._outright.cut_from(self.compared(text))
        if self._unsafe.found_in(spaced) or (self._no.found_in(spaced) and not outright):
            return False
        return True if outright or self._safe.found_in(self.compared(told)) else None


_LANGUAGES = tuple(map(_Language, KNOWN))

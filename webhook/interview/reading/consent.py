"""Consent, the answer that is too dear to be guessed: what code may take for a yes, and what speaks against one.

"Yes, who is this?" picks up the phone, and "fine, but no recording" agrees to something else. Both are asked once more:
a question costs a moment, a consent that nobody gave costs the interview.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.interview.history import normalise
from webhook.interview.reading.lexicon import KNOWN, lexicon
from webhook.interview.reading.words import begins_with, contains, cut, forms_of, joined, opening, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from webhook.interview.reading.wordlist import Lexicon
    from webhook.interview.reading.words import Clause, Said

_OUTRIGHT = 2
"""Words from which on a phrase agrees by itself ("that's fine"), whatever no stands before it."""


def agrees(text: str, language: str) -> bool:
    """Whether code may take the words for a yes: they are nothing else, or say so outright and nothing against it."""
    words, said = lexicon(language), cut(normalise(text))
    if any(_agrees_outright(clause, words) for clause in said.clauses):
        return not _holds_doubt(text, words, no_is_yes=False)
    phrases = [found for clause in said.clauses if (found := _phrases_in(clause, words)) is None or found]
    return bool(phrases) and None not in phrases and not said.asking


def is_doubtful(text: str, languages: Collection[str], *, no_is_yes: bool = False) -> bool:
    """Whether a no, a condition, a question or a doubt stands beside whatever yes there is.

    `languages` are those of the flow; where code has words for none of them it listens in all it has words for.
    `no_is_yes`: the words answer a question such as "do you mind?".
    """
    known = [words for words in map(lexicon, languages) if words.assents]
    return any(_holds_doubt(text, words, no_is_yes=no_is_yes) for words in known or KNOWN)


def says_yes_too(text: str, languages: Collection[str]) -> bool:
    """Whether something in the words agrees in so many words, whatever no stands beside it: "no, that's fine"."""
    return any(
        any(_agrees_outright(clause, words) for clause in cut(normalise(text), words.breaks).clauses)
        for words in map(lexicon, languages)
    )


def is_bare_no(text: str, languages: Collection[str]) -> bool:
    """Whether the words are a no and nothing else."""
    return any(
        bool(clauses := cut(normalise(text), words.breaks).clauses)
        and all(forms_of(clause, words.fillers) & words.no for clause in clauses)
        for words in map(lexicon, languages)
    )


def minds(question: str, languages: Collection[str]) -> bool:
    """Whether a question asks if somebody minds, so that a no agrees."""
    return any(contains(f" {plain(question)} ", words.mind_questions) for words in map(lexicon, languages))


def _phrases_in(clause: Clause, words: Lexicon) -> list[str] | None:
    """The phrases of assent that a clause is made of, fillers between them; None where it holds anything else."""
    found: list[str] = []
    rest = [token.word for token in clause]
    while rest:
        phrase = opening(" ".join(rest), words.assents)
        if not phrase and rest[0] not in words.assent_fillers:
            return None
        found += [phrase] if phrase else []
        rest = rest[max(len(phrase.split()), 1) :]
    return found


def _agrees_outright(clause: Clause, words: Lexicon) -> bool:
    """By a phrase that would be a yes alone, after a leading no at most."""
    after_no = clause[clause[0].word in words.no_words - words.negators :]
    phrases = (*(_phrases_in(clause, words) or ()), *(_phrases_in(after_no, words) or ()))
    return any(len(phrase.split()) >= _OUTRIGHT for phrase in phrases)


def _holds_doubt(text: str, words: Lexicon, *, no_is_yes: bool) -> bool:
    said = cut(normalise(text), words.breaks)
    spaced = f" {' '.join(map(joined, said.clauses))} "
    for phrase in words.no_denials:
        spaced = spaced.replace(f" {phrase} ", " ")
    against = words.reservations if no_is_yes else words.reservations | words.denials
    return contains(spaced, against) or _asks_back(said, words) or _picks_up(said.clauses, words)


def _asks_back(said: Said, words: Lexicon) -> bool:
    """Any question but "why not?"."""
    asking = [c for c in said.clauses if not forms_of(c, words.between_wishes) & words.no_denials]
    if any(begins_with(form, words.asking) for clause in asking for form in forms_of(clause, words.between_wishes)):
        return True
    ends = {clause[0].sentence: clause for clause in said.clauses}
    return any(ends[sentence] in asking for sentence in said.asking)


def _picks_up(clauses: Sequence[Clause], words: Lexicon) -> bool:
    """No more than a yes beside "hello" or a name, or another sign that one listens: so one answers the phone."""
    texts = map(joined, clauses)
    rests = (text.removeprefix(opening(text, words.yes_words)).strip() for text in texts)
    is_greeting = any(begins_with(rest, words.picks_up) for rest in rests)
    return is_greeting and not any(_agrees_outright(clause, words) for clause in clauses)

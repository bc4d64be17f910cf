"""The shapes a word takes in speech: enough to know "renting" for "rent", and too little to take it for "parent"."""

from __future__ import annotations

Forms = frozenset[str]
_SHORT = 3
"""Letters of a stem below which an ending makes another word of it."""


def english(word: str) -> Forms:
    """Such as "rent", "rents", "renting", "renter", "rented"."""
    stems = {word}
    if word.endswith("ing") and len(word) > _SHORT + 1:  # "going" yes, "ring" no
        stems |= {word[:-3], word[:-3] + "e"}
    if word.endswith("ed") and len(word) > _SHORT + 1:  # "mixed" yes, "bed" no
        stems |= {word[:-2], word[:-1]}
    if word.endswith("ery"):
        stems.add(word[:-1])
    forms = {form for stem in stems for form in _english_endings(stem)}
    return frozenset(forms | ({word[:-1] + "ies"} if word.endswith("y") else set()))


def _english_endings(stem: str) -> set[str]:
    plural = "es" if stem.endswith(("s", "x", "z", "ch", "sh", "o")) else "s"
    if stem.endswith("e"):
        return {stem, stem + plural, stem[:-1] + "ing", stem + "d", stem + "r", stem + "rs"}
    consonant_vowel_consonant = (
        len(stem) >= _SHORT and stem[-1] not in "aeiouwxy" and stem[-2] in "aeiou" and stem[-3] not in "aeiou"
    )
    doubled = {stem + stem[-1] + e for e in ("ing", "ed", "er")} if consonant_vowel_consonant else set()
    # "car" must not become "caring": a short word takes the doubled consonant only, "travel" takes both.
    if consonant_vowel_consonant and len(stem) <= _SHORT + 1:
        return {stem, stem + plural} | doubled
    return {stem, stem + plural} | doubled | {stem + e for e in ("ing", "ed", "er", "ers", "able", "ably")}


def german(word: str) -> Forms:
    """Such as "miete", "mieten", "mietet", "gemietet", "mieter"."""
    stem = next(
        (word.removesuffix(e) for e in ("en", "e", "n") if word.endswith(e) and len(word) - len(e) >= _SHORT), word
    )
    endings = ("e", "en", "n", "er", "es", "s", "t", "st", "te", "et")
    return frozenset({word, stem, *(stem + e for e in endings), word + "s", f"ge{stem}t", f"ge{stem}et", f"ge{stem}en"})


def romance(word: str) -> Forms:
    """French and Spanish: gender, number, and the persons of a regular verb."""
    stem = next(
        (
            word.removesuffix(e)
            for e in ("er", "ar", "ir", "re", "e", "a", "o")
            if word.endswith(e) and len(word) - len(e) >= _SHORT
        ),
        word,
    )
    endings = (
        "e",
        "es",
        "s",
        "a",
        "as",
        "o",
        "os",
        "er",
        "ar",
        "ir",
        "é",
        "ée",
        "és",
        "ées",
        "ado",
        "ada",
        "ando",
        "amos",
        "ons",
    )
    return frozenset({word, stem, word + "s", word + "es", *(stem + e for e in endings)})

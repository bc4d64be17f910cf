"""Which of our secrets could be guessed, or are known to somebody they are not for.

A heuristic for mistakes, not a measure of entropy: it refuses `changeme`, a word said five times and the alphabet.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SHORTEST: Final = 32
"""Bytes. OWASP ASVS 5.0 (11.2.4, 13.3.4) asks for secrets that nobody can find by trying."""
FEWEST_PAIRS: Final = 20
"""Different pairs of neighbours; 32 random hexadecimal digits have 29, 32 random decimal ones 27."""
REMEDY: Final = "set each secret to a random value of its own: openssl rand -hex 32 makes one"


@dataclass(frozen=True, kw_only=True)
class SecretFlaw:
    """What is wrong with a secret, or with two of them; never the secret itself."""

    names: tuple[str, ...]
    found: str

    def __str__(self) -> str:
        return f"{' and '.join(self.names)}: {self.found}"


def secret_flaws(ours: Mapping[str, Sequence[str]], of_others: Mapping[str, Sequence[str]]) -> Iterator[SecretFlaw]:
    """Both by the setting's name: `ours` must be strong, and no two settings may have a value in common.

    `of_others` are made by somebody else, who answers for their strength.
    """
    for name, given in ours.items():
        weak = next((why for secret in given if (why := weakness(secret)) is not None), None)
        if weak is not None:
            yield SecretFlaw(names=(name,), found=weak)
    for (name, given), (other, also) in combinations({**ours, **of_others}.items(), 2):
        if set(given) & set(also):
            yield SecretFlaw(names=(name, other), found="the same value, so whoever is given the one has the other")


def weakness(secret: str) -> str | None:
    """Why somebody could guess it; None for one that looks random."""
    if len(secret.encode("utf-8", "surrogateescape")) < SHORTEST:
        return f"shorter than {SHORTEST} characters"
    steps = [abs(ord(b) - ord(a)) for a, b in pairwise(secret)]
    is_row = sum(step <= 1 for step in steps) > len(steps) * 2 / 3
    if is_row or len(set(pairwise(secret))) < FEWEST_PAIRS:
        return "does not look random"
    return None

"""Broken copies of a flow, as slips and ill will make them; the same seed gives the same copies.

Run as a program it checks all of them in turn, so that a test can give the whole batch limits of time and memory:
`python -m tests.content.mutations FLOW PROMPTS COUNT`.
"""

from __future__ import annotations

import json
import random
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from webhook.content.load import check_file

SEED = 20
_BINARY = (b"\x00", b"\xff\xfe", b"\x80\x81", b"\x1b[2J", b"\xed\xa0\x80", b"\xe2\x80\xae")
_VALUES = (
    *(
        "5",
        "-1",
        "1e309",
        "true",
        "null",
        "[]",
        "{}",
        "''",
        "[[[]]]",
        "{a: {b: c}}",
        "*all",
        "&all x",
        "!!python/name:os",
    ),
    *(
        "'{{ slots.name.__class__ }}'",
        "'{% include \"x\" %}'",
        "prompts/../../etc/passwd.md",
        "prompts/none.md",
        "|",
        ">-",
    ),
    *("9" * 400, "0x7fffffff", "x" * 5_000, "2026-01-01", "12:30", "? x", "- x", "%TAG", "@x", "`x`", "\t"),
)

Change = Callable[[random.Random, list[str]], None]


def mutated(text: str, number: int) -> bytes:
    """The copy of this number: one to three changes of lines, sometimes a change of bytes."""
    rng = random.Random(SEED * 100_000 + number)
    lines = text.splitlines()
    for _ in range(rng.randint(1, 3)):
        rng.choice(_CHANGES)(rng, lines)
    raw = "\n".join(lines).encode()
    return rng.choice(_BYTES)(rng, raw) if rng.random() < 0.15 else raw


def _drop(rng: random.Random, lines: list[str]) -> None:
    at = rng.randrange(len(lines))
    del lines[at : at + rng.choice((1, 1, 2, 8))]
    lines.append("")


def _rename(rng: random.Random, lines: list[str]) -> None:
    at = _with_key(rng, lines)
    lines[at] = re.sub(r"(\w)(\w*)(?=:)", rng.choice((r"\2\1", r"\1\1\2", "on", "12", "~", "<<")), lines[at], count=1)


def _retype(rng: random.Random, lines: list[str]) -> None:
    at = _with_key(rng, lines)
    lines[at] = lines[at].split(":")[0] + ": " + rng.choice(_VALUES)


def _double(rng: random.Random, lines: list[str]) -> None:
    at = rng.randrange(len(lines))
    count = rng.choice((1, 3, 12))
    lines[at:at] = lines[at : at + count] * rng.choice((1, 1, 40))


def _indent(rng: random.Random, lines: list[str]) -> None:
    at = rng.randrange(len(lines))
    for line in range(at, min(len(lines), at + rng.choice((1, 4)))):
        lines[line] = rng.choice(("  ", " ", "\t", "")) + (lines[line] if rng.random() < 0.5 else lines[line].lstrip())


def _swap(rng: random.Random, lines: list[str]) -> None:
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _huge(rng: random.Random, lines: list[str]) -> None:
    at = _with_key(rng, lines)
    value = rng.choice(("9" * 100_000, "x" * 200_000, "[" + "a, " * 12_000 + "a]", "é" * 140_000))
    lines[at] = lines[at].split(":")[0] + ": " + value


def _anchor(rng: random.Random, lines: list[str]) -> None:
    at = _with_key(rng, lines)
    bomb = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20))]
    lines[at:at] = rng.choice((bomb, ["x: &x {y: *x}"], [lines[at].replace(":", ": &me", 1)]))


def _deepen(rng: random.Random, lines: list[str]) -> None:
    at = _with_key(rng, lines)
    depth = rng.choice((10, 40, 3_000))
    opening, closing = rng.choice((("[", "]"), ("{a: ", "}"), ("- ", "")))
    lines[at] = lines[at].split(":")[0] + ": " + opening * depth + "x" + closing * depth


def _condition(rng: random.Random, lines: list[str]) -> None:
    ifs = [at for at, line in enumerate(lines) if "if:" in line]
    if ifs:
        source = rng.choice(
            (
                "age > 5 and age < 3",
                "(" * 99 + "age" + ")" * 99,
                "9 ** 9 ** 9 > 1",
                'name =~ "(a+)+$"',
                "tenure",
                "not " * 49,
            )
        )
        at = rng.choice(ifs)
        lines[at] = lines[at].split("if:")[0] + f"if: '{source}'"


def _with_key(rng: random.Random, lines: list[str]) -> int:
    return rng.choice([at for at, line in enumerate(lines) if ":" in line] or [0])


_CHANGES: tuple[Change, ...] = (
    *(_drop, _rename, _retype, _double, _indent, _swap, _huge, _anchor, _deepen, _condition),
    *(_drop, _rename, _retype, _retype, _double, _indent),
)
_BYTES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    lambda rng, raw: raw[: rng.randrange(len(raw) + 1)],
    lambda rng, raw: raw.replace(b":", rng.choice(_BINARY), 1),
    lambda rng, raw: rng.randbytes(rng.randrange(1, 400)) + raw,
    lambda _, raw: raw.decode().encode("utf-16"),
    lambda _, raw: raw.replace(b"\n", b"\r"),
    lambda _, raw: raw + b"\n---\n" + raw,
    lambda _, raw: raw * 12,
)


def main(flow: Path, prompts: Path, count: int) -> None:
    """Print what became of the copies: how many were flows, what went wrong, the slowest, and the memory all took."""
    text, copy = flow.read_text(), Path("mutated.yaml")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    flows, wrong, slowest = 0, [], 0.0
    for number in range(count):
        copy.write_bytes(mutated(text, number))
        began = time.process_time()
        try:
            made, findings = check_file(copy, prompts)
        except Exception as error:  # noqa: BLE001 - that nothing at all is raised is what is tested
            wrong.append(f"{number}: {type(error).__name__}")
            continue
        slowest = max(slowest, time.process_time() - began)
        flows += made is not None
        errors = [finding for finding in findings if finding.is_error]
        if (made is None) != bool(errors) or any(f.line < 1 or f.column < 1 for f in findings):
            wrong.append(f"{number}: neither a flow nor findings with a place")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"flows": flows, "wrong": wrong, "slowest_s": slowest, "grown_kb": grown}))  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))

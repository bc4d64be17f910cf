"""A designer's editor: the real language server finds nothing in the shipped flows, and every slip at its line.

`make editor` installs the server into a folder of its own and runs this; without it on PATH the tests are skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.content.language_server import LanguageServer, language_server

FLOWS = Path(__file__).resolve().parents[2] / "flows"
COMMAND = shutil.which("yaml-language-server")
STAKEHOLDER = (FLOWS / "stakeholder.yaml").read_text()

pytestmark = pytest.mark.skipif(
    COMMAND is None, reason="yaml-language-server is not on PATH; `make editor` installs it and runs these tests"
)


@pytest.fixture(scope="module")
def editor() -> Iterator[LanguageServer]:
    assert COMMAND is not None
    with language_server(COMMAND, FLOWS) as server:
        yield server


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


@pytest.mark.parametrize("path", sorted(FLOWS.glob("*.yaml")), ids=lambda path: path.stem)
def test_nothing_is_underlined_in_a_shipped_flow(editor: LanguageServer, path: Path) -> None:
    assert editor.remarks(path.read_text()) == []


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ("    fallback:\n      en: What is", "    falback:\n      en: What is", "falback is not allowed"),
        ("wrap_up_minutes: 2", "wrap_up: 2", "wrap_up is not allowed"),
        ("voice: {provider", "voise: {provider", "voise is not allowed"),
        ("asks: 2", "asks: two", "integer"),
        ("probes: 2", "probes: 20", "maximum"),
        ("importance: could", "importance: cud", '"could"'),
        ("type: yes_no", "type: yesno", '"yes_no"'),
        ("after_refusal: accept", "after_refusal: never", '"explain_once"'),
        ("may_refuse: false", "may_refuse: no", "boolean"),
        ("languages: [en, de]", "languages: en", "array"),
        ("  part:\n", "  Part One:\n", "Part One"),
    ],
)
def test_a_slip_is_underlined_where_it_is(editor: LanguageServer, old: str, new: str, remark: str) -> None:
    text = STAKEHOLDER.replace(old, new, 1)
    assert text != STAKEHOLDER

    remarks = editor.remarks(text)

    assert [(r.line, remark in r.message) for r in remarks] == [(line_of(text, new), True)]


@pytest.mark.parametrize(
    ("gone", "key", "block"),
    [
        ("title: Stakeholder interview about the intranet\n", "title", "flow: stakeholder"),
        ("    follow_up: involvement\n", "follow_up", "  part:\n"),
        ("    style: prompts/stakeholder/leonie_brandt.md\n", "style", "  leonie-brandt:\n"),
    ],
)
def test_a_key_that_is_missing_is_asked_for_where_its_block_begins(
    editor: LanguageServer, gone: str, key: str, block: str
) -> None:
    text = STAKEHOLDER.replace(gone, "", 1)
    assert text != STAKEHOLDER

    (remark,) = editor.remarks(text)

    assert f'"{key}"' in remark.message
    # A block begins at its name or, to the server, at its first key.
    assert remark.line in (line_of(text, block), line_of(text, block) + 1)


@pytest.mark.parametrize(
    ("key", "words"),
    [("follow_up:", "next"), ("probes:", "extra questions"), ("importance:", "may be dropped"), ("enough:", "summary")],
)
def test_the_meaning_of_a_word_is_shown_beside_it(editor: LanguageServer, key: str, words: str) -> None:
    line = line_of(STAKEHOLDER, key)
    column = STAKEHOLDER.splitlines()[line - 1].index(key) + 1

    assert words in editor.help(STAKEHOLDER, line=line, column=column)

"""The guide for designers is a promise: every example in it is a flow, or becomes one in a small flow around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from webhook.cli.commands import app as commands
from webhook.content.document import FlowDoc
from webhook.content.load import check_file, read_folder

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "flows/README.md").read_text()
LONGEST = 250
WIDEST = 130
AROUND = """\
flow: around
version: 1
title: A flow around a piece of one
start: intro
persona: mia
personas: {mia: {style: Warm and plain.}}
topics:
  intro:
    say: Hello. Shall we begin?
    fallback: May I begin?
    required_info:
      consent: {type: yes_no, may_refuse: false}
    follow_up: person
  person:
    ask: Find out who they are.
    fallback: Who are you?
    required_info:
      age: {type: whole_number, min: 1, max: 120}
      tenure: {type: choice, values: [rent, own]}
      hobbies: {type: choices, values: [music, sport]}
      name: {type: text}
    follow_up:
      - if: tenure == "own"
        go_to: home
      - else: summary
  home:
    ask: Find out how they live.
    fallback: How do you live?
    required_info: {home: {type: text}}
    follow_up: summary
  summary:
    fallback: Did I get that right?
    required_info: {summary_ok: {type: yes_no}}
    follow_up: {end: completed}
endings:
  completed: {say: Thank you.}
  under_age: {say: Goodbye.}
"""


@dataclass(frozen=True)
class Snippet:
    """A fenced block of the guide: `kind` is what stands behind its language."""

    line: int
    language: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"line-{self.line}-{self.kind or self.language}"


def snippets(language: str) -> list[Snippet]:
    fences = re.finditer(r"^```(\w+) ?(\S*)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    found = [Snippet(GUIDE[: m.start()].count("\n") + 1, m[1], m[2].removeprefix("fragment="), m[3]) for m in fences]
    return [snippet for snippet in found if snippet.language == language]


def whole(snippet: Snippet) -> dict[str, Any]:
    """The flow a snippet belongs to."""
    yaml = YAML(typ="safe")
    piece, flow = yaml.load(snippet.text), yaml.load(AROUND)
    topics = flow["topics"]
    if not snippet.kind:
        return dict(piece)
    if snippet.kind in ("topics", "languages"):
        topics.update(piece)
        topics["person"]["follow_up"].insert(0, {"if": "age > 90", "go_to": next(iter(piece))})
    elif snippet.kind == "slots":
        topics["person"]["required_info"].update(piece)
    elif snippet.kind == "follow_up":
        topics["person"]["follow_up"] = piece
    elif snippet.kind == "flow":
        flow.update(piece, endings=flow["endings"] | piece.get("endings", {}))
        # An ending of one's own wants a line that leads to it.
        if "screened_out" in flow["endings"]:
            topics["person"]["follow_up"].insert(0, {"if": "age == null or age > 90", "end": "screened_out"})
    if snippet.kind == "languages":
        in_both_languages(flow)
    return dict(flow)


def in_both_languages(flow: dict[str, Any]) -> None:
    """What stands around the snippet is spoken in German as well; the snippet itself has to bring its own."""
    flow["languages"] = ["en", "de"]
    for part in [*flow["topics"].values(), *flow["endings"].values()]:
        for key in ("say", "fallback"):
            if isinstance(part.get(key), str):
                part[key] = {"en": part[key], "de": part[key]}


def findings(tmp_path: Path, flow: dict[str, Any]) -> list[str]:
    out = StringIO()
    YAML(typ="safe").dump(flow, out)
    (tmp_path / "flow.yaml").write_text(out.getvalue())
    return [str(finding) for finding in check_file(tmp_path / "flow.yaml", ROOT / "prompts")[1]]


FLOWS = [snippet for snippet in snippets("yaml") if snippet.kind != "test"]


def test_the_guide_has_an_example_of_everything() -> None:
    kinds = {snippet.kind for snippet in snippets("yaml")}

    assert kinds == {"", "topics", "slots", "follow_up", "flow", "languages", "test"}


@pytest.mark.parametrize("snippet", FLOWS, ids=str)
def test_an_example_has_no_findings(tmp_path: Path, snippet: Snippet) -> None:
    assert findings(tmp_path, whole(snippet)) == []


@pytest.mark.parametrize("snippet", FLOWS, ids=str)
def test_an_example_that_is_broken_would_be_noticed(tmp_path: Path, snippet: Snippet) -> None:
    flow = whole(snippet)
    broken = re.sub(r"\b(type|fallback|minutes|age|evidence)\b", r"\1x", snippet.text)

    assert broken != snippet.text
    assert findings(tmp_path, whole(Snippet(snippet.line, "yaml", snippet.kind, broken))) != findings(tmp_path, flow)


def test_an_example_of_a_whole_flow_can_be_saved_as_it_stands(tmp_path: Path) -> None:
    (first,) = (snippet for snippet in FLOWS if not snippet.kind)
    (tmp_path / "bakery.yaml").write_text(first.text)

    flow, found = check_file(tmp_path / "bakery.yaml", ROOT / "prompts")

    assert found == ()
    assert flow is not None
    assert flow.id == "bakery"


@pytest.mark.parametrize("snippet", [s for s in snippets("yaml") if s.kind == "test"], ids=str)
def test_an_example_of_a_test_names_a_shipped_flow_and_its_facts(snippet: Snippet) -> None:
    written = YAML(typ="safe").load(snippet.text)
    flow, _ = check_file(ROOT / "flows" / f"{written['flow']}.yaml", ROOT / "prompts")
    assert flow is not None
    for test in written["tests"]:
        assert test["given"].keys() <= flow.slots.keys()
        for turn in test["turns"]:
            assert turn["understood"].keys() <= flow.slots.keys()
            assert turn["expect"]["end"] in flow.endings


@pytest.mark.parametrize("snippet", [s for s in snippets("yaml") if s.kind == "test"], ids=str)
def test_an_example_of_a_test_is_passed(tmp_path: Path, snippet: Snippet) -> None:
    load = pytest.importorskip("webhook.flowtest.load", reason="there is nothing here yet that runs designers' tests")
    told = pytest.importorskip("webhook.flowtest.told")
    (tmp_path / "guide.yaml").write_text(snippet.text)

    cases, found = load.read_file(tmp_path / "guide.yaml", read_folder(ROOT / "flows", ROOT / "prompts").flows)

    assert found == ()
    assert cases
    assert {told.hold(case).status for case in cases} == {"passed"}


def test_every_command_of_the_guide_exists() -> None:
    known = set(get_command(commands).commands)  # type: ignore[attr-defined]  # a group has commands
    lines = [line for snippet in snippets("console") for line in snippet.text.splitlines()]
    used = {match[1] for line in lines if (match := re.match(r"webhook (\w+)", line))}

    assert len(used) == len(lines)
    assert used <= known


def test_the_guide_explains_every_word_of_a_topic_and_of_a_flow() -> None:
    for model in (FlowDoc, FlowDoc.model_fields["topics"].annotation.__args__[1]):  # type: ignore[union-attr]  # dict[Id, TopicDoc]
        names = {field.alias or name for name, field in model.model_fields.items()}
        assert {name for name in names if name not in GUIDE} == set()


def test_what_the_guide_quotes_of_a_finding_is_what_check_says() -> None:
    rows = re.findall(r"^\| (.+?) \|", GUIDE.split("## When `webhook check` complains")[1], re.MULTILINE)[1:]
    said = "".join(path.read_text() for path in (ROOT / "webhook/content").glob("*.py"))
    said = only_letters(re.sub(r"\{[^{}]*\}", "", said))
    pieces = [only_letters(piece) for row in rows for piece in re.split(r"…|[0-9]+|`de`", row.split(" (did you")[0])]

    assert len(rows) > 5
    assert [piece for piece in pieces if piece not in said] == []


def only_letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("hobby: {type: text, about: Town, city}", "a text with a comma needs quotes"),
        ("hobby: {type: text, about: One thing: what}", "a comma that is missing"),
        ("hobby:\n\ttype: text", "tab"),
        ("hobby: {type: text}\nhobby: {type: text}", "twice"),
    ],
)
def test_what_yaml_does_behind_your_back_is_found(tmp_path: Path, written: str, complaint: str) -> None:
    indented = written.replace("\n", "\n      ")
    (tmp_path / "flow.yaml").write_text(AROUND.replace("name: {type: text}", indented))

    _, found = check_file(tmp_path / "flow.yaml", ROOT / "prompts")

    assert complaint in str(found[0])


def test_what_looks_like_yes_or_a_time_stays_text(tmp_path: Path) -> None:
    values = "tenure: {type: choice, values: [yes, no, on, 12:30, own]}"
    (tmp_path / "flow.yaml").write_text(AROUND.replace("tenure: {type: choice, values: [rent, own]}", values))

    flow, _ = check_file(tmp_path / "flow.yaml", ROOT / "prompts")

    assert flow is not None
    assert flow.slots["tenure"].values == ("yes", "no", "on", "12:30", "own")


def test_the_guide_is_read_in_one_sitting() -> None:
    assert len(GUIDE.splitlines()) <= LONGEST
    assert max(map(len, GUIDE.splitlines())) <= WIDEST

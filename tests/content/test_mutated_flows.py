"""Whatever is done to a flow file, there is a flow or there are findings: no error, no wait, no heap of memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests import figures
from tests.content.conftest import Check
from tests.content.mutations import mutated

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY = 200 * 1024 * 1024
TIMEOUT_S = 240
_ADDRESS_SPACE = 1024 * 1024 * 1024
"""What the interpreter and its libraries map is far more than they use; this only stops what runs away."""


def _limited() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (TIMEOUT_S, TIMEOUT_S))


@pytest.mark.timeout(TIMEOUT_S + 10)
@pytest.mark.parametrize("count", [50, pytest.param(500, marks=pytest.mark.chaos)])
def test_broken_copies_of_the_shipped_flow_each_give_a_flow_or_findings(tmp_path: Path, count: int) -> None:
    flow = ROOT / "flows" / "financial_lifestyle.yaml"
    done = subprocess.run(
        [sys.executable, "-m", "tests.content.mutations", str(flow), str(ROOT / "prompts"), str(count)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        preexec_fn=_limited,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert 0 < told["flows"] < count
    assert told["grown_kb"] * 1024 < MOST_MEMORY
    figures.note("mutated flows", copies=count, flows=told["flows"], slowest_s=told["slowest_s"])


def test_the_same_number_is_the_same_copy() -> None:
    text = (ROOT / "flows" / "financial_lifestyle.yaml").read_text()

    assert [mutated(text, number) for number in range(20)] == [mutated(text, number) for number in range(20)]
    assert len({mutated(text, number) for number in range(20)}) > 15


HOSTILE = [
    ("code", "{{ ''.__class__.__mro__[1].__subclasses__() }}", '__import__("os").system("ls")'),
    ("files", "{% include '/etc/passwd' %}", 'open("/etc/passwd") == null'),
    ("attributes", "{{ persona.name.__init__.__globals__ }}", "age.__class__ == null"),
    ("loops", "{% for i in (1..1000000000) %}x{% endfor %}", "[x for x in [1, 2]].length > 0"),
    ("ranges", "{{ (1..1000000000) | join: 'x' }}", "age in (1..1000000000)"),
    ("powers", "{{ 9 | times: 99999999 }}", "9 ** 9 ** 9 ** 9 > age"),
    ("shifts", "{{ 'x' | ljust: 99999999 }}", "age << 100000000 > 1"),
    ("patterns", "{{ slots.tenure | replace_regex: '(a+)+$' }}", 'tenure =~ "(a+)+$"'),
    ("settings", "{{ env.ANTHROPIC_API_KEY }}", "env.ANTHROPIC_API_KEY == null"),
    ("length", "{{ " + "slots.age | " * 15_000 + " }}", "age > 1 or " * 20_000 + "age > 1"),
    ("nesting", "{% if slots.age %}" * 2_000 + "{% endif %}" * 2_000, "not " * 5_000 + "(age > 1)"),
]


@pytest.mark.parametrize(("template", "condition"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_a_hostile_template_and_a_hostile_condition_are_refused_at_load(
    check: Check, template: str, condition: str
) -> None:
    in_template = check(("ask: prompts/age.md", f"ask: {json.dumps(template)}"))
    in_condition = check(("consent != true", json.dumps(condition)))

    for (flow, findings), line in ((in_template, 21), (in_condition, 17)):
        assert flow is None
        assert findings[0].startswith(f"flows/x.yaml:{line}:")

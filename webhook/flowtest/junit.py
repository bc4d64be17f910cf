"""Outcomes as JUnit XML, which build servers read."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from webhook.flowtest.failure import failure_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.flowtest.outcome import Outcome

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(outcomes: Sequence[Outcome]) -> str:
    """The document; one suite for each file."""
    root = ET.Element("testsuites", _counts(outcomes), name="webhook test")
    for path, group in groupby(outcomes, key=lambda outcome: outcome.case.path):
        of_file = list(group)
        suite = ET.SubElement(root, "testsuite", _counts(of_file), name=_clean(path))
        for outcome in of_file:
            _add(suite, outcome)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(outcomes: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(o.status == "failed" for o in outcomes)),
        "errors": "0",
        "skipped": str(sum(o.status == "skipped" for o in outcomes)),
        "time": f"{sum(o.seconds for o in outcomes):.3f}",
    }


def _add(suite: ET.Element, outcome: Outcome) -> None:
    case = outcome.case
    element = ET.SubElement(
        suite,
        "testcase",
        name=_clean(case.name),
        classname=_clean(case.flow.id),
        file=_clean(case.path),
        line=str(case.line),
        time=f"{outcome.seconds:.3f}",
    )
    if outcome.status == "failed":
        failure = ET.SubElement(element, "failure", message=_clean(outcome.why), type="difference")
        failure.text = _clean(failure_text(outcome))
    elif outcome.status == "skipped":
        ET.SubElement(element, "skipped", message=_clean(outcome.why))


def _clean(text: str) -> str:
    """Without characters that XML cannot hold at all."""
    return _NOT_XML.sub("", text)

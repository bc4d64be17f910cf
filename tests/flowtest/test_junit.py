"""JUnit XML for build servers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.flowtest.suites import outcome
from webhook.flowtest.junit import junit_xml
from webhook.flowtest.outcome import skipped

BODY = '- {test: "a < b & c", turns: [{caller: "Yes.", understood: {consent: true}, expect: {topic: %s}}]}'


def test_every_outcome_has_its_element(tmp_path: Path) -> None:
    good, bad = outcome(tmp_path, BODY % "name"), outcome(tmp_path, BODY % "age")
    root = ET.fromstring(junit_xml([good, bad, skipped(good.case, "no key")]))

    suite = root.find("testsuite")
    assert suite is not None
    assert (root.tag, suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("testsuites", "3", "1", "1")
    assert [case.get("name") for case in suite] == ["a < b & c"] * 3
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert (failure.get("message") or "").startswith("expected topic `age`")
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["skipped"]]


def test_characters_that_xml_cannot_hold_are_left_out(tmp_path: Path) -> None:
    bad = replace(outcome(tmp_path, BODY % "age"), why="odd \x00\x1b\ud800\ufffe words")

    failure = ET.fromstring(junit_xml([bad]).encode()).find("testsuite/testcase/failure")

    assert failure is not None
    assert failure.get("message") == "odd  words"

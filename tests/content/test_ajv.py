"""The schemas we hand out compile in Ajv as strictly as it can be, and reports fit them there, too."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.interview.calls import shipped
from tests.interview.reported import canary_session, flow, whole_report
from tests.programs import AJV, node_with_ajv
from webhook.content.schema import schema
from webhook.interview.masking import masked
from webhook.interview.report import to_json
from webhook.interview.report_schema import report_schema

#: On stdin a schema and what should fit it; on stdout what Ajv finds wrong.
SCRIPT = """
const Ajv = require("ajv/dist/2020").default
const {schema, documents} = JSON.parse(require("fs").readFileSync(0, "utf8"))
const validate = new Ajv({strict: true, allErrors: true}).compile(schema)
console.log(JSON.stringify(documents.flatMap(document => validate(document) ? [] : validate.errors)))
"""


def found_by_ajv(schema: dict[str, Any], *documents: Any) -> Any:
    """Its errors; asserts that the schema compiles."""
    done = subprocess.run(
        [node_with_ajv(), "-e", SCRIPT],
        input=json.dumps({"schema": schema, "documents": documents}),
        cwd=AJV,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr == "", "warnings"
    return json.loads(done.stdout)


@pytest.mark.parametrize("flow_id", ["financial_lifestyle", "screening", "stakeholder"])
def test_the_schema_of_the_reports_of_each_shipped_flow_compiles(flow_id: str) -> None:
    assert found_by_ajv(report_schema(shipped(flow_id))) == []


def test_a_report_fits_masked_and_whole_and_one_that_is_wrong_does_not() -> None:
    report = whole_report(canary_session())
    made = report_schema(flow())
    assert found_by_ajv(made, to_json(report), to_json(masked(report))) == []
    assert found_by_ajv(made, {**to_json(report), "createdAt": "yesterday"})[0]["instancePath"] == "/createdAt"


def test_the_schema_of_a_flow_file_compiles() -> None:
    assert found_by_ajv(schema()) == []

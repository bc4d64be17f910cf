"""`webhook schema`: the JSON Schema of a flow file, or of the reports on a flow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from webhook.cli import checking, records
from webhook.cli.drawing import find_flow
from webhook.cli.finding_formats import Checked
from webhook.cli.output import hand_over
from webhook.content.schema import schema_text
from webhook.interview.report_schema import report_schema

if TYPE_CHECKING:
    from pathlib import Path


def schema(flow_named: str | None, output: Path | None) -> bool:
    """False when the flow cannot be used, which is then told in full. Raises `NotFound` and `SettingsError`."""
    if flow_named is None:
        hand_over(schema_text(), output)
        return True
    flow, findings = find_flow(flow_named, records.quiet_settings())
    if flow is None:
        checking.print_text(Checked(count=0, flows=(), findings=findings), stderr=True)
        return False
    hand_over(json.dumps(report_schema(flow), indent=2, ensure_ascii=False) + "\n", output)
    return True

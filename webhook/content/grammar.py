"""rule-engine, with the tables of its grammar ready made.

It works out the tables of its parser at each import: a second of a slow core before the first word of every command.
The parser generator it uses (PLY) takes tables from a module of that name where there is one, and only those that bear
the signature of the very grammar; with another release of rule-engine they are passed over and it takes longer.
`make tables` writes them anew.
"""

from __future__ import annotations

import sys

from webhook.content import grammar_tables

sys.modules.setdefault("rule_engine.parser.parsetab", grammar_tables)

import rule_engine  # type: ignore[import-untyped]  # noqa: E402 - the package ships no type marker; it looks for the tables at once
from rule_engine import ast  # noqa: E402 - comes with it

__all__ = ["ast", "rule_engine"]

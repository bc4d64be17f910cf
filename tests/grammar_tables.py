"""`python -m tests.grammar_tables` writes `webhook/content/grammar_tables.py`: what rule-engine works out by itself."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rule_engine._vendor.ply import yacc  # type: ignore[import-untyped]  # the package ships no type marker
from rule_engine.parser import Parser  # type: ignore[import-untyped]  # the package ships no type marker

PLACE = Path(__file__).parents[1] / "webhook/content/grammar_tables.py"


def made() -> str:
    """The tables as PLY writes them, of the release that is installed."""
    with tempfile.TemporaryDirectory() as folder:
        yacc.yacc(module=Parser(), debug=False, write_tables=True, outputdir=folder, tabmodule="fresh_tables")
        text = Path(folder, "fresh_tables.py").read_text()
    return text.strip().replace("# fresh_tables.py", "# The tables of rule-engine's grammar: see grammar.py", 1) + "\n"


if __name__ == "__main__":
    PLACE.write_text(made())

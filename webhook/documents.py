"""A report as PDF and as a Word document, through fpdf2 and python-docx.

Both come with the extra `documents`, and are loaded when a document is asked for. The PDF brings its own letters
(Source Sans Pro: Latin, Greek, Cyrillic, every kind of quote); what these lack, like emoji, is shown as `?`.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import NotConfigured
from webhook.interview.report_forms import outline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webhook.interview.report_forms import Outline, Table

# ruff: noqa: PLC0415 - the libraries are an extra, and cost memory and start time without use

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_HOW = (
    "this form needs libraries that are not installed here: "
    f"{shlex.quote(sys.executable)} -m pip install 'voice-interviewer[documents]'"
)
"""By this very interpreter: another pip does not know the project, which comes from no package index."""
_FONT = "font_source_sans_pro"
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDTHS: Final = {5: (3, 4, 3, 1, 6), 3: (3, 7, 7)}
"""Of the columns of a table, to each other, by how many there are."""
_STYLES: Final = {"": "Regular", "B": "Bold", "I": "It"}


def to_pdf(report: Mapping[str, Any]) -> bytes:
    """Raises `NotConfigured` where the extra is not installed."""
    shown = outline(report)
    paper = _Paper(shown.title, _made_at(report))
    paper.write(shown.title, style="B", size=18)
    for line in shown.about:
        paper.write(line)
    paper.write("Report", style="B", size=14, above=3)
    for item in shown.fields:
        paper.write(item.name, style="B", above=1.5)
        paper.write(item.text)
        for quote in item.quotes:
            paper.write(f"“{quote}”", style="I", indent=6)
    for table in shown.tables:
        paper.add_table(table)
    for note in shown.notes:
        paper.write(note, size=9, above=3)
    return paper.finished()


class _Paper:
    """A PDF that grows downwards."""

    def __init__(self, title: str, made_at: datetime) -> None:
        try:
            from fpdf import FPDF

            class Numbered(FPDF):
                def footer(self) -> None:
                    self.set_y(-12)
                    self.set_font("body", "", 8)
                    self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")

            files = resources.files(_FONT) / "files"
        except ImportError:
            raise NotConfigured(_HOW) from None
        self.pdf: Any = Numbered(format="A4")
        self.pdf.set_title(_clean(title))
        self.pdf.set_creation_date(made_at)
        for style, name in _STYLES.items():
            with resources.as_file(files / f"SourceSansPro-{name}.ttf") as path:
                self.pdf.add_font("body", style, str(path))
        self.pdf.set_auto_page_break(auto=True, margin=18)
        self.pdf.add_page()

    def write(self, text: str, *, style: str = "", size: float = 10.5, indent: float = 0, above: float = 0) -> None:
        self.pdf.ln(above)
        self.pdf.set_font("body", style, size)
        self.pdf.set_x(self.pdf.l_margin + indent)
        self.pdf.multi_cell(0, size * 0.5, self._with_letters(text, style), align="L", new_x="LMARGIN", new_y="NEXT")

    def add_table(self, table: Table) -> None:
        self.write(table.name, style="B", size=14, above=4)
        self.pdf.ln(1)
        self.pdf.set_font("body", "", 9)
        with self.pdf.table(
            col_widths=_WIDTHS[len(table.columns)], text_align="LEFT", line_height=4.6, padding=1
        ) as made:
            for style, cells in (("B", table.columns), *(("", row) for row in table.rows)):
                row = made.row()
                for cell in cells:
                    row.cell(self._with_letters(cell, style))

    def finished(self) -> bytes:
        made = bytes(self.pdf.output())
        for font in self.pdf.fonts.values():
            font.close()
        return made

    def _with_letters(self, text: str, style: str) -> str:
        known = self.pdf.fonts[f"body{style}"].cmap
        return "".join(c if ord(c) in known else "?" for c in " ".join(_clean(text).split()))


def to_docx(report: Mapping[str, Any]) -> bytes:
    """Raises `NotConfigured` where the extra is not installed."""
    try:
        import docx
    except ImportError:
        raise NotConfigured(_HOW) from None
    shown = outline(report)
    document = docx.Document()
    made_at = _made_at(report).replace(tzinfo=None)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = _clean(shown.title), "", ""
    properties.created = properties.modified = made_at
    document.add_heading(_clean(shown.title), level=0)
    for line in shown.about:
        document.add_paragraph(_clean(line))
    _fill(document, shown)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _fill(document: Any, shown: Outline) -> None:
    document.add_heading("Report", level=1)
    for item in shown.fields:
        paragraph = document.add_paragraph()
        paragraph.add_run(_clean(item.name)).bold = True
        paragraph.add_run(f": {_clean(item.text)}")
        for quote in item.quotes:
            document.add_paragraph(style="List Bullet").add_run(f"“{_clean(quote)}”").italic = True
    for table in shown.tables:
        document.add_heading(table.name, level=1)
        _add_table(document, table)
    for note in shown.notes:
        document.add_paragraph(_clean(note))


def _add_table(document: Any, table: Table) -> None:
    made = document.add_table(rows=0, cols=len(table.columns), style="Table Grid")
    for number, cells in enumerate((table.columns, *table.rows)):
        row = made.add_row().cells
        for place, text in zip(row, cells, strict=True):
            place.paragraphs[0].add_run(_clean(text)).bold = number == 0


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _NO_XML.sub(" ", text)


def _made_at(report: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(report["reportedAt"], UTC)

"""A report as PDF and as a Word document, read back by other libraries."""

from __future__ import annotations

import io
import subprocess
import sys

import docx
import pypdf
import pytest

from tests.interview.reported import canary_session, event, session, whole_report
from webhook.documents import to_docx, to_pdf
from webhook.interview.masking import masked

SAID = "Ich heiße „Zoë Łukasz“ – fünf Öre, “naïve” Ωmega Жизнь"
HELD = session(event("consent", True, "Yes", 1), event("home_area", SAID, SAID, 2), said=("Yes", SAID))
REPORT = whole_report(HELD, what_matters={"value": f"Matters: {SAID}", "quotes": [SAID]})


def pdf_text(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())


def docx_text(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_a_pdf_holds_every_letter_of_what_was_said() -> None:
    text = pdf_text(to_pdf(REPORT))
    assert f"Matters: {SAID}" in text
    assert "Financial lifestyle interview" in text
    for word in SAID.split():
        assert text.count(word) >= 3  # the field, its quote, the fact
    assert "not reached" in text


def test_a_pdf_of_a_long_report_goes_on_over_pages_and_loses_nothing() -> None:
    long = " ".join(f"word{n}" for n in range(3000))
    made = to_pdf({**REPORT, "fields": {"all": long}})
    assert len(pypdf.PdfReader(io.BytesIO(made)).pages) > 3
    assert {f"word{n}" for n in range(3000)} <= set(pdf_text(made).split())


def test_letters_that_the_pdf_lacks_leave_a_sign_and_break_nothing() -> None:
    assert "a ? b" in pdf_text(to_pdf({**REPORT, "fields": {"x": "a 😀 b"}}))


def test_a_word_document_holds_the_same_as_a_table_and_paragraphs() -> None:
    text = docx_text(to_docx(REPORT))
    assert f"what matters: Matters: {SAID}" in text
    assert f"“{SAID}”" in text
    assert docx.Document(io.BytesIO(to_docx(REPORT))).core_properties.author == ""


@pytest.mark.parametrize("said", ["a\x00b\x0b\ufffe", "<w:t>x</w:t> & y", "\ud800"])
def test_no_sign_breaks_a_document(said: str) -> None:
    made = {**REPORT, "fields": {"x": said}}
    assert "x" in docx_text(to_docx(made))
    assert to_pdf(made)


def test_a_private_value_is_in_neither_document() -> None:
    made = masked(whole_report(canary_session()))
    for text in (pdf_text(to_pdf(made)), docx_text(to_docx(made))):
        assert "zerbinetta" not in text.casefold()
        assert "•••" in text


@pytest.mark.parametrize(
    ("form", "library"), [("to_pdf", "fpdf"), ("to_pdf", "font_source_sans_pro"), ("to_docx", "docx")]
)
def test_without_the_extra_the_remedy_is_named(form: str, library: str) -> None:
    script = (
        f"import sys; sys.modules[{library!r}] = None\nfrom tests.test_documents import REPORT\n"
        if library != "docx"
        else "import sys; from tests.interview.test_report_forms import REPORT; sys.modules['docx'] = None\n"
    )
    script += f"from webhook import documents, errors\ntry: documents.{form}(REPORT)\nexcept errors.NotConfigured as e: print(e.code, e)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("not_configured ")
    assert f"{sys.executable} -m pip install 'voice-interviewer[documents]'" in done.stdout

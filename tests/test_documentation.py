"""What the documents say of the code is so."""

import re
from decimal import Decimal
from pathlib import Path
from pkgutil import resolve_name

import pytest

import deskwatch
from deskwatch.core.codec import json_schema
from deskwatch.core.money import parse_decimal
from deskwatch.web.openapi.document import document
from tests.documentation import DOCS, events_page, metrics_page
from tests.ui import answers


def test_the_events_page_is_made_from_the_kinds():
    page = (DOCS / "events.md").read_text()
    assert events_page(page) == page, "run: python -m tests.documentation"


def test_amounts_are_taken_as_the_events_page_writes_them():
    page = (DOCS / "events.md").read_text()
    (rule,) = (line for line in page.splitlines() if "**decimal strings**" in line)
    examples = {text: parse_decimal(text, 9) for text in re.findall(r'`"(\S+)"`', rule)}
    assert {"1.", "1e3", ".5"} <= set(examples)
    assert all(amount == Decimal(text).scaleb(9) for text, amount in examples.items())


def test_the_metrics_page_is_made_from_the_collectors():
    page = (DOCS / "metrics.md").read_text()
    assert metrics_page(page) == page, "run: python -m tests.documentation"


def test_the_schema_in_the_repository_is_the_one_we_serve():
    stored = DOCS / "event.schema.json"
    assert stored.read_bytes() == json_schema(), "run: python -m tests.documentation"


def test_the_page_knows_the_answers_as_they_are():
    assert answers.FILE.read_text() == answers.answers(), "run: python -m tests.documentation"


def test_the_openapi_document_in_the_repository_is_the_one_we_serve():
    stored = DOCS / "openapi.json"
    assert stored.read_bytes() == document(), "run: python -m tests.documentation"


PACKAGE = Path(deskwatch.__file__).parent
#: Where a docstring sends its reader: a module of ours, and a name in it.
REFERRED = re.compile(r"\bsee ((?:[a-z_]+\.)+[A-Za-z_]+)", re.IGNORECASE)


def references() -> set[str]:
    return {
        found
        for source in PACKAGE.rglob("*.py")
        for found in REFERRED.findall(source.read_text())
        if (PACKAGE / found.split(".")[0]).is_dir()
    }


@pytest.mark.parametrize("name", sorted(references()))
def test_a_docstring_sends_its_reader_to_what_is_there(name):
    assert resolve_name(f"deskwatch.{name}") is not None

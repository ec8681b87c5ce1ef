"""What the documents say of the code is so."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from pkgutil import resolve_name

import pytest

import deskwatch
from deskwatch.core.money import parse_decimal
from deskwatch.core.schema import json_schema
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


#: How long Frankfurt rests at Easter: from Thursday 17:30 to Tuesday 09:00.
EASTER = timedelta(days=4, hours=15.5)
ADVISED = re.compile(
    r"\[venues\.XNYS\]\S*\n#?mark_max_age_s = ([\d_]+)|mark_max_age_s = ([\d_]+)` "
)


def test_the_age_that_is_advised_for_an_exchange_that_closes_outlives_easter():
    """Without MarkOld, which warns at four fifths of it."""
    pages = [DOCS / "operations.md", DOCS.parent / "deskwatch.example.toml"]
    pages += [DOCS / "runbooks" / f"{alert}.md" for alert in ("MarkOld", "PositionsUnpriced")]
    for page in pages:
        (advised,) = ADVISED.findall(page.read_text())
        assert 0.8 * timedelta(seconds=int("".join(advised))) > EASTER, page.name


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

"""docs/accounting.md says of other people's answers what the tests find."""

import pytest

from tests.conformance.sources import SOURCES
from tests.conformance.table import DOCUMENT, parts, render

MISSING = [source.missing for source in SOURCES if source.missing]


@pytest.mark.skipif(bool(MISSING), reason="; ".join(MISSING))
def test_the_document_says_what_the_tests_find():
    _, table, _ = parts(DOCUMENT.read_text())
    assert table == render(), "python -m tests.conformance.table --write"

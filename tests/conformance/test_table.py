"""docs/accounting.md says of other people's answers what the tests find."""

import pytest

from tests.conformance.sources import SOURCES
from tests.conformance.table import PART, render

MISSING = [source.missing for source in SOURCES if source.missing]


@pytest.mark.skipif(bool(MISSING), reason="; ".join(MISSING))
def test_the_document_says_what_the_tests_find():
    table = PART.text()
    assert table == render(), "python -m tests.conformance.table --write"

"""Every case of other people's answers, booked as events, agrees with the books."""

import pytest

from tests.conformance.case import Checked
from tests.conformance.sources import SOURCES


def checked_cases():
    for source in SOURCES:
        if source.missing:
            yield pytest.param(None, id=source.path, marks=pytest.mark.skip(source.missing))
            continue
        for case in source.cases():
            if isinstance(case, Checked):
                yield pytest.param(case, id=f"{source.path}::{case.name}")


@pytest.mark.parametrize("case", [*checked_cases()])
def test_the_books_agree(case: Checked):
    answers = case.answers()
    assert answers
    assert [str(answer) for answer in answers if not answer.agrees] == []

"""Our evaluator gives what Prometheus' own test scripts expect."""

import pytest

from tests.rules.promqltest import run
from tests.rules.table import PART, SCRIPTS, outcomes, render

needs_scripts = pytest.mark.skipif(
    not SCRIPTS.exists(), reason=f"Prometheus' test scripts are not at {SCRIPTS}"
)


@needs_scripts
@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.test")), ids=lambda path: path.name)
def test_no_case_fails(path):
    failed = [
        f"line {outcome.case.line}: {outcome.case.query}: {outcome.why}"
        for outcome in run(path)
        if outcome.verdict == "failed"
    ]
    assert not failed


@needs_scripts
def test_the_table_says_what_the_scripts_give():
    table = PART.text()
    assert table == render(outcomes()), "run: python -m tests.rules.table --write"


def test_a_wrong_answer_would_be_found(tmp_path):
    script = tmp_path / "wrong.test"
    script.write_text(
        "load 1m\n  x 1+1x3\n\neval instant at 1m x\n  x 3\n\n"
        "eval range from 0 to 2m step 1m x\n  x 1 2 4\n\neval instant at 1m x\n  expect fail\n"
    )
    assert [outcome.verdict for outcome in run(script)] == ["failed"] * 3

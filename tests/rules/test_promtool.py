"""Rules and templates against promtool: its own examples here, and our answers there."""

import json
import subprocess

import pytest

from tests.programs import programs
from tests.rules.promtool import read, run
from tests.rules.table import SCRIPTS
from tests.rules.test_template import LABELS, SERIES, TEXTS

EXAMPLES = SCRIPTS.parent / "promtool"

needs_examples = pytest.mark.skipif(
    not EXAMPLES.exists(), reason=f"promtool's examples are not at {EXAMPLES}"
)
TOOLS = programs("PROMTOOL", "promtool")
needs_promtool = pytest.mark.skipif(not TOOLS, reason="no promtool in PROMTOOL or on the PATH")


def differences(name) -> list[str]:
    """Return how we differ from what a file of promtool's examples expects."""
    files, interval, tests = read(EXAMPLES / name)
    return [difference for test in tests for difference in run(files, interval, test)]


@needs_examples
@pytest.mark.parametrize("name", ["unittest.yml", "long-period.yml", "no-test-group-interval.yml"])
def test_examples_that_pass(name):
    assert differences(name) == []


@needs_examples
def test_examples_that_fail():
    found = "\n".join(differences("failing.yml"))
    assert "test at 0" in found
    assert "InstanceDown at 300000" in found
    assert "AlwaysFiring at 300000" in found
    assert len(differences("rules_run.yml")) == 1


@needs_promtool
@pytest.mark.parametrize("tool", TOOLS, ids=str)
def test_texts_are_those_of_prometheus(tool, tmp_path):
    """Give promtool each template of test_template with the text we give."""
    rules = [
        {"alert": f"T{i}", "expr": f"t{i} * 1", "annotations": {"text": source}}
        for i, (source, _, _) in enumerate(TEXTS)
    ]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))
    braces = ",".join(f'{name}="{value}"' for name, value in LABELS.items())
    test = {
        "input_series": [
            {"series": f"t{i}{{{braces}}}", "values": repr(value)}
            for i, (_, value, _) in enumerate(TEXTS)
        ]
        + [{"series": name, "values": value} for name, value in SERIES.items()],
        "alert_rule_test": [
            {
                "eval_time": "0m",
                "alertname": f"T{i}",
                "exp_alerts": [{"exp_labels": LABELS, "exp_annotations": {"text": text}}],
            }
            for i, (_, _, text) in enumerate(TEXTS)
        ],
    }
    file = tmp_path / "test.yml"
    file.write_text(json.dumps({"rule_files": ["rules.yml"], "tests": [test]}))
    done = subprocess.run(
        [tool, "test", "rules", file], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr

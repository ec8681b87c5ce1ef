"""The rules are found from a checkout and from an installed package."""

from pathlib import Path

import deskwatch
from deskwatch.config import default_rules_file

ROOT = Path(__file__).parents[2]


def test_a_checkout_has_them_at_the_top():
    assert default_rules_file() == ROOT / "prometheus/alerts.yml"


def test_a_wheel_carries_its_own(monkeypatch, tmp_path):
    package = tmp_path / "site-packages" / "deskwatch"
    (package / "prometheus").mkdir(parents=True)
    (package / "prometheus" / "alerts.yml").touch()
    monkeypatch.setattr(deskwatch, "__file__", str(package / "__init__.py"))
    assert default_rules_file() == package / "prometheus" / "alerts.yml"

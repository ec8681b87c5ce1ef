"""synthetic-tests.yml stands beside docker-compose.yml, and fits it."""

from pathlib import Path

import yaml

from deskwatch.config import load

ROOT = Path(__file__).parents[2]
STACK = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DRILLS = yaml.safe_load((ROOT / "synthetic-tests.yml").read_text())
SERVICE = DRILLS["services"]["drills"]


def test_it_is_hardened_as_the_stacks_services_are():
    for key, value in STACK["x-service"].items():
        if key != "logging":
            assert SERVICE[key] == value
    assert SERVICE["user"] == STACK["services"]["deskwatch"]["user"]


def test_it_joins_the_stacks_network_and_its_secrets():
    assert DRILLS["networks"]["desk"] == {
        "external": True,
        "name": STACK["networks"]["desk"]["name"],
    }
    assert DRILLS["volumes"].keys() <= STACK["volumes"].keys()


def test_prometheus_finds_it_by_its_name_and_port():
    jobs = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    (job,) = (job for job in jobs if job["job_name"] == "drills")
    (lookup,) = job["dns_sd_configs"]
    assert lookup["names"] == list(DRILLS["services"])
    assert lookup["port"] == load(ROOT / "docker" / "deskwatch.toml", {}).drills.port


def test_it_tries_the_simulated_desk_unless_it_is_told_of_another():
    demo = STACK["services"]["demo"]["command"]
    assert "--gateway=8083" in demo
    wanted = "${DRILL_PLATFORM_URL:-http://demo:8083}"
    assert SERVICE["environment"]["DESKWATCH_DRILLS__PLATFORM_URL"] == wanted
    token = SERVICE["environment"]["DESKWATCH_DRILLS__PLATFORM_TOKEN_FILE"]
    assert f"--gateway-token-file={token}" in demo


def test_the_stacks_own_configuration_has_an_account_for_drills():
    config = load(ROOT / "docker" / "deskwatch.toml", {})
    assert config.drill.breaker.account == "drill"
    assert config.accounts["drill"].simulated

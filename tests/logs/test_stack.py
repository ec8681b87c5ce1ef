"""What the configurations call each other agrees with docker-compose.yml."""

import re
from typing import Any

import pytest
import yaml

from tests.logs.pipeline import ROOT, expanded, promtail


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(expanded(_file("docker-compose.yml"), {}))
    return document


def loki(**environment: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(expanded(_file("loki/loki.yml"), environment))
    return document


def _file(name: str) -> str:
    return (ROOT / name).read_text()


def mounts(service: str) -> dict[str, str]:
    """Return where a service finds what, by its path in the container."""
    volumes = (one.split(":") for one in compose()["services"][service]["volumes"])
    return {inside: outside for outside, inside, *_ in volumes}


@pytest.mark.parametrize("service", ["promtail", "alloy"])
def test_a_collector_finds_what_it_reads_and_cannot_write_it(service):
    there = mounts(service)
    assert there["/var/log/trading"] == "./logs"
    assert there["/var/lib/docker/containers"] == "/var/lib/docker/containers"
    volumes = compose()["services"][service]["volumes"]
    writable = [one for one in volumes if not one.endswith(":ro")]
    assert [one.split(":")[0] for one in writable] == [f"{service}-data"]
    assert not any("docker.sock" in one for one in volumes)


def test_the_platform_s_folder_is_there_in_a_fresh_clone():
    assert (ROOT / "logs" / "README.md").exists()
    assert re.findall("^.*logs.*$", _file(".gitignore"), re.MULTILINE) == [
        "/logs/*",
        "!/logs/README.md",
    ]


def test_positions_are_kept_in_a_volume():
    assert promtail()["positions"]["filename"].startswith("/var/lib/promtail/")
    assert mounts("promtail")["/var/lib/promtail"] == "promtail-data"
    assert mounts("alloy")["/var/lib/promtail"] == "promtail-data"
    assert "--storage.path=/var/lib/alloy/data" in compose()["services"]["alloy"]["command"]
    assert mounts("alloy")["/var/lib/alloy/data"] == "alloy-data"


def test_all_that_loki_keeps_is_in_its_volume():
    there = loki()
    assert mounts("loki")["/loki"] == "loki-data"
    paths = [
        there["common"]["path_prefix"],
        there["storage_config"]["filesystem"]["directory"],
        there["compactor"]["working_directory"],
    ]
    assert all(f"{path}/".startswith("/loki/") for path in paths)


def test_ports_are_those_that_others_ask():
    port = loki()["server"]["http_listen_port"]
    assert compose()["services"]["loki"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    (client,) = promtail()["clients"]
    assert client["url"] == f"http://loki:{port}/loki/api/v1/push"
    jobs = {
        job["job_name"]: job
        for job in yaml.safe_load(_file("prometheus/prometheus.yml"))["scrape_configs"]
    }
    assert jobs["loki"]["static_configs"][0]["targets"] == [f"loki:{port}"]
    theirs = promtail()["server"]["http_listen_port"]
    assert jobs["promtail"]["static_configs"][0]["targets"] == [f"promtail:{theirs}"]
    (found,) = jobs["alloy"]["dns_sd_configs"]
    command = compose()["services"]["alloy"]["command"]
    assert f"--server.http.listen-addr=0.0.0.0:{found['port']}" in command
    assert found["names"] == ["alloy"]


@pytest.mark.parametrize("service", ["loki", "promtail", "alloy"])
def test_a_service_is_hardened_and_reads_its_file(service):
    there = compose()["services"][service]
    assert there["read_only"]
    assert there["cap_drop"] == ["ALL"]
    assert there["security_opt"] == ["no-new-privileges:true"]
    assert there["mem_limit"]
    assert there["logging"]["options"]["tag"] == "{{.Name}}"
    assert mounts(service)[f"/etc/{service}"] == f"./{service}"
    name = {"alloy": "config.alloy"}.get(service, f"{service}.yml")
    assert any(argument.endswith(f"/etc/{service}/{name}") for argument in there["command"])
    assert (ROOT / service / name).exists()


def test_alloy_runs_only_when_it_is_asked_for():
    services = compose()["services"]
    assert services["alloy"]["profiles"] == ["alloy"]
    assert "profiles" not in services["promtail"]
    assert services["promtail"]["scale"] == 1


@pytest.mark.parametrize("service", ["loki", "promtail", "alloy"])
def test_the_image_is_the_one_that_env_example_names(service):
    image = compose()["services"][service]["image"]
    assert f"{service.upper()}_IMAGE={image}\n" in _file(".env.example")


def test_a_variable_that_a_configuration_reads_is_handed_in():
    for name, file in (("loki", "loki/loki.yml"), ("promtail", "promtail/promtail.yml")):
        service = compose()["services"][name]
        assert set(re.findall(r"\$\{(\w+)", _file(file))) == set(service["environment"])
        assert "-config.expand-env=true" in service["command"]
    assert (
        re.findall(r"sys.env\(\"(\w+)\"\)", _file("alloy/config.alloy")) == ["TRADING_TIMEZONE"] * 2
    )
    assert list(compose()["services"]["alloy"]["environment"]) == ["TRADING_TIMEZONE"]


def test_nothing_is_reported_to_the_maker():
    assert loki()["analytics"] == {"reporting_enabled": False}
    assert "--disable-reporting" in compose()["services"]["alloy"]["command"]


def test_what_is_older_than_the_retention_goes():
    assert loki()["limits_config"]["retention_period"] == "744h"
    assert loki(LOKI_RETENTION="48h")["limits_config"]["retention_period"] == "48h"
    assert loki()["compactor"]["retention_enabled"]
    (schema,) = loki()["schema_config"]["configs"]
    # Retention needs an index of 24 hours; structured metadata needs this schema.
    assert (schema["schema"], schema["store"], schema["index"]["period"]) == ("v13", "tsdb", "24h")


def test_what_was_read_late_is_found_at_once():
    """By default what is older than 2.5 hours is looked for on disk alone, where it comes later."""
    assert loki()["ingester"]["query_store_max_look_back_period"] == "-1ns"


def test_what_the_collectors_drop_for_its_age_is_what_loki_refuses():
    limit = loki()["limits_config"]["reject_old_samples_max_age"]
    assert f"older_than: {limit}" in _file("promtail/promtail.yml")

"""Alloy does what Promtail does."""

import pytest

from tests.logs.alloy import Call, config, resolved, stages
from tests.logs.pipeline import promtail


@pytest.mark.parametrize("environment", [{}, {"TRADING_TIMEZONE": "Europe/Berlin"}], ids=str)
def test_both_have_the_same_stages_in_the_same_order(environment):
    (job,) = promtail(**environment)["scrape_configs"]
    assert stages(config().the("loki.process"), **environment) == job["pipeline_stages"]


@pytest.mark.parametrize("environment", [{}, {"TRADING_TIMEZONE": "Europe/Berlin"}], ids=str)
def test_both_read_the_same_files(environment):
    (job,) = promtail(**environment)["scrape_configs"]
    theirs = config().the("local.file_match").attributes["path_targets"]
    ours = [target["labels"] for target in job["static_configs"]]
    assert [{k: resolved(v, environment) for k, v in one.items()} for one in theirs] == ours


def test_both_send_to_the_same_loki_and_wait_for_it():
    (client,) = promtail()["clients"]
    endpoint = config().the("loki.write").the("endpoint").attributes
    assert endpoint["url"] == client["url"]
    assert endpoint["max_backoff_retries"] == client["backoff_config"]["max_retries"] == 0


def test_whoever_changes_over_reads_no_line_twice():
    source = config().the("loki.source.file")
    positions = promtail()["positions"]["filename"]
    assert source.attributes["legacy_positions_file"] == positions


def test_each_part_hands_on_to_the_next():
    whole = config()
    source, process = whole.the("loki.source.file"), whole.the("loki.process")
    assert source.attributes["targets"] == Call("local.file_match.logs.targets")
    assert source.attributes["forward_to"] == [Call("loki.process.logs.receiver")]
    assert process.attributes["forward_to"] == [Call("loki.write.loki.receiver")]

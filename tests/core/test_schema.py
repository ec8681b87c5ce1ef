"""The schema takes what the books take."""

import json

import msgspec
import pytest

from deskwatch.core.codec import KINDS, decode
from deskwatch.core.schema import json_schema
from tests.core.blotter import TEN


def test_the_schema_knows_every_kind():
    schema = msgspec.json.decode(json_schema())
    assert {
        definition["properties"]["kind"]["enum"][0] for definition in schema["$defs"].values()
    } == set(KINDS)


@pytest.mark.parametrize("time", [TEN, "2026-11-23T10:00:00Z"])
def test_the_schema_takes_a_time_as_we_do(time):
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    schema = validator(msgspec.json.decode(json_schema()))
    beat = {"kind": "heartbeat", "event_time": time, "service": "oms", "started_at": time}
    assert decode(json.dumps(beat).encode()).events
    assert schema.is_valid(beat)
    assert schema.is_valid(beat | {"started_at": None})
    assert not schema.is_valid(beat | {"started_at": 1.5})

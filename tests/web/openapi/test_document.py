"""What is said of the addresses is so."""

import json
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest
from msgspec import Struct
from starlette.routing import Route

from deskwatch.demo.simulate import events
from deskwatch.engine.views import VIEWS
from deskwatch.web.access.gate import OPEN_PATHS
from deskwatch.web.openapi.document import document
from deskwatch.web.openapi.operation import Operation
from deskwatch.web.openapi.operations import OPERATIONS
from deskwatch.web.routes import create_app
from deskwatch.web.settings import WebSettings
from tests.core.blotter import HOUR, TEN
from tests.serving import serving
from tests.web.fake import FakeDesk, ask

MISSING = "OpenAPI's validators are missing: make test has them"
DOCUMENT: dict[str, Any] = json.loads(document())


class WholeDesk(FakeDesk):
    """Has every view that an engine has; none is asked here."""

    @property
    def views(self) -> dict[str, Callable[[], Struct]]:
        return dict.fromkeys([*VIEWS, "health", "timeline", "log_streams"], self._pnl)


def mistakes(value: object, struct: str) -> list[str]:
    """Return what is wrong with a value that is said to be a `struct`."""
    schemas = pytest.importorskip("openapi_schema_validator", reason=MISSING)
    schema = {"$ref": f"#/components/schemas/{struct}", "components": DOCUMENT["components"]}
    return [error.message for error in schemas.OAS31Validator(schema).iter_errors(value)]


def test_the_document_is_openapi() -> None:
    pytest.importorskip("openapi_spec_validator", reason=MISSING).validate(DOCUMENT)


def test_every_address_is_in_it_and_nothing_else() -> None:
    app = create_app(WholeDesk(), WebSettings())
    routes = {
        (route.path.replace(":path}", "}"), method.lower())
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    listed = [(one.path, one.method) for one in OPERATIONS]
    assert len(listed) == len(set(listed))
    assert routes - set(listed) == set(), "describe them in web/openapi/operations.py"
    assert set(listed) - routes == set()


def types(schema: object) -> set[str]:
    """Return what a member may be, by JSON's names; of a list or a map, what is in it."""
    match schema:
        case {"anyOf": [*choices]}:
            return set().union(*map(types, choices))
        case {"type": "array", "items": inside} | {"additionalProperties": dict(inside)}:
            return types(inside)
        case {"type": [*kinds]}:
            return set(kinds)
        case {"type": kind}:
            return {str(kind)}
        case {"enum": [*allowed]}:
            return {"boolean" if isinstance(one, bool) else type(one).__name__ for one in allowed}
    assert isinstance(schema, dict), schema
    assert "$ref" in schema, schema
    return {"object"}


def test_no_member_is_a_number_at_times_and_true_at_others() -> None:
    """For Python they are equal, and a stream of changes leaves out what is equal."""
    members = {
        f"{name}.{member}": types(schema)
        for name, of in DOCUMENT["components"]["schemas"].items()
        for member, schema in of.get("properties", {}).items()
    }
    assert any("boolean" in found for found in members.values())
    either = {"integer", "number", "int", "float"}
    mixed = {name for name, found in members.items() if "boolean" in found and found & either}
    assert mixed == set()


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_answers_what_is_said(name: str) -> None:
    (one,) = (one for one in OPERATIONS if one.path == f"/api/v1/{name}")
    assert get_type_hints(VIEWS[name])["return"] is one.answer


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
async def test_what_is_open_and_nothing_else_needs_no_password(one: Operation) -> None:
    async with ask(create_app(WholeDesk(), WebSettings(token="correct-horse-battery"))) as client:
        answer = await client.request(one.method, one.path.replace("{", "").replace("}", ""))
    assert (answer.status_code != 401) == one.is_open
    told = DOCUMENT["paths"][one.path][one.method]["security"]
    assert (told == []) == one.is_open


def test_what_is_open_is_known_to_be() -> None:
    static = {one.path for one in OPERATIONS if one.is_open}
    assert static == {*OPEN_PATHS, "/static/{name}"}


async def test_a_real_engine_answers_what_is_said(tmp_path) -> None:
    async with serving(tmp_path) as served:
        block = b"".join(events(7, 5_000, start_ns=TEN))
        served.clock.now = TEN + HOUR
        await served.post(block, Content_Type="application/x-ndjson")
        shown = {f"/api/v1/{name}" for name in served.app._desk.views}
        assert shown - {one.path for one in OPERATIONS} == set()
        for one in OPERATIONS:
            if one.method != "get" or one.answer is None or one.path.endswith("}"):
                continue
            answer = await served.client.get(one.path)
            if one.path == "/api/v1/logs" and answer.status_code == 503:
                continue
            assert answer.status_code == one.status, (one.path, answer.text)
            assert mistakes(answer.json(), one.answer.__name__) == [], one.path


async def test_a_refusal_is_what_is_said() -> None:
    async with ask(create_app(WholeDesk(), WebSettings())) as client:
        answer = await client.get("/api/v1/nothing")
    assert mistakes(answer.json(), "ErrorAnswer") == []
    assert mistakes({"error": {"reason": "whim", "detail": ""}}, "ErrorAnswer") != []


def test_events_come_as_lines_or_as_an_array() -> None:
    body = DOCUMENT["paths"]["/v1/events"]["post"]["requestBody"]
    assert set(body["content"]) == {"application/x-ndjson", "application/json"}


async def test_it_is_served_and_listed() -> None:
    async with ask(create_app(WholeDesk(), WebSettings())) as client:
        assert (await client.get("/api/v1/openapi.json")).json() == DOCUMENT
        listed = (await client.get("/api/v1/")).text
    for one in OPERATIONS:
        assert one.path in listed

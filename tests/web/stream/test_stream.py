"""The page's stream: nothing is missed, nothing waits for a slow reader, and it ends with us."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from deskwatch.web.desks.figures import FiguresUnavailable
from deskwatch.web.respond import Refused, respond_refused
from deskwatch.web.routes import create_app
from deskwatch.web.server import Serving, serve
from deskwatch.web.settings import WebSettings
from deskwatch.web.stream import event_stream
from deskwatch.web.stream.asking import PATIENCE_S
from deskwatch.web.stream.delta import apply
from deskwatch.web.stream.event_stream import EventStreams
from deskwatch.web.stream.hub import BEAT_S, Hub, Place
from deskwatch.web.stream.stream import Stream
from deskwatch.web.stream.topic import MAX_CHANGES, RUN_ON_S
from deskwatch.web.wire import WireLimits
from tests.web.fake import NOW, FakeDesk, ask
from tests.web.fake_alerts import FakeAlertDesk
from tests.web.peer import DEADLINE_S, Peer, connected, head, until


class Answer(Struct):
    as_of: int
    net: object = None


class Told:
    """A topic that says what it is told to say, and counts how often it is asked."""

    def __init__(self, net: object = 0) -> None:
        self.net = net
        self.asked = 0
        self.trouble: Exception | None = None

    def __call__(self) -> Answer:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return Answer(self.asked, self.net)


class Time:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Message:
    """One message as it was sent."""

    def __init__(self, sent: bytes) -> None:
        identity, kind, data = sent.decode().removesuffix("\n\n").split("\n")
        self.id = identity.removeprefix("id: ")
        self.kind = kind.removeprefix("event: ")
        self.data = json.loads(data.removeprefix("data: "))


class Page:
    """What a page makes of the messages that it gets."""

    def __init__(self) -> None:
        self.topics: dict[str, dict[str, object]] = {}
        self.last: Message | None = None
        self.kinds: list[str] = []

    def take(self, sent: bytes | None) -> None:
        if sent is None:
            return
        self.last = Message(sent)
        self.kinds.append(self.last.kind)
        if self.last.kind == "snapshot":
            self.topics = self.last.data["topics"]
        elif self.last.kind == "delta":
            for name, change in self.last.data["topics"].items():
                self.topics[name] = apply(self.topics.get(name, {}), change)

    @property
    def place(self) -> Place | None:
        if self.last is None:
            return None
        epoch, _, version = self.last.id.partition("-")
        return Place(epoch, int(version))

    @property
    def version(self) -> int | None:
        return None if self.place is None else self.place.version

    def net(self, name: str) -> object:
        return self.topics[name]["net"]


@pytest.fixture
def time() -> Time:
    return Time()


def hub_of(time: Time, **topics: Callable[[], object]) -> Hub:
    return Hub(topics, lambda: NOW, time, pace_s=0.0)  # type: ignore[arg-type]


async def read(messages: AsyncGenerator[bytes], page: Page, until_kind: str) -> None:
    """Take messages up to one of a kind."""
    async with asyncio.timeout(DEADLINE_S):
        async for sent in messages:
            page.take(sent)
            if page.kinds[-1] == until_kind:
                return


async def test_all_of_it_first_then_only_what_changed(time: Time) -> None:
    pnl, breakers = Told("9.3"), Told(["closed", "closed"])
    page = Page()
    async with aclosing(
        hub_of(time, pnl=pnl, breakers=breakers).messages(("breakers", "pnl"), None)
    ) as messages:
        await read(messages, page, "snapshot")
        assert page.topics == {
            "pnl": {"as_of": 1, "net": "9.3"},
            "breakers": {"as_of": 1, "net": ["closed", "closed"]},
        }
        breakers.net = ["closed", "open"]
        await read(messages, page, "delta")
        assert page.last is not None
        change = page.last.data["topics"]["breakers"]
        assert page.last.data["topics"].keys() == {"breakers"}
        assert change["="].keys() == {"as_of"}
        assert change["~"] == {"net": {"=": {"1": "open"}}}


async def test_that_time_passed_is_no_change_but_a_beat(time: Time) -> None:
    pnl, page = Told(), Page()
    async with aclosing(hub_of(time, pnl=pnl).messages(("pnl",), None)) as messages:
        await read(messages, page, "beat")
        for _ in range(3):
            time.now += BEAT_S
            await read(messages, page, "beat")
    assert page.kinds == ["snapshot", "beat", "beat", "beat", "beat"]
    assert page.last is not None
    assert page.last.data == {"now": NOW}
    assert page.place == Place(page.last.id.partition("-")[0], 1)


async def test_ages_run_on_once_a_second_and_come_with_any_change(time: Time) -> None:
    feeds, page = Told({"age_s": 1.0, "rows": [{"age_s": 3.0, "state": "up"}]}), Page()
    hub = hub_of(time, feeds=feeds)

    async def told(age: float, state: str) -> list[str]:
        feeds.net = {"age_s": age, "rows": [{"age_s": age, "state": state}]}
        await hub.round()
        page.take(hub.message(("feeds",), page.version))
        return page.kinds

    with hub.reading(("feeds",)):
        assert await told(1.0, "up") == ["snapshot"]
        time.now += 0.25
        assert await told(1.25, "up") == ["snapshot"]
        assert await told(1.25, "down") == ["snapshot", "delta"]
        assert page.net("feeds") == feeds.net
        time.now += RUN_ON_S
        assert await told(2.25, "down") == ["snapshot", "delta", "delta"]


async def test_a_topic_is_asked_once_for_all_and_only_while_somebody_reads(time: Time) -> None:
    pnl, orders = Told(), Told()
    hub = hub_of(time, pnl=pnl, orders=orders)
    with hub.reading(("pnl",)), hub.reading(("pnl",)), hub.reading(("pnl",)):
        await hub.round()
        await hub.round()
    await hub.round()
    assert (pnl.asked, orders.asked) == (2, 0)


async def test_nobody_asks_when_the_last_reader_is_gone(time: Time) -> None:
    pnl, page = Told(), Page()
    hub = hub_of(time, pnl=pnl)

    async def meanwhile() -> tuple[int, int]:
        """Return how often it is asked, and how many beats there are, in many seconds."""
        asked, beats = pnl.asked, hub.beats
        for _ in range(20):
            time.now += 1.0
            await asyncio.sleep(0)
        return pnl.asked - asked, hub.beats - beats

    async with aclosing(hub.messages(("pnl",), None)) as messages:
        await read(messages, page, "beat")
        assert min(await meanwhile()) > 0
    assert await meanwhile() == (0, 0)


async def ask_for_ten_seconds(time: Time, **topics: tuple[Told, float]) -> None:
    """Read topics at the pace of the rounds; each takes so long (s) to answer."""

    def taking(told: Told, took: float) -> Callable[[], Answer]:
        def ask() -> Answer:
            time.now += took
            return told()

        return ask

    hub = hub_of(time, **{name: taking(*of) for name, of in topics.items()})
    began = time.now
    with hub.reading(tuple(sorted(topics))):
        while time.now < began + 10.0:
            at = time.now
            await hub.round()
            time.now = max(time.now, at + 0.25)


@pytest.mark.parametrize(
    ("took", "least", "most"),
    [
        pytest.param(0.0005, 38, 40, id="each round"),
        pytest.param(0.00125, 18, 21, id="its half of what all may take"),
        pytest.param(0.03, 10, 11, id="more than that, once a second all the same"),
        pytest.param(0.5, 2, 3, id="a fifth of a core at most"),
    ],
)
async def test_a_topic_that_takes_long_is_asked_less_often(time: Time, took, least, most) -> None:
    slow, quick = Told(), Told()
    await ask_for_ten_seconds(time, slow=(slow, took), quick=(quick, 0.0))
    assert least <= slow.asked <= most
    assert quick.asked >= 30


async def test_breakers_that_take_long_are_told_of_within_a_second(time: Time) -> None:
    breakers, pnl = Told(), Told()
    await ask_for_ten_seconds(time, breakers=(breakers, 0.03), pnl=(pnl, 0.03))
    assert pnl.asked < breakers.asked
    assert breakers.asked >= 13


async def test_quantiles_of_minutes_come_every_other_second(time: Time) -> None:
    latency, pnl = Told(), Told()
    hub = hub_of(time, latency=latency, pnl=pnl)
    with hub.reading(("latency", "pnl")):
        for _ in range(40):
            await hub.round()
            time.now += 0.25
    assert (latency.asked, pnl.asked) == (5, 40)


async def test_what_is_unavailable_says_so_and_comes_back(time: Time) -> None:
    pnl, page = Told("1"), Page()
    pnl.trouble = FiguresUnavailable("replaying the journal: 12 blocks so far")
    async with aclosing(hub_of(time, pnl=pnl).messages(("pnl",), None)) as messages:
        await read(messages, page, "snapshot")
        assert page.topics["pnl"] == {
            "error": {"reason": "unavailable", "detail": "replaying the journal: 12 blocks so far"}
        }
        pnl.trouble = None
        await read(messages, page, "delta")
        assert page.topics["pnl"].keys() == {"as_of", "net"}
        assert page.net("pnl") == "1"


async def test_our_own_bug_is_told_and_logged_once_while_the_others_go_on(time: Time) -> None:
    pnl, orders = Told(), Told()
    hub = hub_of(time, pnl=pnl, orders=orders)
    pnl.trouble = ZeroDivisionError("secret")
    page = Page()
    with capture_logs() as logs, hub.reading(("orders", "pnl")):
        await hub.round()
        await hub.round()
        page.take(hub.message(("orders", "pnl"), None))
    assert page.topics["pnl"] == {
        "error": {"reason": "internal_error", "detail": "see the engine's log"}
    }
    assert page.net("orders") == 0
    assert [(entry["event"], entry["topic"]) for entry in logs] == [("topic_failed", "pnl")]


async def test_whoever_must_be_waited_for_keeps_no_other_waiting(time: Time) -> None:
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    hub = hub_of(time, pnl=Told("1"), alerts=lambda: answer)
    names, page = ("alerts", "pnl"), Page()
    with hub.reading(names):
        await hub.round()
        page.take(hub.message(names, None))
        assert page.topics.keys() == {"pnl"}
        time.now += PATIENCE_S
        await hub.round()
        page.take(hub.message(names, page.version))
        assert page.topics["alerts"] == {
            "error": {"reason": "unavailable", "detail": "no answer for 5 s"}
        }
        answer.set_result(Answer(1, "2"))
        await hub.round()
        page.take(hub.message(names, page.version))
        assert page.net("alerts") == "2"


async def test_a_reader_who_was_slow_gets_what_it_lacks_in_one_message(time: Time) -> None:
    pnl = Told([0, 0, 0])
    hub = hub_of(time, pnl=pnl)
    page = Page()
    with hub.reading(("pnl",)):
        await hub.round()
        page.take(hub.message(("pnl",), None))
        for place in range(3):
            pnl.net = [*([1] * (place + 1)), *([0] * (2 - place))]
            await hub.round()
        page.take(hub.message(("pnl",), 1))
    assert page.kinds == ["snapshot", "delta"]
    assert page.last is not None
    assert page.last.data["topics"]["pnl"]["~"] == {"net": {"=": {"0": 1, "1": 1, "2": 1}}}


async def test_who_lacks_more_than_is_kept_gets_all_of_it(time: Time) -> None:
    pnl = Told()
    hub = hub_of(time, pnl=pnl)
    with hub.reading(("pnl",)):
        for pnl.net in range(MAX_CHANGES + 2):
            await hub.round()
        kinds = [
            Message(sent).kind
            for version in (1, 2, MAX_CHANGES)
            if (sent := hub.message(("pnl",), version)) is not None
        ]
    assert kinds == ["snapshot", "delta", "delta"]


@pytest.mark.parametrize(
    ("names", "epoch", "kind"),
    [
        pytest.param(("orders", "pnl"), None, "beat", id="nothing was missed"),
        pytest.param(("pnl",), None, "snapshot", id="other topics than it had"),
        pytest.param(("orders", "pnl"), "0" * 16, "snapshot", id="of another run"),
    ],
)
async def test_who_comes_back(time: Time, names, epoch, kind) -> None:
    hub, page = hub_of(time, pnl=Told(), orders=Told()), Page()
    async with aclosing(hub.messages(("orders", "pnl"), None)) as messages:
        await read(messages, page, "beat")
    assert page.place is not None
    place = Place(epoch or page.place.epoch, page.place.version)
    async with aclosing(hub.messages(names, place)) as messages:
        again = Page()
        again.take(await anext(messages))
    assert again.kinds == [kind]


nets = st.lists(st.integers(0, 2), max_size=3) | st.integers(0, 2)
#: What happens: a topic says something new, or one of two pages reads, be it over a new connection.
steps = st.lists(
    st.tuples(st.sampled_from(["pnl", "orders"]), nets)
    | st.tuples(st.just("page"), st.integers(0, 1)),
    max_size=40,
)


@given(steps)
def test_however_a_page_reads_it_has_no_gap(taken):
    names = ("orders", "pnl")

    async def live() -> None:
        told, pages = {"pnl": Told(), "orders": Told()}, [Page(), Page()]
        hub = hub_of(Time(), **told)
        with hub.reading(names):
            for what, value in taken:
                if what == "page":
                    catch_up(hub, pages[value])
                else:
                    told[what].net = value
                    await hub.round()
            await hub.round()
        for page in pages:
            catch_up(hub, page)
            assert [page.net(name) for name in names] == [told[name].net for name in names]

    def catch_up(hub: Hub, page: Page) -> None:
        page.take(hub.message(names, page.version))

    asyncio.run(live())


@asynccontextmanager
async def streaming(
    hub: Hub, streams: EventStreams, limits: WireLimits | None = None
) -> AsyncIterator[Serving]:
    """The stream alone on a port; it ends as the whole service does."""
    app = Starlette(
        routes=[Route("/api/v1/stream", Stream(hub, streams, reader).stream, methods=["GET"])],
        exception_handlers={Refused: refuse},
    )
    service = await serve(app, "127.0.0.1", 0, limits or WireLimits(stop_s=1))
    try:
        yield service
    finally:
        streams.close()
        await service.stop()


def reader(request: Request) -> event_stream.Reader:
    return event_stream.Reader(request.headers.get("x-network", ""), lambda: True)


def refuse(_: object, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return respond_refused(error)


def asking_for(topics: str, *headers: str) -> bytes:
    return head(*headers, path=f"/api/v1/stream?topics={topics}", method="GET")


class Reader:
    """What comes over a connection."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def head(self) -> tuple[int, dict[str, str]]:
        status, headers, _ = await self._peer.answer()
        return status, headers

    async def message(self) -> bytes:
        """Return the next message, which is a chunk of its own."""
        async with asyncio.timeout(DEADLINE_S):
            size = int(await self._peer.reader.readuntil(b"\r\n"), 16)
            return (await self._peer.reader.readexactly(size + 2))[:-2]

    async def read(self, page: Page, until: Callable[[], bool]) -> None:
        while not until():
            page.take(await self.message())


async def test_over_http(time: Time) -> None:
    pnl = Told("1")
    hub, page = hub_of(time, pnl=pnl), Page()
    async with streaming(hub, EventStreams()) as service, connected(service) as peer:
        await peer.send(asking_for("pnl"))
        reader = Reader(peer)
        status, headers = await reader.head()
        assert (status, headers["content-type"]) == (200, "text/event-stream")
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        await reader.read(page, lambda: page.kinds == ["snapshot", "beat"])
        pnl.net = "2"
        await reader.read(page, lambda: page.net("pnl") == "2")
        assert page.kinds == ["snapshot", "beat", "delta"]


@pytest.mark.parametrize("way", ["header", "query", "both"])
async def test_over_a_new_connection_it_goes_on(time: Time, way: str) -> None:
    pnl = Told("1")
    hub, page = hub_of(time, pnl=pnl), Page()
    async with streaming(hub, EventStreams()) as service:
        async with connected(service) as peer:
            await peer.send(asking_for("pnl"))
            reader = Reader(peer)
            await reader.head()
            await reader.read(page, lambda: "beat" in page.kinds)
        assert page.last is not None
        last, older = page.last.id, page.last.id[:-1] + "0"
        pnl.net = "2"
        query = {"header": "pnl", "query": f"pnl&after={last}", "both": f"pnl&after={older}"}[way]
        headers = [] if way == "query" else [f"Last-Event-ID: {last}"]
        async with connected(service) as peer:
            await peer.send(asking_for(query, *headers))
            reader = Reader(peer)
            await reader.head()
            await reader.read(page, lambda: page.net("pnl") == "2")
    assert page.kinds == ["snapshot", "beat", "delta"]


async def test_a_slow_reader_keeps_nobody_waiting_and_then_has_it_all(time: Time) -> None:
    pnl, quick, slow = Told(), Page(), Page()
    pnl.net = ["x" * 1000] * 500
    hub = hub_of(time, pnl=pnl)
    async with (
        streaming(hub, EventStreams()) as service,
        connected(service) as peer,
        connected(service, receive_buffer=4096) as behind,
    ):
        await behind.send(asking_for("pnl"))
        await peer.send(asking_for("pnl"))
        reader = Reader(peer)
        await reader.head()
        for turn in range(15):
            pnl.net = [str(turn) * 1000] * 500
            await reader.read(quick, lambda: "pnl" in quick.topics and quick.net("pnl") == pnl.net)
        late = Reader(behind)
        await late.head()
        await late.read(slow, lambda: "pnl" in slow.topics and slow.net("pnl") == pnl.net)
    assert len(slow.kinds) < len(quick.kinds)


async def test_there_are_only_so_many(time: Time) -> None:
    hub = hub_of(time, pnl=Told())
    streams = EventStreams(most=1)
    async with streaming(hub, streams) as service, connected(service) as peer:
        async with connected(service) as first:
            await first.send(asking_for("pnl"))
            assert (await Reader(first).head())[0] == 200
            await peer.send(asking_for("pnl"))
            status, headers, body = await peer.answer()
            assert (status, headers["retry-after"]) == (503, "5")
            assert json.loads(body)["error"] == {
                "reason": "too_many_streams",
                "detail": "found 1 open stream; expected at most 1",
            }
        await until(lambda: not streams.open)
        await peer.send(asking_for("pnl"))
        assert (await Reader(peer).head())[0] == 200


async def test_who_has_most_makes_room_for_who_has_fewer(time: Time) -> None:
    hub, streams = hub_of(time, pnl=Told()), EventStreams(most=3)
    async with streaming(hub, streams) as service, AsyncExitStack() as stack:

        async def ask_from(network: str) -> tuple[Reader, int]:
            peer = await stack.enter_async_context(connected(service))
            await peer.send(asking_for("pnl", f"X-Network: {network}"))
            reader = Reader(peer)
            return reader, (await reader.head())[0]

        many = [await ask_from("192.0.2.1") for _ in range(3)]
        _, status = await ask_from("192.0.2.2")
        assert [status for _, status in many] + [status] == [200] * 4
        while await many[0][0].message():
            pass  # until the last chunk, which is empty
        # Two and one: whoever came first now would only take turns with who came last.
        assert [(await ask_from(f"192.0.2.{n}"))[1] for n in (1, 2)] == [503, 503]
        assert [one.reader.network for one in streams.open] == [
            "192.0.2.1", "192.0.2.1", "192.0.2.2",
        ]  # fmt: skip
        assert (await ask_from("192.0.2.3"))[1] == 200
        assert [(await ask_from(f"192.0.2.{n}"))[1] for n in (1, 2, 4)] == [503] * 3


async def test_who_leaves_is_forgotten(time: Time) -> None:
    pnl, streams = Told(), EventStreams()
    async with streaming(hub_of(time, pnl=pnl), streams) as service:
        async with connected(service) as peer:
            await peer.send(asking_for("pnl"))
            reader = Reader(peer)
            await reader.head()
            await reader.message()
        await until(lambda: not streams.open)
        asked = pnl.asked
        await asyncio.sleep(0)
        assert pnl.asked == asked


async def test_stopping_ends_open_streams_also_one_that_nobody_reads(time: Time) -> None:
    pnl, streams = Told(["x" * 1000] * 2000), EventStreams()
    async with streaming(hub_of(time, pnl=pnl), streams, WireLimits(stop_s=60)) as service:
        async with connected(service) as peer, connected(service, receive_buffer=4096) as stuck:
            await peer.send(asking_for("pnl"))
            await stuck.send(asking_for("pnl"))
            reader = Reader(peer)
            await reader.head()
            await reader.message()
            async with asyncio.timeout(DEADLINE_S):
                streams.close()
                await service.stop()
        assert not streams.open


class QuietLogs:
    """Logs in which nothing comes."""

    async def follow(self, *_: object) -> AsyncGenerator[tuple[str, None]]:
        while True:
            yield "1-0", None
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", ["/api/v1/stream?topics=pnl", "/api/v1/logs/tail"])
async def test_it_ends_when_the_reader_has_signed_out(desk: FakeDesk, path: str) -> None:
    streams = EventStreams()
    settings = WebSettings(viewer_password="correct-horse")
    app = create_app(desk, settings, log_desk=QuietLogs(), streams=streams)  # type: ignore[arg-type]
    service = await serve(app, "127.0.0.1", 0)
    url = "http://{}:{}/api/v1/session".format(*service.address)
    async with connected(service) as peer, httpx.AsyncClient(trust_env=False) as client:
        csrf = {"X-CSRF-Token": (await client.get(url)).json()["csrf"]}
        signed_in = await client.post(
            url, json={"name": "ada", "password": "correct-horse"}, headers=csrf
        )
        assert signed_in.status_code == 201
        (secret,) = client.cookies.values()
        cookie = f"Cookie: deskwatch_session={secret}"
        await peer.send(head(cookie, path=path, method="GET"))
        reader = Reader(peer)
        assert (await reader.head())[0] == 200
        await reader.message()
        csrf = {"X-CSRF-Token": signed_in.json()["csrf"]}
        assert (await client.delete(url, headers=csrf)).status_code == 204
        while await reader.message():
            pass  # until the last chunk, which is empty
    assert not streams.open
    await service.stop()


async def test_head_answers_and_ends(desk: FakeDesk) -> None:
    app = create_app(desk, WebSettings())
    async with ask(app) as client:
        answer = await client.head("/api/v1/stream?topics=pnl")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "found the topic ''; expected some of alerts, "),
        ("topics=pnl,orderz", "found the topic 'orderz'; expected some of alerts, "),
        ("topics=pnl&after=7", "found after='7'; expected the id of a message"),
        ("topics=pnl&strategy=pairs", "found the parameter 'strategy'; expected topics, after"),
    ],
)
async def test_what_cannot_be_streamed_is_refused(desk: FakeDesk, query, detail) -> None:
    async with ask(create_app(desk, WebSettings())) as client:
        answer = await client.get(f"/api/v1/stream?{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["reason"]) == (400, "bad_parameter")
    assert error["detail"].startswith(detail)


async def test_every_answer_is_a_topic(desk: FakeDesk) -> None:
    streams = EventStreams()
    app = create_app(desk, WebSettings(), FakeAlertDesk(), clock=lambda: NOW, streams=streams)
    service = await serve(app, "127.0.0.1", 0)
    page = Page()
    async with connected(service) as peer, httpx.AsyncClient() as client:
        await peer.send(asking_for("status,positions,pnl,exposure,limits,alerts"))
        reader = Reader(peer)
        await reader.head()
        await reader.read(page, lambda: "alerts" in page.topics)
        host, port = service.address
        for name, value in page.topics.items():
            answer = await client.get(f"http://{host}:{port}/api/v1/{name}")
            assert answer.json() == value
    streams.close()
    await service.stop()

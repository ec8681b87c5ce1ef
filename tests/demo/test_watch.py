import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from deskwatch.demo.watch import Watcher, watch
from tests.demo.fakes import CountedStop

ANSWERS = Path(__file__).parent / "answers"
TOKEN = "let-me-in"


class Written(BaseHTTPRequestHandler):
    """Answers with the written answers, to whoever has the token."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
        body = (ANSWERS / f"{Path(self.path).name}.json").read_bytes() if allowed else b"{}"
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Written) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def screen(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), width=80, height=50, force_terminal=terminal)


def text(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_once_prints_one_table(url):
    console = screen(terminal=False)
    assert watch(url, threading.Event(), token=TOKEN, once=True, console=console)
    assert text(console).count("P&L by strategy") == 1
    assert "\x1b" not in text(console)


def test_once_says_that_nobody_answers():
    with ThreadingHTTPServer(("127.0.0.1", 0), Written) as server:
        nobody = f"http://127.0.0.1:{server.server_port}"
    console = screen(terminal=False)
    assert not watch(nobody, threading.Event(), once=True, console=console)
    assert "Connection refused" in text(console)
    assert "P&L by strategy" not in text(console)


def test_a_wrong_token_is_told(url):
    console = screen(terminal=False)
    assert not watch(url, threading.Event(), token="guess", once=True, console=console)
    assert "401 Unauthorized" in text(console)
    assert "guess" not in text(console)


def test_elsewhere_than_in_a_terminal_it_prints_snapshots(url):
    console = screen(terminal=False)
    stop = CountedStop(3)
    assert watch(url, stop, token=TOKEN, console=console)
    assert text(console).count("P&L by strategy") == 3
    assert "\x1b" not in text(console)
    assert min(stop.waited) >= 1


def test_in_a_terminal_it_draws_on_the_other_screen_and_gives_it_back(url):
    console = screen(terminal=True)
    stop = CountedStop(3)
    assert watch(url, stop, token=TOKEN, console=console)
    assert text(console).startswith("\x1b[?1049h")
    assert "\x1b[?1049l" in text(console)
    assert "\x1b[2J" not in text(console).split("P&L by strategy", 1)[1], "cleared while drawing"
    assert min(stop.waited) >= 0.25, "at most four looks a second"


def watcher(answer: Callable[[httpx.Request], httpx.Response], times: list[float]) -> Watcher:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return Watcher(client, "http://desk", clock=lambda: times[0])


def written(request: httpx.Request) -> httpx.Response:
    return httpx.Response(
        200, content=(ANSWERS / f"{Path(request.url.path).name}.json").read_bytes()
    )


def drawn(one: Watcher, height: int = 50) -> str:
    console = Console(width=80, height=height)
    with console.capture() as capture:
        console.print(one.picture(console, fit=True))
    return capture.get()


def test_old_figures_are_kept_with_their_age_until_it_answers_again():
    def answer(request: httpx.Request) -> httpx.Response:
        return written(request) if up else httpx.Response(503)

    up, times = True, [100.0]
    one = watcher(answer, times)
    one.look()
    assert one.outage is None
    up, times[0] = False, 107.0
    one.look()
    assert "7 s old" in drawn(one)
    assert "+9,515.50" in drawn(one)
    assert "503" in drawn(one)
    up = True
    one.look()
    assert one.outage is None


def test_an_answer_in_two_halves_is_none():
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if request.url.path.endswith("positions") else written(request)

    one = watcher(answer, [0.0])
    one.look()
    assert one.outage is not None
    assert "P&L by strategy" not in drawn(one)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"positions": [{"quantity": 5}]}'])
def test_what_is_not_the_api_is_no_answer(body):
    one = watcher(lambda _: httpx.Response(200, content=body), [0.0])
    one.look()
    assert one.outage is not None
    assert "not its JSON" in one.outage.why


def test_a_short_terminal_shows_fewer_positions():
    one = watcher(written, [0.0])
    one.look()
    assert "Largest positions, 10 of 10" in drawn(one, height=50)
    assert "Largest positions, 4 of 10" in drawn(one, height=30)
    assert "Largest positions" not in drawn(one, height=24)
    assert len(drawn(one, height=30).splitlines()) <= 30

"""The stack in a Docker engine, out of a copy of the repository that has nothing but `.env`."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = "deskwatch-test"
TOKEN, CHAT = "123456:test-token_AAAAAAAAAAAAAAAAAAAAAAAA", "4711"
SECRET: Final = "the-stack-s-own-token"
#: How long anything may take on a machine that is busy with others' work.
DEADLINE_S: Final = 180.0

#: What a container without a check of its own is taken for.
HEALTHY: Final = {"Status": "healthy"}

SETTINGS: Final = f"""
TELEGRAM_BOT_TOKEN={TOKEN}
TELEGRAM_CHAT_ID={CHAT}
DESKWATCH_TELEGRAM__API_BASE_URL=http://bot-api:8081
DESKWATCH_SERVER__TOKEN={SECRET}
DESKWATCH_CONFIG=./desk.toml
"""

DESK: Final = """
[books]
reporting_currency = "USD"
mark_max_age_s = 86400
[limits.default.account]
daily_loss = "5000"
[accounts.drill]
simulated = true
[drill.breaker]
account = "drill"
"""

BOT_API: Final = {
    "services": {
        "bot-api": {
            "container_name": "bot-api",
            "image": "deskwatch:${DESKWATCH_VERSION:-latest}",
            "entrypoint": ["python", "/bot_api.py", "8081"],
            "volumes": ["./tests/stack/bot_api.py:/bot_api.py:ro"],
            "depends_on": {"setup": {"condition": "service_completed_successfully"}},
            "ports": ["127.0.0.1::8081"],
            "networks": ["desk", "out"],
        }
    }
}


def compose_command() -> list[str] | None:
    """Return the compose that is here, or None: the plugin, else the program of its first life.

    COMPOSE in the environment names one of the two.
    """
    asked = os.environ.get("COMPOSE")
    for command in [asked.split()] if asked else [["docker", "compose"], ["docker-compose"]]:
        if shutil.which(command[0]) and _succeeds(*command, "version"):
            return command
    return None


def why_not() -> str | None:
    """Return why the stack can't be brought up here; None if it can."""
    if compose_command() is None or shutil.which("docker") is None:
        return "there is no Docker, or no docker-compose"
    if not _succeeds("docker", "info"):
        return "no Docker engine answers (DOCKER_HOST)"
    names = {service["container_name"] for service in declared(ROOT).values()}
    taken = names & set(_said("docker", "ps", "-a", "--format", "{{.Names}}").split())
    if taken:
        return f"another stack is here: {', '.join(sorted(taken))}"
    return None


def declared(folder: Path) -> dict[str, Any]:
    """Return the services of docker-compose.yml as it is written."""
    services: dict[str, Any] = yaml.safe_load((folder / "docker-compose.yml").read_text())[
        "services"
    ]
    return services


class Stack:
    """The services of a copy of the repository. here: those whose image is here or can be had."""

    def __init__(self, folder: Path) -> None:
        command = compose_command()
        assert command is not None
        self.folder = folder
        self._bot_api = ""
        self._program = command
        self._compose = [*command, "-f", "docker-compose.yml", "-f", "bot-api.yml"]
        self.config = yaml.safe_load(self.compose("config"))["services"]
        always = [name for name, one in self.config.items() if not one.get("profiles")]
        self.here = [name for name in always if self._has_image(name)]

    def compose(self, *arguments: str) -> str:
        """Run docker-compose and return what it printed."""
        return _said(*self._compose, *arguments, folder=self.folder)

    def shell(self, line: str) -> str:
        """Run a line of docs/stack.md, with the compose that is used here; return what it printed.

        One life of compose refuses the networks that the other has made.
        """
        typed = line.replace("docker-compose", " ".join(self._program))
        return _said("bash", "-euo", "pipefail", "-c", typed, folder=self.folder)

    def up(self) -> None:
        """Bring it up as an operator does; without the images that are nowhere."""
        self.compose("up", "-d", "--build", *self.here)
        for name in self.here:
            self.until(partial(self.is_well, name), f"{name} to be well")
        # Once: asking takes as long as what is measured.
        self._bot_api = self.compose("port", "bot-api", "8081").strip()

    @contextmanager
    def synthetic_tests(self) -> Iterator[None]:
        """Run the drills as an operator does who watches them: until Ctrl-C."""
        command = [*self._program, "-f", "synthetic-tests.yml", "up"]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as watching:
            try:
                yield
            finally:
                # As a terminal does, to compose's own children as well.
                os.killpg(watching.pid, signal.SIGINT)
                watching.wait()
                _said(*command[:-1], "rm", "--force", "--stop", folder=self.folder)

    def _has_image(self, name: str) -> bool:
        image = self.config[name]["image"]
        if image == self.config["setup"]["image"]:
            return True  # it is built
        return any(_succeeds("docker", *how, image) for how in (["image", "inspect"], ["pull"]))

    def is_well(self, name: str) -> bool:
        """Say whether a service does what it is there for, as far as its container tells."""
        state = self.state(name)
        if name == "setup":
            return (state["Status"], state["ExitCode"]) == ("exited", 0)
        return (state["Status"], state.get("Health", HEALTHY)["Status"]) == ("running", "healthy")

    def state(self, name: str) -> dict[str, Any]:
        """Return what the engine says of a container."""
        state: dict[str, Any] = self.inspected(name)["State"]
        return state

    def inspected(self, name: str) -> dict[str, Any]:
        """Return all that the engine knows of a container."""
        found: list[dict[str, Any]] = json.loads(_said("docker", "inspect", name))
        return found[0]

    def logs(self, name: str) -> str:
        """Return what a container has said."""
        return subprocess.run(
            ["docker", "logs", name],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ).stdout  # fmt: skip

    def crash(self, name: str) -> None:
        """End a container's process from outside, as a crash does: the engine must see to it."""
        code = f"import os; os.kill({self.state(name)['Pid']}, 9)"
        options = ["--rm", "--pid=host", "--network=none", "--user=0:0", "--entrypoint=python"]
        _said("docker", "run", *options, self.config["setup"]["image"], "-c", code)

    def kill(self, name: str) -> None:
        """End a container so that it stays down, as an operator's slip does."""
        _said("docker", "kill", name)

    def engine(self, path: str, content: bytes | None = None) -> Any:
        """Ask the engine as an operator on the machine does; return its answer."""
        answer = httpx.request(
            "GET" if content is None else "POST",
            f"http://127.0.0.1:8080{path}",
            content=content,
            headers={
                "Authorization": f"Bearer {SECRET}",
                "Content-Type": "application/x-ndjson",
            },
            timeout=30,
        )
        return answer.raise_for_status().json()

    def prometheus(self, query: str) -> list[tuple[Mapping[str, str], float]]:
        """Return what Prometheus answers now."""
        url = "http://127.0.0.1:9090/api/v1/query"
        answer = httpx.get(url, params={"query": query}, timeout=30).raise_for_status().json()
        return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]

    def told(self) -> list[str]:
        """Return every message at the Bot API, oldest first."""
        messages: list[str] = httpx.get(f"http://{self._bot_api}/told", timeout=30).json()
        return messages

    def until(
        self, condition: Callable[[], object], what: str, within_s: float = DEADLINE_S
    ) -> float:
        """Wait for a condition; return after how many seconds it held."""
        began = time.monotonic()
        while True:
            try:
                if condition():
                    return time.monotonic() - began
            except (httpx.HTTPError, subprocess.CalledProcessError):
                pass  # it is being started
            waited = time.monotonic() - began
            assert waited < within_s, f"waited {waited:.0f} s for {what}\n{self._tails()}"
            time.sleep(0.1)

    def _tails(self) -> str:
        return "\n".join(f"-- {name}\n{self.logs(name)[-2000:]}" for name in self.here)


@contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    """Bring up the stack of a fresh copy, and take everything of it down again."""
    copy_repository(folder)
    (folder / "desk.toml").write_text(DESK)
    (folder / "bot-api.yml").write_text(yaml.safe_dump(BOT_API))
    with (folder / ".env").open("a") as env:
        env.write(SETTINGS)
    running = Stack(folder)
    try:
        running.up()
        yield running
    finally:
        running.compose("--profile", "demo", "down", "--volumes", "--timeout", "5")


def copy_repository(folder: Path) -> None:
    """Make `folder` a clone as of now, with the example's settings in `.env`."""
    for name in _said("git", "ls-files", folder=ROOT).splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    shutil.copy(folder / ".env.example", folder / ".env")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _said(*command: str, folder: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=_environment(),
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except subprocess.CalledProcessError as failed:
        failed.add_note(failed.stderr.decode())
        raise
    return done.stdout.decode()


def _environment() -> dict[str, str]:
    """Return ours without what would win over the copy's `.env`."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("DESKWATCH_", "TELEGRAM_"))}
    return {**ours, "COMPOSE_PROJECT_NAME": PROJECT}

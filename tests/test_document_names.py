"""What the documents name is there: pages and headings, commands and flags, keys, metrics."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from deskwatch.cli import app
from deskwatch.config import load
from deskwatch.config.schema import ANY_NAME, keys
from deskwatch.core.codec import decode_event
from tests.documentation import DOCS, metrics

ROOT = DOCS.parent
PAGES = sorted(
    {*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("[!.]*/README.md")}
    - {ROOT / "CHANGELOG.md"}
)
TABLES = {key[0] for key in keys()}
COMMANDS = get_command(app)

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]*)\)")
#: In code, or at the beginning of a line of a block: `deskwatch`, however it is reached.
COMMAND = re.compile(r"^(?:\$ |docker exec (?:-\w+ )*deskwatch |\.venv/bin/)?deskwatch ([a-z-].*)")
KEY = re.compile(r"(?<![\w./-])([a-z_]+(?:\.(?:<name>|\w+))+)(?![\w/(-])")
METRIC = re.compile(r"\bdesk(?:watch)?_[a-z0-9_]+")
GREP = re.compile(r"/metrics (?:\\?\| )grep (?:-E )?'?([^'|`]+)")

#: What begins as a command would, and is none.
NO_COMMANDS = "deskwatch met this with"
#: What looks like a metric, and is none: a mistake that is shown, a drill's reason.
NO_METRICS = {"desk_pnl_dya", "deskwatch_unavailable"}
#: What `deskwatch feeds`, `deskwatch journal verify` and the Bot API answer besides.
OTHERS_MEMBERS = {"feeds", "left_out", "event", "result", "message", "chat", "id", "from"}
#: File names that look like a key.
FILES = (".json", ".md", ".py", ".sqlite", ".toml", ".yml")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def text(page: Path) -> str:
    return page.read_text()


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return BLOCK.sub("", text(page))


def codes(page: Path) -> list[str]:
    return CODE.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """Return what a link may add to the page's name, as GitHub makes it of headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", one).lower() for one in headings)
    return {re.sub(r"[^\w -]", "", one).strip().replace(" ", "-") for one in plain}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_link_leads_to_a_page_and_to_a_heading_in_it(page):
    for link in LINK.findall(CODE.sub("", prose(page))):
        path, _, anchor = link.partition("#")
        if ":" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        blocks = (body for _, body in BLOCK.findall(text(page)))
        lines = [*codes(page), *(line for body in blocks for line in body.splitlines())]
        for line in lines:
            if not line.startswith(NO_COMMANDS) and (found := COMMAND.match(line.strip())):
                yield name(page), found[1]


def test_a_command_is_one_with_the_flags_that_it_takes():
    for where, line in commands():
        command, words = COMMANDS, re.split(r" [|<>#&]| {2,}", line)[0].split()
        while words and words[0] in (below := getattr(command, "commands", {})):
            command = below[words.pop(0)]
        assert command is not COMMANDS, f"{where}: deskwatch {line}"
        taken = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)}
        flags = {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)}
        assert flags <= taken | {"--help"}, f"{where}: deskwatch {line}"


def is_key(dotted: str) -> bool:
    """Return whether a key, or a table, is called so."""
    parts = dotted.split(".")
    return any(
        len(key) >= len(parts)
        and all(mine in (part, ANY_NAME) for mine, part in zip(key, parts, strict=False))
        for key in keys()
    )


def test_a_key_is_one_of_the_configuration():
    for page in PAGES:
        for dotted in (found for code in codes(page) for found in KEY.findall(code)):
            if dotted.split(".")[0] in TABLES and not dotted.endswith(FILES):
                assert is_key(dotted), f"{name(page)}: {dotted}"


@cache
def exported() -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", metrics(), re.MULTILINE))


def is_metric(found: str) -> bool:
    """Return whether a metric, or a series of one, is called so; or many that begin so."""
    if found.endswith("_"):
        return any(one.startswith(found) for one in exported())
    return found in exported() or re.sub("_(bucket|sum|count)$", "", found) in exported()


def test_a_metric_is_shown_by_the_engine():
    for page in PAGES:
        searched = GREP.findall(text(page))
        named = METRIC.findall(re.sub(GREP, "", text(page)))
        for found in set(named) - NO_METRICS:
            assert is_metric(found), f"{name(page)}: {found}"
        for found in METRIC.findall(" ".join(searched)):
            assert any(one.startswith(found) for one in exported()), f"{name(page)}: {found}"


def test_who_looks_for_a_metric_is_not_shown_its_name_elsewhere():
    """`deskwatch_series` and the header name a metric that has no series, too."""
    greps = [(name(page), grep) for page in PAGES for grep in GREP.findall(text(page))]
    assert len(greps) > 30
    for where, grep in greps:
        assert grep.startswith("^") or ".*" in grep, f"{where}: {grep}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_who_looks_into_the_journal_finds_events_however_they_were_spaced(page):
    """They are kept as they came, and Python's json writes a space behind the colon."""
    for line in re.findall(r"journal cat[^`\n]*", text(page)):
        assert not re.search(r'"\w+":', line), line


def members(schema: object) -> Iterator[str]:
    """Yield the names of all members that answers of the API have."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    if isinstance(schema, dict | list):
        for below in schema.values() if isinstance(schema, dict) else schema:
            yield from members(below)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_jq_asks_for_members_that_there_are(page):
    known = {*members(json.loads((DOCS / "openapi.json").read_text())), *OTHERS_MEMBERS}
    for quoted, bare in re.findall(r"jq (?:-\w+ )*(?:'([^']+)'|(\.\w+))", text(page)):
        assert set(re.findall(r"\.([a-z_]+)", quoted or bare)) <= known


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_log_is_looked_for_where_the_unit_in_operations_leaves_it(page):
    assert "systemctl --user enable --now deskwatch" in text(DOCS / "operations.md")
    assert not re.search(r"`(journalctl -u|systemctl \w+) deskwatch", text(page))


#: What compose asks for besides: set by `make image`, and by tests that have a Bot API of their own.
NOT_AN_OPERATORS = {"REVISION", "DESKWATCH_TELEGRAM__API_BASE_URL"}


@pytest.fixture
def stack() -> str:
    return "".join(
        (ROOT / one).read_text() for one in ("docker-compose.yml", "synthetic-tests.yml")
    )


@pytest.fixture
def example() -> dict[str, str]:
    """Return what .env.example sets, or shows commented out."""
    lines = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^#?(\w+)=(.*)$", lines, re.MULTILINE))


def test_what_the_stack_asks_of_env_is_in_the_example(stack, example):
    assert set(re.findall(r"\$\{(\w+)", stack)) - example.keys() == NOT_AN_OPERATORS


def test_the_example_says_what_holds_where_nothing_is_set(stack, example):
    holds = dict(re.findall(r"\$\{(\w+_(?:IMAGE|MEMORY|URL|RETENTION|SIZE)):-([^}]+)\}", stack))
    assert holds == {name: example[name] for name in holds}


def blocks(language: str) -> list[tuple[str, str]]:
    return [
        (name(page), body)
        for page in PAGES
        for marked, body in BLOCK.findall(text(page))
        if marked == language
    ]


@pytest.mark.parametrize(("where", "body"), blocks("toml"))
def test_a_configuration_can_be_used_as_it_stands(where, body, tmp_path):
    file = tmp_path / "deskwatch.toml"
    file.write_text(body)
    (tmp_path / "token").write_text("correct-horse-battery\n")
    load(file, {})


def test_an_event_is_one_as_it_stands():
    shown = [line for _, body in blocks("json") for line in body.splitlines() if '"kind"' in line]
    assert len(shown) >= 9
    for line in shown:
        decode_event(line.encode())

"""docs/configuration.md and deskwatch.example.toml say what the code does."""

import re
import tomllib
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from deskwatch.config import default_rules_file, load
from deskwatch.config.model import Account, Books, EventFile
from deskwatch.config.problem import written_key, written_value
from deskwatch.config.schema import keys, secrets, shape_at
from deskwatch.config.tables.logs import FollowedLog

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deskwatch.example.toml"
ROW = re.compile(r"^\| `([a-z_.<>]+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
DOCUMENTED = {
    key: (default, takes)
    for key, default, takes, _ in ROW.findall((ROOT / "docs/configuration.md").read_text())
}

SECRETS = {
    "deskwatch_token": "correct-horse-battery\n",
    "viewer_password": "look but do not touch\n",
    "operator_password": "hands on the switch\n",
    "platform_token": "another-correct-horse\n",
    "telegram_token": "123456:AbC-d_E\n",
    "apprise_urls": "# mail\nmailto://user:password@example.com\n\njson://localhost\n",
    "alertmanager_url": "http://user:password@alertmanager:9093\n",
    "deadman_url": "https://hc-ping.com/uuid\n",
}


def default_of(key: tuple[str, ...]) -> str:
    """What the documentation has to say about a key that nobody sets."""
    *tables, name = key
    if tables[0:1] in (["files"], ["logs"]):
        table = EventFile if tables[0] == "files" else FollowedLog
        field = table.model_fields[name]
        return "required" if field.is_required() else written_default(field.default)
    if key == ("accounts", "<name>", "simulated"):
        return written_default(Account.model_fields[name].default)
    if "<name>" not in key:
        return written_default(reduce(getattr, key, load(None, {"XDG_STATE_HOME": "/state"})))
    if tables[0:1] == ["venues"] and name not in Books.model_fields:
        return "not set"
    like = {"accounts": "`[books]`", "venues": "`[books]`", "limits": "`[limits.default]`"}
    return f"as in {like[key[0]]}" if key[0] in like else "none"


def written_default(value: object) -> str:
    if value == Path("/state/deskwatch"):
        return "`$XDG_STATE_HOME/deskwatch`, or `~/.local/state/deskwatch`"
    if value == [default_rules_file()]:
        return "the `prometheus/alerts.yml` that comes with deskwatch"
    if isinstance(value, list):
        return f"`[{', '.join(map(written_value, value))}]`"
    written = written_value(value)
    return "not set" if value is None else f"`{written}`"


@pytest.mark.parametrize("key", list(keys()), ids=written_key)
def test_each_key_is_documented_with_its_default_and_what_it_takes(key):
    shape = shape_at(key)
    assert shape is not None
    assert DOCUMENTED[written_key(key)] == (default_of(key), shape.expected())


def test_nothing_is_documented_that_does_not_exist():
    assert DOCUMENTED.keys() == {written_key(key) for key in keys()}


def test_the_example_states_the_defaults():
    assert load(EXAMPLE, {}) == load(None, {})


def test_the_example_holds_every_key_and_its_switched_off_lines_work(tmp_path):
    for name, secret in SECRETS.items():
        (tmp_path / name).write_text(secret)
    text = re.sub(r"^#(?! )", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    text = text.replace("/run/secrets/", f"{tmp_path}/")
    file = tmp_path / "deskwatch.toml"
    file.write_text(text)

    config = load(file, {})

    assert str(config.data) == "/var/lib/deskwatch"
    assert config.fx.fixed == {"USDT/USD": "1"}
    stated = {key for key in keys() if is_stated(tomllib.loads(text), key)}
    assert set(keys()) - stated == {secret for secret, _ in secrets()}


def is_stated(values: dict[str, Any], key: tuple[str, ...]) -> bool:
    name, *rest = key
    under = list(values.values()) if name == "<name>" else [values[name]] if name in values else []
    return any(not rest or is_stated(one, tuple(rest)) for one in under)

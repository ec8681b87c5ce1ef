"""Secrets don't reach Loki; what looks like one and is none does."""

import json
import re
import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskwatch.logs.redact import redact
from tests.logs.desk import container, platform
from tests.logs.pipeline import PROMTAIL, Stage, compiled, expanded, promtail

# Made up, each of the form that its issuer gives it.
TELEGRAM = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
SECRET = "S3cr3t-v4lue_0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib3QifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"
LISTEN_KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"

SAID = [
    pytest.param(f"POST https://api.telegram.org/bot{TELEGRAM}/sendMessage", TELEGRAM, id="Telegram"),
    pytest.param(f"url=https%3A%2F%2Fx%2Fbot{TELEGRAM.replace(':', '%3A')}", "AAHdqTcvCH1", id="escaped"),
    pytest.param(f"Authorization: Bearer {SECRET}", SECRET, id="bearer"),
    pytest.param("Authorization: Bearer short", "short", id="a short bearer"),
    pytest.param(f"{{'Authorization': 'Basic {SECRET}'}}", SECRET, id="basic"),
    pytest.param(f'{{"authorization": "token {SECRET}"}}', SECRET, id="a header in JSON"),
    pytest.param(f"sent bearer {SECRET} to venue", SECRET, id="bearer in prose"),
    pytest.param(f"Cookie: sid={SECRET}; theme=dark", SECRET, id="cookie"),
    pytest.param("Authorization: Negotiate YIIabcdefghi==", "YIIabc", id="Kerberos"),
    pytest.param(f"Authorization: HMAC-SHA256 key:{SECRET} nonce:n:{SECRET}", SECRET, id="a scheme of one's own"),
    pytest.param(f'Authorization: Digest username="desk", response="{SECRET}"', SECRET, id="digest"),
    pytest.param(json.dumps({"Authorization": f'Digest qop="auth", response="{SECRET}"'}), SECRET, id="digest in JSON"),
    pytest.param(f"map[X-Mbx-Apikey:[{SECRET}] Host:[x]]", SECRET, id="Go's headers"),
    pytest.param(json.dumps({"X-Mbx-Apikey": [SECRET], "Host": ["x"]}), SECRET, id="Go's headers in JSON"),
    pytest.param(json.dumps({"Set-Cookie": ["theme=dark; Path=/", f"sid={SECRET}"]}), SECRET, id="several cookies"),
    pytest.param(json.dumps({"body": json.dumps({"Api-Key": ["x", SECRET], "n": [1]})}), SECRET, id="a list in JSON in JSON"),
    pytest.param(json.dumps({"password": {"kind": "plain", "v": SECRET, "n": 1}}), SECRET, id="a dict"),
    pytest.param(json.dumps({"secret": [{"v": SECRET}]}), SECRET, id="a dict in a list"),
    pytest.param(f"cookies={{'theme': 'dark', 'sid': '{SECRET}'}}", SECRET, id="a client's cookies"),
    pytest.param(f"{{ password: {{ value: '{SECRET}' }} }}", SECRET, id="JavaScript"),
    pytest.param(f"(200, b'OK', [(b'Host', b'x'), (b'Set-Cookie', b'session={SECRET}')])", SECRET, id="httpcore's cookie"),
    pytest.param(f"headers=[(b'X-MBX-APIKEY', b'{SECRET}')]", SECRET, id="httpcore's header"),
    pytest.param(f"[('authorization', 'Custom {SECRET}')]", SECRET, id="headers as pairs"),
    pytest.param(f"api_key={SECRET}", SECRET, id="api_key"),
    pytest.param(f"X-MBX-APIKEY: {SECRET}", SECRET, id="Binance's key"),
    pytest.param(f"GET /api/v3/order?symbol=BTCUSDT&signature={SECRET}&recvWindow=5", SECRET, id="Binance's signature"),
    pytest.param(f"wss://stream.binance.com:9443/ws/{LISTEN_KEY}", LISTEN_KEY, id="Binance's stream"),
    pytest.param(f"'OK-ACCESS-PASSPHRASE': '{SECRET}', 'OK-ACCESS-SIGN': '{SECRET}='", SECRET, id="OKX"),
    pytest.param(f"APCA-API-SECRET-KEY: {SECRET} APCA-API-KEY-ID: {SECRET}", SECRET, id="Alpaca"),
    pytest.param(f"KC-API-SIGN: {SECRET}==", SECRET, id="KuCoin"),
    pytest.param(f"client_secret={SECRET}&grant_type=x", SECRET, id="Deribit"),
    pytest.param(f"config: {{'apiKey': '{SECRET}', 'password': '{SECRET}'}}", SECRET, id="CCXT's repr"),
    pytest.param(f'{{"exchange": {{"key": 1, "secret": "{SECRET}"}}}}', SECRET, id="freqtrade's configuration"),
    pytest.param(json.dumps({"body": json.dumps({"apiKey": SECRET})}), SECRET, id="JSON in JSON"),
    pytest.param('{"password": "correct horse battery"}', "battery", id="a password with spaces"),
    pytest.param("password='it\"s mine'", "mine", id="a password with a quote of the other kind"),
    pytest.param(f"connect to redis://:{SECRET}@cache:6379/0", SECRET, id="a URL without a user"),
    pytest.param(f"postgresql+asyncpg://desk:{SECRET}@db/desk", SECRET, id="a URL with a user"),
    pytest.param(f"freqtrade trade --api-key {SECRET} --dry-run", SECRET, id="a command line"),
    pytest.param(f"token={SECRET}", SECRET, id="a long token"),
    pytest.param(f"8=FIX.4.4\x0135=A\x01553=desk\x01554={SECRET}\x0110=123\x01", SECRET, id="FIX logon"),
    pytest.param(f"8=FIX.4.4|35=A|96={SECRET}|10=1|", SECRET, id="FIX with bars"),
    pytest.param(json.dumps({"raw": f"35=A\x01554={SECRET}\x01"}), SECRET, id="FIX in JSON"),
    pytest.param(repr(f"35=A\x01554={SECRET}\x01108=30".encode()), SECRET, id="FIX as Python shows it"),
    pytest.param(f"8=FIX.4.4^A35=A^A554={SECRET}^A108=30^A", SECRET, id="FIX as cat -v shows it"),
    pytest.param(f"8=FIX.4.4<SOH>35=A<SOH>554={SECRET}<SOH>", SECRET, id="FIX as a page shows it"),
    pytest.param(f"8=FIX.4.4;35=A;554={SECRET};108=30", SECRET, id="FIX with semicolons"),
    pytest.param(f"session {JWT} opened", JWT, id="JWT"),
    pytest.param("using AKIAIOSFODNN7EXAMPLE now", "AKIAIOSFODNN7EXAMPLE", id="AWS"),
    pytest.param("https://hooks.slack.com/services/T0/B0/abcdef", "abcdef", id="Slack"),
    pytest.param("https://hc-ping.com/6f3c8b8e-5c0e-4f5b-9a52-0c4f1f2e7a11", "6f3c8b8e", id="a dead-man's ping"),
    pytest.param("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\nIOab\n-----END EC PRIVATE KEY-----", "MHcCAQEE", id="PEM"),
    pytest.param("key: -----BEGIN PRIVATE KEY-----\nMHcCAQEE", "MHcCAQEE", id="a cut PEM"),
]  # fmt: skip

LINES = [param.values[0] for param in SAID]


@pytest.mark.parametrize(("line", "secret"), SAID)
@pytest.mark.parametrize("read", [platform, container])
def test_a_secret_is_taken_out(read, line, secret):
    # An exception puts it on a line of its own, below a line that begins an entry.
    (entry,) = read("2026-03-02 09:29:58 - bot - INFO - x", *f"  {line}".split("\n"))
    assert secret not in entry.line
    assert "[redacted]" in entry.line


@pytest.mark.parametrize(("line", "secret"), SAID)
def test_it_is_not_left_in_a_label_or_in_metadata(line, secret):
    for entry in platform(json.dumps({"event": line, "level": "info"})):
        assert secret not in json.dumps([entry.line, entry.labels, entry.metadata])


@pytest.mark.parametrize("read", [platform, container])
def test_of_a_private_key_that_two_entries_share_the_rest_is_taken_out(read):
    key = [
        "-----BEGIN PRIVATE KEY-----",
        "MHcCAQEE",
        "IOab+/xy",
        "QQ==",
        "-----END PRIVATE KEY-----",
    ]
    cut, rest = read("ERROR dump", *["more"] * 497, *key, "sent")
    assert "MHcCAQEE" not in cut.line
    assert rest.line.startswith("[redacted]-----END PRIVATE KEY-----\nsent")
    assert redact(b"IOab\r\nQQ==\r\n-----END RSA PRIVATE KEY-----").startswith(b"[redacted]-----")


@pytest.mark.parametrize("line", [line for line in map(str, LINES) if line.startswith('{"')])
def test_json_stays_json(line):
    (entry,) = platform(line)
    assert json.loads(entry.line)


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-02 09:29:58,310 - freqtrade - INFO - token=USDT stake_currency: USDT",
        '{"token": "BTC", "level": "info", "event": "listed"}',
        "basic strategy, basic settings; sign=+1 signal: 0.5",
        "the secretary of the passport office",
        "order 0x9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0 filled at 12:30:45",
        "GET http://127.0.0.1:8080/metrics 200",
        "35=8|17=E1|32=100|31=189.32|96",
        "client_order_id=4f1c8a2e7b9d4c0fa6e3 exec_id=778899",
        "max_open_trades: 3, keys: 7, monkey: yes",
        '{"secret": [], "password": {}, "symbol": "BTC-USD"}',
        'needs "apiKey", "secret" and "password"',
    ],
)
def test_what_is_no_secret_stays(line):
    (entry,) = platform(line)
    assert entry.line == line


NAMES = [
    "api_key",
    "apiKey",
    "API-Secret",
    "password",
    "passphrase",
    "secret",
    "access_token",
    "Signature",
]


@given(
    st.sampled_from(NAMES),
    st.text(string.ascii_letters + string.digits + "+/_-.~!#%", min_size=12, max_size=64),
    st.sampled_from(["{}={}", "{}: {}", "'{}': '{}'", '"{}":"{}"', '\\"{}\\": \\"{}\\"', "?{}={}&x=1"]),
)  # fmt: skip
def test_nothing_of_a_named_secret_is_left(name, secret, form):
    (entry,) = platform(f"INFO {form.format(name, secret)}")
    assert entry.line.count("[redacted]") == 1
    assert not any(secret[i : i + 6] in entry.line for i in range(len(secret) - 5))


HEADERS = ["Authorization", "Cookie", "Set-Cookie", "X-MBX-APIKEY", "X-Auth-Token"]
#: What may stand in quotes as it is.
QUOTABLE = "".join(set(string.printable) - set(string.whitespace) - set("\"'\\")) + " "


@given(
    st.sampled_from(NAMES + HEADERS),
    st.text(QUOTABLE, min_size=12, max_size=64),
    st.sampled_from(
        [
            '{{"{}":["{}"]}}', '{{"{}": {{"v": "{}"}}}}', '{{"{}": [{{"v": "{}"}}]}}', '{{\\"{}\\": [\\"{}\\"]}}',
            '{{"{}": [\n  "{}"\n]}}', "{{'{}': ['{}']}}", "[(b'{}', b'{}')]", "[('{}', '{}'), ('a', 'b')]", '[["{}", "{}"]]',
        ]
    ),
)  # fmt: skip
def test_nothing_of_what_is_within_a_named_value_is_left(name, secret, form):
    text = redact(form.format(name, secret).encode()).decode()
    assert not any(secret[i : i + 6] in text for i in range(len(secret) - 5))


@given(
    st.sampled_from(["Authorization: {}", "Cookie: {}", "Set-Cookie: {}"]),
    st.text(QUOTABLE, min_size=12),
)
def test_a_header_is_taken_out_to_the_end_of_its_line(form, secret):
    text = redact(b"> " + form.format(secret).encode() + b"\n> Host: x")
    assert text.startswith(b"> ")
    assert text.endswith(b"\n> Host: x")
    assert not any(secret[i : i + 6].encode() in text for i in range(len(secret) - 5))


def expressions(stages: list[Stage]) -> Iterator[tuple[str, Any]]:
    for stage in stages:
        ((name, config),) = stage.items()
        if name == "match":
            yield from expressions(config["stages"])
            yield from (
                ("selector", found) for found in re.findall('~ "(.*?)"', config["selector"])
            )
        elif name in {"regex", "replace"}:
            yield name, config["expression"]
        elif name == "multiline":
            yield name, config["firstline"]


def test_every_expression_is_one_of_re2():
    (job,) = promtail()["scrape_configs"]
    found = list(expressions(job["pipeline_stages"]))
    assert len(found) > 30
    for kind, expression in found:
        # RE2 looks neither ahead nor behind, and repeats nothing more than 1000 times.
        assert not re.search(r"\(\?(?:[=!>]|<[=!])|\\[1-9]|[*+?}]\+|\(\?P=", expression), expression
        assert all(int(n) <= 1000 for n in re.findall(r"\{(?:\d+,)?(\d+)\}", expression))
        groups = compiled(expression).groups
        # What has no group replaces nothing.
        assert kind != "replace" or groups >= 1, expression


def test_filling_in_variables_leaves_everything_else_as_it_is():
    """It makes of two backslashes or dollars in a row one, and of \\/ a slash."""
    text = PROMTAIL.read_text()
    assert not re.search(r"\\\\|\$\$|\\/", text)
    assert re.findall(r"\$\{(\w+)", text) == ["TRADING_TIMEZONE"] * 2
    assert expanded(text, {"TRADING_TIMEZONE": "Asia/Tokyo"}).count("Asia/Tokyo") == 2


def test_a_selector_is_one_that_promtail_s_own_parser_takes():
    """Unlike LogQL's, it knows no strings in backticks."""
    assert "`" not in PROMTAIL.read_text()

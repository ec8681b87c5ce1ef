"""What a person reads about a file that can't be used: exactly this, one line a problem."""

import pytest

from deskwatch.config import ConfigError, load

TOP = "one of data, server, page, tcp, unix, files, journal, books, accounts, venues, fx, limits, execution, latency, clock, processes, risk, breakers, reconciliation, anomaly, feeds, heartbeats, drills, drill, rules, notify, oncall, telegram, apprise, alertmanager, deadman, metrics, log, logs, log_store"
SERVER = "one of bind, port, token, token_file, guarded_by_proxy, max_body_bytes, max_line_bytes"
CURRENCY = 'a currency, such as "USD": 1 to 64 characters, no "/" and no space'
ZONE = 'an IANA time zone, such as "Europe/Zurich"'
CLOCK = 'a time of day as text, "00:00" to "23:59"'
PAIR = 'two different currencies, as in "USDT/USD"'
RATE = 'a decimal number above zero as text, such as "1.0005"'
ADDRESS = 'an IP address, such as "127.0.0.1", or "localhost"'
TOKEN = "16 to 1024 visible ASCII characters, no spaces"
CONTACTS = 'an array of at most 4 lines of 1 to 80 characters, such as ["Ada, +41 44 000 00 00"]'
NAME = "a name of 1 to 64 characters"
AMOUNT = 'an amount above zero as text, such as "5000", at most 9 decimals'
LOSSES = " or ".join(
    f"limits.{whose}.daily_loss"
    for whose in (
        "default.account",
        "default.strategy",
        "accounts.<name>",
        "strategies.<name>.<name>",
    )
)
SOCKET = "a path as text, with its folder at most 103 bytes long"

WRONG = [
    # Keys
    ("prot = 1", "1: prot: found an unknown key; expected {TOP}"),
    ("port = 1", "1: port: found an unknown key; expected server.port or tcp.port or drills.port"),
    ("[sevrer]\nport = 1", "1: sevrer: found an unknown key; expected server"),
    ("[server]\n# x\nprot = 1", "3: server.prot: found an unknown key; expected server.port"),
    ("[server]\ntls = 1", "2: server.tls: found an unknown key; expected {SERVER}"),
    (
        '[server]\ndata = "x"',
        "2: server.data: found an unknown key; expected data, above the first [table]",
    ),
    (
        "[accounts.A1]\nmetod = 1",
        "2: accounts.A1.metod: found an unknown key; expected accounts.A1.method",
    ),
    (
        '[accounts."A 1"]\nfee = 1',
        '2: accounts."A 1".fee: found an unknown key; expected one of method, reporting_currency, simulated',
    ),
    ("server.x.y = 1", "1: server.x: found an unknown key; expected {SERVER}"),
    ("[[qqq]]\nx = 1", "1: qqq: found an unknown key; expected {TOP}"),
    ('_env_file = "x"', "1: _env_file: found an unknown key; expected {TOP}"),
    # Types: nothing is turned into what it is not
    ("server = 5", "1: server: found 5; expected a table"),
    ("[[server]]", "1: server: found an array; expected a table"),
    ('accounts = "A1"', '1: accounts: found "A1"; expected a table'),
    ("[accounts]\nA1 = 1", "2: accounts.A1: found 1; expected a table"),
    ("data = 5", "1: data: found 5; expected a path as text"),
    ('data = ""', '1: data: found ""; expected a path as text'),
    ('data = "a\\u0000b"', '1: data: found "{FOLDER}/a\\u0000b"; expected a path as text'),
    ('[server]\nport = "80"', '2: server.port: found "80"; expected {PORT}'),
    ("[server]\nport = true", "2: server.port: found true; expected {PORT}"),
    ("[server]\nport = 80.0", "2: server.port: found 80.0; expected {PORT}"),
    ("server = {bind = '::1',  port = nan}", "1: server.port: found nan; expected {PORT}"),
    ("[server]\nport = {}", "2: server.port: found a table; expected {PORT}"),
    ("[tcp]\nenabled = 1", "2: tcp.enabled: found 1; expected true or false"),
    ('[tcp]\nenabled = "yes"', '2: tcp.enabled: found "yes"; expected true or false'),
    ("[books]\nday_start = 17:00:00", "2: books.day_start: found the date or time 17:00:00; expected {CLOCK}"),
    # Values
    ("[server]\nport = 65536", "2: server.port: found 65536; expected {PORT}"),
    ("[server]\nport = -1", "2: server.port: found -1; expected {PORT}"),
    (
        "[server]\nmax_body_bytes = 0",
        "2: server.max_body_bytes: found 0; expected a whole number from 1024 to 50331648",
    ),
    (  # the intake has no room for a longer one, and would let it wait for ever
        "[server]\nmax_line_bytes = 50_331_649",
        "2: server.max_line_bytes: found 50331649; expected a whole number from 1024 to 50331648",
    ),
    (
        '[limits.thresholds]\nnear = "0.0000000001"',
        '2: limits.thresholds.near: found "0.0000000001"; expected a ratio above zero, at most 1, as text, such as "0.8", at most 9 decimals',
    ),
    ('[server]\nbind = "localhos"', '2: server.bind: found "localhos"; expected {ADDRESS}'),
    ('[tcp]\nbind = "127.0.0.1:80"', '2: tcp.bind: found "127.0.0.1:80"; expected {ADDRESS}'),
    (
        '[server]\nport = 1\nbind = "0.0.0.0"',
        '3: server.bind: found "0.0.0.0"; expected a loopback address, unless server.token, page.operator_password or page.viewer_password is set, or server.guarded_by_proxy',
    ),
    (
        '[server]\nbind = "::"',
        '2: server.bind: found "::"; expected a loopback address, unless server.token, page.operator_password or page.viewer_password is set, or server.guarded_by_proxy',
    ),
    (
        '[tcp]\nenabled = true\nbind = "10.0.0.1"',
        '3: tcp.bind: found "10.0.0.1"; expected a loopback address: TCP sends its token in the clear (from elsewhere, HTTP)',
    ),
    (
        '[page]\noperator_password = "too short"',
        "2: page.operator_password: found a value that is not shown; expected 12 to 1024 printable characters",
    ),
    (
        '[page]\ntrusted_proxies = ["10.0.0.1/8"]',
        '2: page.trusted_proxies[0]: found "10.0.0.1/8"; expected an IP address or a network, such as "10.0.0.0/8"',
    ),
    ('[unix]\npath = ""', '2: unix.path: found ""; expected {SOCKET}'),
    ('[files.a]\n\nstart = "end"', "1: files.a.path: found nothing; expected a path as text"),
    (
        '[files.a]\npath = "x"\nstart = "middle"',
        '3: files.a.start: found "middle"; expected "beginning" or "end"',
    ),
    ("[journal]\nkeep_days = 0", "2: journal.keep_days: found 0; expected a whole number from 1 to 36500"),
    ('[books]\nmethod = "lifo"', '2: books.method: found "lifo"; expected "average" or "fifo"'),
    ('[books]\ntimezone = "Zurich"', '2: books.timezone: found "Zurich"; expected {ZONE}'),
    ('[books]\ntimezone = "Europe"', '2: books.timezone: found "Europe"; expected {ZONE}'),
    ('[books]\ntimezone = "../UTC"', '2: books.timezone: found "../UTC"; expected {ZONE}'),
    ('[books]\ntimezone = ""', '2: books.timezone: found ""; expected {ZONE}'),
    ('[books]\nday_start = "24:00"', '2: books.day_start: found "24:00"; expected {CLOCK}'),
    ('[books]\nday_start = "9:00"', '2: books.day_start: found "9:00"; expected {CLOCK}'),
    (
        '[books]\nreporting_currency = "U/D"',
        '2: books.reporting_currency: found "U/D"; expected {CURRENCY}',
    ),
    ("[books]\nmark_max_age_s = 0", "2: books.mark_max_age_s: found 0; expected {SECONDS}"),
    ("[venues.X]\nmark_max_age_s = 1e3", "2: venues.X.mark_max_age_s: found 1000.0; expected {SECONDS}"),
    ('[accounts.""]\nmethod = "fifo"', '1: accounts."": found ""; expected {NAME}'),
    ('[fx.fixed]\nUSDT = "1"', '2: fx.fixed.USDT: found "USDT"; expected {PAIR}'),
    ('[fx.fixed]\n"USD/USD" = "1"', '2: fx.fixed."USD/USD": found "USD/USD"; expected {PAIR}'),
    ('[fx.fixed]\n"A/B/C" = "1"', '2: fx.fixed."A/B/C": found "A/B/C"; expected {PAIR}'),
    ('[fx.fixed]\n"A/B" = 1.0', '2: fx.fixed."A/B": found 1.0; expected {RATE}'),
    ('[fx.fixed]\n"A/B" = "0"', '2: fx.fixed."A/B": found "0"; expected {RATE}'),
    ('[fx.fixed]\n"A/B" = "-1"', '2: fx.fixed."A/B": found "-1"; expected {RATE}'),
    ('[fx.fixed]\n"A/B" = "1,5"', '2: fx.fixed."A/B": found "1,5"; expected {RATE}'),
    ('[fx.fixed]\n"A/B" = "nan"', '2: fx.fixed."A/B": found "nan"; expected {RATE}'),
    ("[limits.default.account]\ndaily_loss = 5000", "2: limits.default.account.daily_loss: found 5000; expected {AMOUNT}"),
    ('[limits.default.strategy]\nhourly_loss = "0"', '2: limits.default.strategy.hourly_loss: found "0"; expected {AMOUNT}'),
    ('[limits.accounts.A1]\ndrawdown = "-1"', '2: limits.accounts.A1.drawdown: found "-1"; expected {AMOUNT}'),
    ('[limits.accounts.A1]\ndrawdown = "5,000"', '2: limits.accounts.A1.drawdown: found "5,000"; expected {AMOUNT}'),
    ('[limits.accounts.A1]\ndrawdown = "0.0000000001"', '2: limits.accounts.A1.drawdown: found "0.0000000001"; expected {AMOUNT}'),
    ('[limits.accounts.A1]\ndrawdown = "inf"', '2: limits.accounts.A1.drawdown: found "inf"; expected {AMOUNT}'),
    (
        '[limits.accounts.A1]\ndayly_loss = "1"',
        "2: limits.accounts.A1.dayly_loss: found an unknown key; expected limits.accounts.A1.daily_loss",
    ),
    ('[limits.accounts]\nA1 = "1"', '2: limits.accounts.A1: found "1"; expected a table'),
    ('[limits]\ndaily_loss = "1"', "2: limits.daily_loss: found an unknown key; expected {LOSSES}"),
    (
        '[limits.strategies."A1/mm"]\ndaily_loss = "1"',
        '2: limits.strategies."A1/mm".daily_loss: found "1"; expected a table, as in [limits.strategies.ACCOUNT.STRATEGY]',
    ),
    (
        '[limits.strategies.A1.mm]\ndaily_loss = "1e40"',
        '2: limits.strategies.A1.mm.daily_loss: found "1e40"; expected {AMOUNT}',
    ),
    ('[limits.strategies.A1.""]\n', '1: limits.strategies.A1."": found ""; expected {NAME}'),
    (
        '[drill.breaker]\naccount = "A1"',
        '2: drill.breaker.account: found "A1"; expected an account that accounts.A1 marks simulated',
    ),
    (
        '[accounts.A1]\nsimulated = false\n[drill.breaker]\naccount = "A1"',
        '4: drill.breaker.account: found "A1"; expected an account that accounts.A1 marks simulated',
    ),
    (
        '[accounts.drill]\nsimulated = true\n[drill.breaker]\naccount = "drill"\nlimit = "2000"',
        '5: drill.breaker.limit: found "2000"; expected less than 20 times drill.breaker.loss',
    ),
    ('[log]\nlevel = "INFO"', '2: log.level: found "INFO"; expected "debug", "info", "warning" or "error"'),
    ("[metrics]\nmax_series = 1_000_000_001", "2: metrics.max_series: found 1000000001; expected a whole number from 100 to 1000000000"),
    # Rules and notifications
    ('[rules]\nfiles = "a.yml"', '2: rules.files: found "a.yml"; expected {FILES}'),
    ("[rules]\nfiles = []", "2: rules.files: found an array; expected {FILES}"),
    ('[rules]\nfiles = [\n  "a.yml",\n  5,\n]', "4: rules.files[1]: found 5; expected a path as text"),
    (
        '[rules]\nfiles = ["~no-such-user-here/x"]',
        '2: rules.files[0]: found "~no-such-user-here/x", whose home folder is not known; expected a path as text',
    ),
    ("[rules]\ntick_s = 0", "2: rules.tick_s: found 0; expected a whole number from 1 to 60"),
    ("[rules]\ntick_s = 0.5", "2: rules.tick_s: found 0.5; expected a whole number from 1 to 60"),
    (
        '[rules.external_labels]\nthe-desk = "x"',
        '2: rules.external_labels.the-desk: found "the-desk"; expected a label\'s name, such as "job": letters, digits and "_"',
    ),
    (
        "[rules.external_labels]\ndesk = 1",
        "2: rules.external_labels.desk: found 1; expected text of 1 to 1024 characters",
    ),
    ("[notify]\ngroup_wait = 1", "2: notify.group_wait: found an unknown key; expected notify.group_wait_s"),
    ("[notify]\ngroup_wait_s = -1", "2: notify.group_wait_s: found -1; expected a whole number from 0 to 3600"),
    ("[notify]\nrepeat_interval_s = 0", "2: notify.repeat_interval_s: found 0; expected {SECONDS}"),
    ('[notify]\npage_url = "desk"', '2: notify.page_url: found "desk"; expected {WEB}'),
    ('[notify]\npage_url = "http://[::"', '2: notify.page_url: found "http://[::"; expected {WEB}'),
    ('[notify]\npage_url = "ftp://desk"', '2: notify.page_url: found "ftp://desk"; expected {WEB}'),
    ('[notify]\npage_url = "http://desk:port/"', '2: notify.page_url: found "http://desk:port/"; expected {WEB}'),
    ('[notify]\npage_url = "http://a b/"', '2: notify.page_url: found "http://a b/"; expected {WEB}'),
    ('[notify]\npage_url = "http://u:hunter2@desk"', '2: notify.page_url: found "http://…@desk"; expected {WEB}'),
    ('[notify]\npage_url = "http://u:hun/ter2@desk"', '2: notify.page_url: found "http://…@desk"; expected {WEB}'),
    ('[drills]\nrequired = [""]', '2: drills.required[0]: found ""; expected {NAME}'),
    ('[breakers]\ndesignated = [""]', '2: breakers.designated[0]: found ""; expected {NAME}'),
    ('[feeds]\nuser_channels = [""]', '2: feeds.user_channels[0]: found ""; expected {NAME}'),
    ('[oncall]\ncontacts = ["Ada", " "]', '2: oncall.contacts[1]: found " "; expected {CONTACT}'),
    ('[oncall]\ncontacts = ["a\\nb"]', '2: oncall.contacts[0]: found "a\\nb"; expected {CONTACT}'),
    (f'[oncall]\ncontacts = ["{"a" * 81}"]', f'2: oncall.contacts[0]: found "{"a" * 79}…"; expected {{CONTACT}}'),
    ("[oncall]\ncontacts = [1]", "2: oncall.contacts[0]: found 1; expected {CONTACT}"),
    ("[oncall]\ncontacts = ['a', 'a', 'a', 'a', 'a']", "2: oncall.contacts: found an array; expected {CONTACTS}"),
    ('[oncall]\ncontacts = "Ada"', '2: oncall.contacts: found "Ada"; expected {CONTACTS}'),
    (
        '[telegram]\ntoken = "1:a"',
        "1: telegram.chat_id: found nothing; expected the chat's number or name, since there is a token",
    ),
    (
        "[telegram]\nchat_id = 5",
        "1: telegram.token: found nothing; expected the bot's token or a token_file, since there is a chat_id",
    ),
    ('[telegram]\nchat_id = "desk"', '2: telegram.chat_id: found "desk"; expected {CHAT}'),
    ("[telegram]\nchat_id = true", "2: telegram.chat_id: found true; expected {CHAT}"),
    ("[telegram]\nchat_id = 0", "2: telegram.chat_id: found 0; expected {CHAT}"),
    ("[telegram]\nusers = [\n1,\n'@me']", '4: telegram.users[1]: found "@me"; expected a whole number from 1 to 4503599627370496'),
    ("[telegram]\nusers = 5", "2: telegram.users: found 5; expected an array of at most 1000 numbers, such as [123456789]"),
    (
        "[telegram.severities.pages]\nchat_id = 5",
        "1: telegram.severities.pages: found an unknown key; expected telegram.severities.page",
    ),
    ("[telegram.severities]\npage = 5", "2: telegram.severities.page: found 5; expected a table"),
    ('[alertmanager]\ndropped_labels = ["a b"]', '2: alertmanager.dropped_labels[0]: found "a b"; expected a label\'s name, such as "job": letters, digits and "_"'),
    ("[deadman]\ninterval_s = 0", "2: deadman.interval_s: found 0; expected a whole number from 1 to 3600"),
    # Secrets, which are never quoted
    ('[telegram]\ntoken = "hunter2"', "2: telegram.token: found a value that is not shown; expected {BOT}"),
    ('[telegram]\ntoken_file = ""', '2: telegram.token_file: found ""; expected a path as text'),
    ('[apprise]\nurls = "hunter2://x"', "2: apprise.urls: found a value that is not shown; expected {URLS}"),
    ("[apprise]\nurls = []", "2: apprise.urls: found a value that is not shown; expected {URLS}"),
    (
        '[apprise]\nurls = [\n"json://x",\n"hunter2"]',
        '4: apprise.urls[1]: found a value that is not shown; expected an address that Apprise knows, such as "mailto://…"',
    ),
    (
        '[apprise]\nurls = ["json://x"]\nurls_file = "x"',
        "3: apprise.urls_file: found urls as well; expected only one of the two",
    ),
    (
        '[apprise]\nurls_file = "gone"',
        '2: apprise.urls_file: found "{FOLDER}/gone" (No such file or directory); expected a readable file of at most 4096 bytes with the urls, one a line',
    ),
    ('[alertmanager]\nurl = "u:hunter2@am:9093"', "2: alertmanager.url: found a value that is not shown; expected an http:// or https:// URL"),
    ('[deadman]\nurl = "hunter2"', "2: deadman.url: found a value that is not shown; expected an http:// or https:// URL"),
    ("[server]\ntoken = 5", "2: server.token: found a value that is not shown; expected {TOKEN}"),
    ('[server]\ntoken = "hunter2"', "2: server.token: found a value that is not shown; expected {TOKEN}"),
    ('[server]\ntokne = "hunter2"', "2: server.tokne: found an unknown key; expected server.token"),
    (
        '[server]\ntoken_file = "gone"',
        '2: server.token_file: found "{FOLDER}/gone" (No such file or directory); expected a readable file of at most 4096 bytes with the token',
    ),
    (
        '[server]\ntoken = "correct-horse-battery"\ntoken_file = "x"',
        "3: server.token_file: found token as well; expected only one of the two",
    ),
    # Each right by itself, and not together
    ("[risk]\nwindow = 50", "1: risk.min_observations: found 100, its default; expected at most risk.window, 50"),
    ("[latency.order_ack]\nwarning_us = 6_000_000", "1: latency.order_ack.page_us: found 5000000, its default; expected no less than warning_us"),
    ("[risk]\nconfidences = [0.9]", "1: risk.limit_confidence: found 0.99, its default; expected one of risk.confidences"),
    ('[limits.thresholds]\nnear = "0.95"', '1: limits.thresholds.high: found "0.9", its default; expected a ratio between near and breached'),
    (
        '[page]\nviewer_password = "correct-horse-battery"\n[server]\ntoken = "correct-horse-battery"',
        "2: page.viewer_password: found a value that is not shown; expected another password than server.token: who knows that may act",
    ),
    (
        '[files.a]\npath = "/x.jsonl"\n[files.b]\npath = "/sub/../x.jsonl"',
        '4: files.b.path: found "/sub/../x.jsonl"; expected another file than files.a.path',
    ),
    (
        '[logs.a]\npath = "/x.log"\n[logs.b]\npath = "/x.log"',
        '4: logs.b.path: found "/x.log"; expected another file than logs.a.path',
    ),
    (
        '[fx.fixed]\n"USDT/USD" = "1"\n"USD/USDT" = "1.25"',
        '3: fx.fixed."USD/USDT": found "1.25"; expected only fx.fixed."USDT/USD", which serves both ways',
    ),
    # Syntax
    ("a = 1\nb = \n", "2: found broken syntax (invalid value); expected TOML"),
    ("[server\n", "1: found broken syntax (expected ']' at the end of a table declaration); expected TOML"),
    ("[server]\nport = 1\nport = 2\n", "3: found broken syntax (cannot overwrite a value); expected TOML"),
    ("[server]\n[server]\n", "2: found broken syntax (cannot declare [server] twice); expected TOML"),
    ('a = "x', "1: found broken syntax (unterminated string); expected TOML"),
    ("# two\na = [1,", "2: found broken syntax (invalid value); expected TOML"),
    (b"[log]\nlevel = '\xff'", "2: found the byte 0xff; expected UTF-8 text"),
]  # fmt: skip

WORDS = {
    "{FILES}": "an array of 1 to 100 paths",
    "{WEB}": "an http:// or https:// URL without a password",
    "{CHAT}": 'the number of a chat, such as -1001234567890, or a channel\'s "@name"',
    "{BOT}": "a bot's token from @BotFather, such as 123456:AbC-dEf",
    "{URLS}": "an array of 1 to 16 addresses that Apprise knows",
    "{TOP}": TOP, "{SERVER}": SERVER, "{CURRENCY}": CURRENCY, "{ZONE}": ZONE, "{CLOCK}": CLOCK,
    "{PAIR}": PAIR, "{RATE}": RATE, "{ADDRESS}": ADDRESS, "{TOKEN}": TOKEN, "{NAME}": NAME,
    "{AMOUNT}": AMOUNT, "{LOSSES}": LOSSES, "{CONTACTS}": CONTACTS,
    "{CONTACT}": "one line of 1 to 80 characters",
    "{SOCKET}": SOCKET, "{PORT}": "a whole number from 0 to 65535",
    "{SECONDS}": "a whole number from 1 to 31622400",
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), WRONG, ids=[str(one[1]) for one in WRONG])
def test_a_wrong_file_is_refused_with_its_line(tmp_path, content, expected):
    file = tmp_path / "deskwatch.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    for placeholder, words in {**WORDS, "{FOLDER}": str(tmp_path)}.items():
        expected = expected.replace(placeholder, words)

    with pytest.raises(ConfigError) as refused:
        load(file, {})

    assert str(refused.value) == f"{file}:{expected}"


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path):
    file = tmp_path / "deskwatch.toml"
    file.write_text('[log]\nlevel = 1\n\n[server]\nport = "x"\nprot = 1\n')

    with pytest.raises(ConfigError) as refused:
        load(file, {"DESKWATCH_TCP__PORT": "y"})

    places = [(one.file, one.line, one.key) for one in refused.value.problems]
    assert places == [
        (str(file), 2, "log.level"),
        (str(file), 5, "server.port"),
        (str(file), 6, "server.prot"),
        ("DESKWATCH_TCP__PORT", None, "tcp.port"),
    ]


def test_what_is_wrong_between_keys_is_told_beside_what_is_wrong_in_one(tmp_path):
    file = tmp_path / "deskwatch.toml"
    file.write_text('data = 1\n[log]\nlevel = 1\n[server]\nbind = "0.0.0.0"\n')

    with pytest.raises(ConfigError) as refused:
        load(file, {})
    assert [one.key for one in refused.value.problems] == ["data", "log.level", "server.bind"]

    # What the broken table would have said is not known: perhaps a password.
    file.write_text('[page]\nviewer = "x"\n[server]\nbind = "0.0.0.0"\n')
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    assert [one.key for one in refused.value.problems] == ["page.viewer"]


@pytest.mark.parametrize(
    ("name", "why"), [("gone.toml", "No such file or directory"), (".", "Is a directory")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, why):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / name, {})
    path = tmp_path / name
    assert str(refused.value) == f"{path}: found no readable file ({why}); expected a TOML file"


def test_a_socket_path_is_measured_with_its_folder(tmp_path):
    file = tmp_path / "deskwatch.toml"
    room = 103 - len(str(tmp_path)) - 1
    file.write_text(f'[unix]\npath = "{"s" * room}"')
    assert load(file, {}).unix.path == tmp_path / ("s" * room)

    file.write_text(f'[unix]\npath = "{"s" * (room + 1)}"')
    with pytest.raises(ConfigError, match="at most 103 bytes"):
        load(file, {})


def test_a_huge_number_is_refused_like_any_other_syntax(tmp_path):
    file = tmp_path / "deskwatch.toml"
    file.write_text(f"[server]\nport = {'9' * 5000}")
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    assert len(str(refused.value)) < 500
    assert str(refused.value).endswith("expected TOML")

"""The file over the defaults, the environment over the file, and no secret in sight."""

import ipaddress
import pickle
import string
import traceback
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deskwatch.config import (
    Config,
    ConfigError,
    books_settings,
    default_rules_file,
    find_config,
    load,
    settings_of,
)
from deskwatch.config.schema import secrets, shape_at
from deskwatch.config.settings.limits import limit_settings
from deskwatch.core.limit import LIMIT_KINDS, LimitSettings
from deskwatch.core.period import DAY, SECOND
from deskwatch.core.settings import AccountSettings, BooksSettings

SECRET = "correct-horse-battery"
OTHER = "staple-staple-staple"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "deskwatch.toml"


def refusal(path: Path | None, environ: dict[str, str]) -> str:
    with pytest.raises(ConfigError) as refused:
        load(path, environ)
    return str(refused.value)


class TestDefaults:
    def test_no_file_is_needed(self):
        config = load(None, {})
        assert (config.server.bind, config.server.port) == ("127.0.0.1", 8080)
        assert books_settings(config) == BooksSettings(limits=limit_settings(config.limits))

    def test_an_empty_file_changes_nothing(self, file):
        file.write_text("")
        assert load(file, {}) == load(None, {})

    @pytest.mark.parametrize(
        ("state", "data"),
        [
            ("/var/state", "/var/state/deskwatch"),
            ("", "/home/trader/.local/state/deskwatch"),
            ("relative/is/ignored", "/home/trader/.local/state/deskwatch"),
        ],
    )
    def test_data_follows_the_desktop_standard(self, monkeypatch, state, data):
        monkeypatch.setenv("HOME", "/home/trader")
        assert load(None, {"XDG_STATE_HOME": state}).data == Path(data)

    def test_a_user_without_a_home_must_name_the_folder(self, monkeypatch):
        def no_home(_path):
            raise RuntimeError("Could not determine home directory.")

        monkeypatch.setattr(Path, "expanduser", no_home)
        assert refusal(None, {}) == (
            "data: found no home folder; expected data, or XDG_STATE_HOME, to be set"
        )

    def test_values_cannot_change(self):
        config = load(None, {})
        with pytest.raises(ValueError, match="frozen"):
            config.server.port = 1


class TestFindConfig:
    @pytest.mark.parametrize(
        ("explicit", "environ", "found"),
        [
            (Path("a.toml"), {"DESKWATCH_CONFIG": "b.toml"}, Path("a.toml")),
            (None, {"DESKWATCH_CONFIG": "b.toml"}, Path("b.toml")),
            (None, {"DESKWATCH_CONFIG": ""}, Path("deskwatch.toml")),
            (None, {}, Path("deskwatch.toml")),
        ],
    )
    def test_the_nearest_word_wins(self, tmp_path, monkeypatch, explicit, environ, found):
        monkeypatch.chdir(tmp_path)
        Path("deskwatch.toml").touch()
        assert find_config(explicit, environ) == found

    def test_there_may_be_none(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert find_config(None, {}) is None


class TestFile:
    def test_paths_start_at_the_file(self, file, monkeypatch):
        monkeypatch.setenv("HOME", "/home/trader")
        file.write_text('data = "~/data"\n[files]\na.path = "a.log"\nb.path = "/b.log"')
        config = load(file, {})
        assert config.data == Path("/home/trader/data")
        assert config.files["a"].path == file.parent / "a.log"
        assert config.files["b"].path == Path("/b.log")

    def test_a_byte_order_mark_and_windows_line_ends_are_fine(self, file):
        file.write_bytes(b"\xef\xbb\xbf[server]\r\nport = 9\r\n")
        assert load(file, {}).server.port == 9

    def test_a_path_in_the_home_of_nobody_is_refused(self, file):
        file.write_text('data = "~no-such-user-here/x"')
        assert refusal(file, {}) == (
            f'{file}:1: data: found "~no-such-user-here/x", whose home folder is not known;'
            " expected a path as text"
        )

    def test_any_machine_may_be_let_in_with_a_token(self, file):
        file.write_text(f'[server]\nbind = "0.0.0.0"\ntoken = "{SECRET}"')
        assert load(file, {}).server.bind == "0.0.0.0"

    @pytest.mark.parametrize(
        "key", ["page.viewer_password", "page.operator_password", "server.guarded_by_proxy"]
    )
    def test_any_machine_may_be_let_in_by_a_password_or_a_proxy(self, file, key):
        value = "true" if key.endswith("proxy") else f'"{SECRET}"'
        file.write_text(f'server.bind = "0.0.0.0"\n{key} = {value}')
        assert load(file, {}).server.bind == "0.0.0.0"

    def test_viewers_and_operators_have_not_the_same_password(self, file):
        file.write_text(f'[page]\nviewer_password = "{SECRET}"\noperator_password = "{SECRET}"')
        assert refusal(file, {}) == (
            f"{file}:2: page.viewer_password: found a value that is not shown;"
            " expected another password than page.operator_password"
        )

    @pytest.mark.parametrize("key", ["viewer_password", "operator_password"])
    def test_events_over_tcp_are_not_open_where_people_are_asked(self, file, key):
        text = f'page.{key} = "{SECRET}"\n[tcp]\nenabled = true\n'
        file.write_text(text)
        assert refusal(file, {}) == (
            f"{file}:3: tcp.enabled: found true; expected false, or server.token as well:"
            " nobody can say a page's password over TCP"
        )
        file.write_text(f'server.token = "{OTHER}"\n{text}')
        assert load(file, {}).tcp.enabled

    def test_a_bind_that_is_not_used_is_not_judged(self, file):
        file.write_text('[tcp]\nbind = "0.0.0.0"')
        assert load(file, {}).tcp.enabled is False

    @given(address=st.ip_addresses())
    def test_a_bind_without_a_token_stays_on_the_machine(self, address):
        environ = {"DESKWATCH_SERVER__BIND": str(address)}
        if ipaddress.ip_address(address).is_loopback:
            assert load(None, environ).server.bind == str(address)
        else:
            assert "server.bind: found" in refusal(None, environ)

    @given(
        name=st.text(string.ascii_letters + string.digits + "_-", min_size=1),
        at=st.sampled_from(["", "server", "tcp", "unix", "books", "journal", "fx", "log"]),
        above=st.integers(0, 20),
    )
    def test_any_unknown_key_is_refused_with_its_line(self, tmp_path_factory, name, at, above):
        table = shape_at((at,) if at else ())
        assume(table is not None and name not in table.names())
        file = tmp_path_factory.getbasetemp() / "unknown.toml"
        header = f"[{at}]\n" if at else ""
        file.write_text("# comment\n" * above + header + f"{name} = 1\n")

        with pytest.raises(ConfigError) as refused:
            load(file, {})

        (problem,) = refused.value.problems
        assert problem.line == above + bool(at) + 1
        assert problem.key == (f"{at}.{name}" if at else name)
        assert problem.found == "an unknown key"


class TestEnvironment:
    def test_it_overrides_the_file(self, file):
        file.write_text("[server]\nport = 1\nmax_line_bytes = 2048\n[tcp]\nport = 3")
        config = load(file, {"DESKWATCH_SERVER__PORT": "9", "DESKWATCH_TCP__ENABLED": "true"})
        assert config.server.port == 9
        assert config.server.max_line_bytes == 2048
        assert config.tcp.enabled is True
        assert config.tcp.port == 3

    def test_names_of_the_desk_keep_their_case(self, file):
        file.write_text('[accounts.A1]\nreporting_currency = "EUR"')
        config = load(
            file,
            {
                "DESKWATCH_ACCOUNTS__A1__METHOD": "fifo",
                "DESKWATCH_ACCOUNTS__a1__METHOD": "average",
                "DESKWATCH_FX__FIXED__USDT/USD": "1.10",
                "DESKWATCH_FILES__Gateway__path": "x.jsonl",
            },
        )
        assert config.accounts["A1"].method == "fifo"
        assert config.accounts["A1"].reporting_currency == "EUR"
        assert config.accounts["a1"].method == "average"
        assert config.fx.fixed == {"USDT/USD": "1.10"}
        assert config.files["Gateway"].path == Path("x.jsonl")

    def test_an_empty_variable_says_nothing(self, file):
        file.write_text("[server]\nport = 9")
        assert load(file, {"DESKWATCH_SERVER__PORT": ""}).server.port == 9

    def test_variables_of_others_are_left_alone(self):
        others = {
            "DESKWATCH_PORT": "tcp://10.0.0.1:8080",
            "DESKWATCH_PORT_8080_TCP_ADDR": "10.0.0.1",
            "DESKWATCH_SERVICE_HOST": "10.0.0.1",
            "DESKWATCH_CONFIG": "elsewhere.toml",
            "SERVER__PORT": "1",
            "PORT": "1",
            "DATA": "/nowhere",
        }
        assert load(None, others) == load(None, {})

    @pytest.mark.parametrize(
        ("variable", "text", "expected"),
        [
            (
                "DESKWATCH_SERVER__PORT",
                "99999",
                "server.port: found 99999; expected a whole number from 0 to 65535",
            ),
            (
                "DESKWATCH_SERVER__PORT",
                "http",
                'server.port: found "http"; expected a whole number from 0 to 65535',
            ),
            (
                "DESKWATCH_TCP__ENABLED",
                "maybe",
                'tcp.enabled: found "maybe"; expected true or false',
            ),
            (
                "DESKWATCH_SERVER__PROT",
                "1",
                "server.prot: found an unknown key; expected DESKWATCH_SERVER__PORT",
            ),
            (
                "DESKWATCH_SERVER_PORT",
                "1",
                "server_port: found an unknown key; expected DESKWATCH_SERVER__PORT",
            ),
            ("DESKWATCH_DATTA", "x", "datta: found an unknown key; expected DESKWATCH_DATA"),
            (
                "DESKWATCH_X__Y",
                "x",
                "x.y: found an unknown key; expected a key of docs/configuration.md",
            ),
            (
                "DESKWATCH_SERVER",
                "{}",
                "server: found one value for a table; expected one of its keys, as in DESKWATCH_SERVER__BIND",
            ),
            (
                "DESKWATCH_ACCOUNTS__A1",
                "fifo",
                "accounts.A1: found one value for a table; expected one of its keys, as in DESKWATCH_ACCOUNTS__A1__METHOD",
            ),
            (
                "DESKWATCH_FILES__A__START",
                "end",
                "files.A.path: found nothing; expected a path as text",
            ),
            (
                "DESKWATCH_FX__FIXED__USDT",
                "1",
                'fx.fixed.USDT: found "USDT"; expected two different currencies, as in "USDT/USD"',
            ),
        ],
    )
    def test_a_wrong_variable_is_named(self, variable, text, expected):
        assert refusal(None, {variable: text}) == f"{variable}: {expected}"

    def test_an_array_replaces_the_files_and_answers_for_itself(self, file):
        file.write_text("[telegram]\nusers = [1,\n2]")
        assert load(file, {"DESKWATCH_TELEGRAM__USERS": " [3] "}).telegram.users == [3]
        environ = {"DESKWATCH_TELEGRAM__USERS": '[3, "x"]'}
        assert refusal(file, environ) == (
            'DESKWATCH_TELEGRAM__USERS: telegram.users[1]: found "x";'
            " expected a whole number from 1 to 4503599627370496"
        )

    @pytest.mark.parametrize("text", ["hunter2", '"hunter2"', '["hunter2"', '{"hunter2": 1}'])
    def test_what_is_no_array_is_not_shown_if_it_is_secret(self, text):
        assert refusal(None, {"DESKWATCH_APPRISE__URLS": text}) == (
            "DESKWATCH_APPRISE__URLS: apprise.urls: found a value that is not shown;"
            " expected an array of 1 to 16 addresses that Apprise knows"
        )

    def test_a_key_under_an_array_is_none(self):
        assert refusal(None, {"DESKWATCH_TELEGRAM__USERS__0": "5"}) == (
            "DESKWATCH_TELEGRAM__USERS__0: telegram.users.0: found an unknown key;"
            " expected a key of docs/configuration.md"
        )

    def test_two_variables_of_one_key_are_refused(self):
        environ = {"DESKWATCH_LOG__LEVEL": "info", "DESKWATCH_LOG__Level": "error"}
        assert refusal(None, environ) == (
            "DESKWATCH_LOG__Level: log.level: found DESKWATCH_LOG__LEVEL as well;"
            " expected only one of the two"
        )

    def test_half_of_a_bot_is_refused(self):
        assert refusal(None, {"TELEGRAM_BOT_TOKEN": "1:a"}) == (
            "TELEGRAM_BOT_TOKEN: telegram.chat_id: found nothing;"
            " expected the chat's number or name, since there is a token"
        )

    def test_it_does_not_hide_what_is_wrong_in_the_file(self, file):
        file.write_text("server = 5")
        environ = {"DESKWATCH_SERVER__PORT": "1"}
        assert refusal(file, environ) == f"{file}:1: server: found 5; expected a table"


class TestSecrets:
    @pytest.fixture
    def token_file(self, tmp_path):
        path = tmp_path / "token"
        path.write_text(f"  {SECRET}\n")
        return path

    def test_a_token_may_stand_in_a_file(self, file, token_file):
        file.write_text('[server]\ntoken_file = "token"')
        assert token_in(load(file, {})) == SECRET

    def test_the_environment_replaces_either_way_of_giving_it(self, file, token_file):
        file.write_text('[server]\ntoken_file = "token"')
        assert token_in(load(file, {"DESKWATCH_SERVER__TOKEN": OTHER})) == OTHER

        file.write_text(f'[server]\ntoken = "{OTHER}"')
        environ = {"DESKWATCH_SERVER__TOKEN_FILE": str(token_file)}
        assert token_in(load(file, environ)) == SECRET

    def test_two_tokens_in_the_environment_are_refused(self, token_file):
        environ = {
            "DESKWATCH_SERVER__TOKEN": OTHER,
            "DESKWATCH_SERVER__TOKEN_FILE": str(token_file),
        }
        assert refusal(None, environ) == (
            "DESKWATCH_SERVER__TOKEN_FILE: server.token_file: found token as well;"
            " expected only one of the two"
        )

    @pytest.mark.parametrize("content", ["short", "two words in a line", "naïve-naïve-naïve-naïve"])
    def test_a_token_file_with_something_else_is_named(self, file, token_file, content):
        token_file.write_text(content)
        file.write_text('[server]\ntoken_file = "token"')
        assert refusal(file, {}) == (
            f"{token_file}: server.token: found a value that is not shown;"
            " expected 16 to 1024 visible ASCII characters, no spaces"
        )

    def test_a_token_file_that_is_no_secret_is_not_read_whole(self, file, token_file):
        token_file.write_text("x" * 5000)
        file.write_text('[server]\ntoken_file = "token"')
        assert refusal(file, {}) == (
            f"{file}:2: server.token_file: found a longer file;"
            " expected a readable file of at most 4096 bytes with the token"
        )

    def test_a_token_is_shown_nowhere(self, file):
        file.write_text(f'[server]\ntoken = "{SECRET}"')
        config = load(file, {})
        shown = [repr(config), str(config), str(config.model_dump()), config.model_dump_json()]
        shown += map(str, settings_of(file, {}))
        assert all(SECRET not in text for text in shown)
        assert ("server.token", "set", f"{file}:2") in settings_of(file, {})

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param('[server]\ntoken = "hunter2"', id="too short"),
            pytest.param('[server]\ntoken = ["hunter2"]', id="in a list"),
            pytest.param('[server]\ntoken = {x = "hunter2"}', id="in a table"),
            pytest.param('[server]\ntokn = "hunter2"', id="under a misspelled key"),
            pytest.param('token = "hunter2"', id="in no table"),
            pytest.param('[server]\ntoken = "hunter2', id="in broken syntax"),
        ],
    )
    def test_a_wrong_token_is_shown_nowhere(self, file, content):
        file.write_text(content)
        with pytest.raises(ConfigError) as refused:
            load(file, {})
        error = refused.value
        told = [*traceback.format_exception(error), repr(error), repr(pickle.dumps(error.problems))]
        assert not [text for text in told if "hunter2" in text]

    def test_a_line_of_a_secret_file_is_named_but_not_shown(self, file, tmp_path):
        (tmp_path / "urls").write_text("# mail\njson://localhost\n\nhunter2\n")
        file.write_text('[apprise]\nurls_file = "urls"')
        assert refusal(file, {}) == (
            f"{tmp_path / 'urls'}:4: apprise.urls[1]: found a value that is not shown;"
            ' expected an address that Apprise knows, such as "mailto://…"'
        )

    def test_a_file_without_secrets_is_refused(self, file, tmp_path):
        (tmp_path / "urls").write_text("# none yet\n")
        file.write_text('[apprise]\nurls_file = "urls"')
        assert "urls: apprise.urls: found a value that is not shown; expected an array" in refusal(
            file, {}
        )

    def test_each_secret_has_a_file_beside_it(self):
        for _, file_key in secrets():
            shape = shape_at(file_key)
            assert shape is not None
            assert shape.kind is Path


def token_in(config: Config) -> str:
    assert config.server.token is not None
    return config.server.token.get_secret_value()


class TestBooksSettings:
    def test_seconds_become_nanoseconds_and_accounts_inherit(self, file):
        file.write_text("""
            [books]
            reporting_currency = "EUR"
            timezone = "America/Chicago"
            day_start = "17:30"
            method = "fifo"
            mark_max_age_s = 1
            fx_max_age_s = 2
            future_tolerance_s = 3
            remembered_fills = 4
            flat_days = 8
            max_positions = 5
            max_instruments = 6
            [accounts.A1]
            reporting_currency = "JPY"
            [accounts.A2]
            method = "average"
            simulated = true
            [venues.X]
            mark_max_age_s = 7
            [venues.Y]
            [fx.fixed]
            "USDT/USD" = "0.9995"
        """)
        assert books_settings(load(file, {})) == BooksSettings(
            reporting_currency="EUR",
            timezone="America/Chicago",
            day_start_minute=17 * 60 + 30,
            method="fifo",
            mark_max_age_ns=SECOND,
            fx_max_age_ns=2 * SECOND,
            report_max_age_ns=300 * SECOND,
            future_tolerance_ns=3 * SECOND,
            remembered_fills=4,
            flat_ns=8 * DAY,
            max_positions=5,
            max_instruments=6,
            accounts={
                "A1": AccountSettings(method="fifo", reporting_currency="JPY"),
                "A2": AccountSettings(method="average", reporting_currency="EUR", simulated=True),
            },
            venue_mark_max_age_ns={"X": 7 * SECOND},
            fixed_fx={"USDT/USD": "0.9995"},
            limits=limit_settings(load(None, {}).limits),
        )

    def test_an_account_without_a_table_is_as_the_books(self):
        settings = BooksSettings(method="fifo", reporting_currency="EUR")
        assert settings.account("A9") == AccountSettings(method="fifo", reporting_currency="EUR")


class TestLimitSettings:
    def test_only_what_a_venue_would_close_by_itself_is_limited_unless_more_is_said(self):
        assert limit_settings(load(None, {}).limits) == LimitSettings(
            defaults={
                "account": {},
                "strategy": {},
                "venue": {"maintenance_margin": "0.8"},
                "instrument": {"liquidation_distance": "0.05"},
            },
            required={"account": ("daily_loss",), "strategy": (), "instrument": ()},
        )

    def test_each_limit_is_somebodys(self, file):
        file.write_text("""
            [limits.default.account]
            daily_loss = "5000"
            [limits.default.strategy]
            hourly_loss = "0.000000001"
            [limits.accounts.A1]
            drawdown = "1e4"
            leverage = "3.5"
            [limits.strategies.A1.mm]
            daily_loss = "2500"
            [limits.strategies."A/2"."m m"]
            drawdown = "1"
            [limits.venues.XNAS]
            gross = "9"
            [limits.instruments.XNAS."BRK.B"]
            position = "0.000000000000000001"
            [limits.required]
            instrument = ["position"]
            [limits.thresholds]
            near = "0.5"
        """)
        environ = {"DESKWATCH_LIMITS__STRATEGIES__A1__pairs__HOURLY_LOSS": "7"}
        settings = limit_settings(load(file, environ).limits)
        assert settings.defaults["account"] == {"daily_loss": "5000"}
        assert settings.defaults["strategy"] == {"hourly_loss": "0.000000001"}
        assert settings.accounts == {"A1": {"drawdown": "1e4", "leverage": "3.5"}}
        assert settings.strategies == {
            ("A1", "mm"): {"daily_loss": "2500"},
            ("A1", "pairs"): {"hourly_loss": "7"},
            ("A/2", "m m"): {"drawdown": "1"},
        }
        assert settings.venues == {"XNAS": {"gross": "9"}}
        assert settings.instruments == {("XNAS", "BRK.B"): {"position": "0.000000000000000001"}}
        assert settings.required["instrument"] == ("position",)
        assert settings.thresholds == ("0.5", "0.9", "1")

    def test_every_kind_that_is_measured_can_be_set_where_it_holds(self):
        default = load(None, {}).limits.default
        for scope in ("account", "strategy", "venue", "instrument"):
            kinds = {name for name, kind in LIMIT_KINDS.items() if scope in kind.scopes}
            assert kinds == set(type(getattr(default, scope)).model_fields)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('[limits.required]\naccount = ["position"]', 'limits.required.account[0]: found "position"; expected one of "daily_loss", '),
            ('[limits.required]\ninstrument = ["typo"]', 'limits.required.instrument[0]: found "typo"; expected one of'),
            ('[limits.thresholds]\nhigh = "1"', "limits.thresholds.high: found"),
            ('[limits.instruments.X.Y]\nposition = "0"', "limits.instruments.X.Y.position: found"),
        ],
    )  # fmt: skip
    def test_what_makes_no_limit_is_refused(self, file, text, said):
        file.write_text(text)
        with pytest.raises(ConfigError) as refused:
            load(file, {})
        assert said in str(refused.value)


@pytest.mark.parametrize(
    "key",
    [
        "limits.default.account.concentration", "limits.strategies.A1.mm.concentration",
        "limits.venues.XNAS.margin_used", "limits.default.venue.maintenance_margin",
        "limits.thresholds.breached", "execution.max_reject_ratio", "execution.min_fill_ratio",
    ],
)  # fmt: skip
def test_a_share_in_percent_is_refused(file, key):
    """Nothing is ever more than the whole: no alert on it could come."""
    file.write_text(f'{key} = "1"')
    load(file, {})
    file.write_text(f'{key} = "100"')
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    said = f'{key}: found "100"; expected a ratio above zero, at most 1, as text, such as "0.8"'
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('processes.oms.command = ".*"', 'processes.oms.command: found ".*"; expected a regular expression of 1 to 256 characters that no empty text fits'),
        ('processes.oms.command = "oms|"', "processes.oms.command: found"),
        ('deadman.url = "http://localhost:8080/"', "deadman.url: found a value that is not shown; expected another address than deskwatch's own, server.port"),
        ('alertmanager.url = "http://127.0.0.1:8080"', "alertmanager.url: found a value"),
        ('apprise.urls = ["tgram://1:sesame/-5"]', "apprise.urls[0]: found a value that is not shown; expected another way than [telegram]'s own chat"),
        ('apprise.urls = ["json://localhost", "TGRAM://bot1%3Asesame/-7/-5/?silent=yes"]', "apprise.urls[1]: found"),
        ('telegram.severities.page.chat_id = -6\napprise.urls = ["tgram://1:sesame/-6"]', "apprise.urls[0]: found"),
    ],
)  # fmt: skip
def test_what_could_never_tell_anybody_is_refused(file, text, said):
    channel = 'telegram = {token = "1:sesame", chat_id = -5}\n'
    if "telegram" in text:
        channel = channel.replace("telegram = {", "").replace("}", "").replace(", ", "\n")
        channel = "".join(f"telegram.{line}\n" for line in channel.splitlines())
    file.write_text(channel + text)
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    assert str(refused.value).partition(": ")[2].startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        'processes.oms.command = "python.* -m oms"',
        'deadman.url = "http://127.0.0.1:8081/ping"',
        'alertmanager.url = "http://alertmanager:8080"',
        'apprise.urls = ["tgram://2:sesame/-5"]',
        'apprise.urls = ["tgram://1:sesame/-6"]',
        'apprise.urls = ["tgram://[1:sesame/-5", "mailto://1:sesame/-5"]',
    ],
)
def test_what_somebody_else_hears_is_taken(file, text):
    file.write_text(f'telegram = {{token = "1:sesame", chat_id = -5}}\n{text}')
    load(file, {})


def test_explain_tells_who_said_what(file):
    file.write_text('[server]\nport = 9\n[accounts.A1]\nmethod = "fifo"')
    said = {one.key: one for one in settings_of(file, {"DESKWATCH_LOG__LEVEL": "debug"})}
    assert said["server.port"] == ("server.port", "9", f"{file}:2")
    assert said["server.bind"] == ("server.bind", '"127.0.0.1"', "default")
    assert said["accounts.A1.method"].origin == f"{file}:4"
    assert said["accounts.A1.reporting_currency"][1:] == ("not set", "default")
    assert said["rules.files"][1:] == (f'["{default_rules_file()}"]', "default")
    assert said["telegram.users"][1:] == ("[]", "default")
    assert said["apprise.urls"][1:] == ("not set", "default")
    assert said["log.level"][1:] == ('"debug"', "DESKWATCH_LOG__LEVEL")

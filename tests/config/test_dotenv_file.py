"""A .env stands under the environment and over the file."""

from pathlib import Path

import pytest

from deskwatch.config import ConfigError, find_dotenv, load, settings_of
from deskwatch.config.dotenv_file import read_dotenv

EXAMPLE = Path(__file__).parents[2] / ".env.example"
TOKEN, OTHER = "correct-horse-battery", "staple-staple-staple"


@pytest.fixture
def dotenv(tmp_path):
    return tmp_path / ".env"


def refusal(path: Path | None, environ: dict[str, str], dotenv: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        load(path, environ, dotenv)
    return str(refused.value)


class TestFinding:
    def test_a_file_has_none_but_the_one_beside_it(self, tmp_path, monkeypatch):
        here, there = tmp_path / "here", tmp_path / "there"
        here.mkdir()
        there.mkdir()
        monkeypatch.chdir(here)
        assert find_dotenv(None) is None
        assert find_dotenv(there / "deskwatch.toml") is None
        Path(".env").touch()
        assert find_dotenv(None) == Path(".env")
        assert find_dotenv(Path("deskwatch.toml")) == Path(".env")
        assert find_dotenv(there / "deskwatch.toml") is None
        (there / ".env").touch()
        assert find_dotenv(there / "deskwatch.toml") == there / ".env"

    def test_a_folder_of_that_name_is_none(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path(".env").mkdir()
        assert find_dotenv(None) is None

    def test_none_is_read_that_was_not_asked_for(self, tmp_path, monkeypatch, dotenv):
        monkeypatch.chdir(tmp_path)
        dotenv.write_text("DESKWATCH_SERVER__PORT=9")
        assert load(None, {}).server.port == 8080


class TestPrecedence:
    def test_it_stands_between_the_file_and_the_environment(self, tmp_path, dotenv):
        file = tmp_path / "deskwatch.toml"
        file.write_text("[server]\nport = 1\nmax_line_bytes = 2048\n[tcp]\nport = 1")
        dotenv.write_text("DESKWATCH_SERVER__PORT=2\nDESKWATCH_TCP__PORT=2\n")
        config = load(file, {"DESKWATCH_TCP__PORT": "3"}, dotenv)
        assert (config.server.port, config.tcp.port) == (2, 3)
        assert config.server.max_line_bytes == 2048

    def test_an_empty_variable_of_either_says_nothing(self, dotenv):
        dotenv.write_text("DESKWATCH_SERVER__PORT=2\nDESKWATCH_TCP__PORT=\nDESKWATCH_LOG__LEVEL\n")
        config = load(None, {"DESKWATCH_SERVER__PORT": ""}, dotenv)
        assert (config.server.port, config.tcp.port, config.log.level) == (2, 8081, "info")

    def test_a_secret_of_the_environment_replaces_either_way_of_giving_it(self, dotenv, tmp_path):
        (tmp_path / "token").write_text(TOKEN)
        dotenv.write_text("DESKWATCH_SERVER__TOKEN_FILE=token")
        config = load(None, {"DESKWATCH_SERVER__TOKEN": OTHER}, dotenv)
        assert config.server.token is not None
        assert config.server.token.get_secret_value() == OTHER

    def test_its_paths_start_at_its_folder(self, dotenv, tmp_path):
        dotenv.write_text('DESKWATCH_DATA=state\nDESKWATCH_RULES__FILES=["a.yml"]')
        config = load(None, {}, dotenv)
        assert config.data == tmp_path / "state"
        assert config.rules.files == [tmp_path / "a.yml"]

    def test_explain_tells_its_line_and_no_secret(self, dotenv):
        dotenv.write_text(
            "# mine\n\n\nexport TELEGRAM_BOT_TOKEN='1:sesame' # bot\nTELEGRAM_CHAT_ID=-5"
        )
        said = {one.key: one[1:] for one in settings_of(None, {}, dotenv)}
        assert said["telegram.token"] == ("set", f"{dotenv}:4")
        assert said["telegram.chat_id"] == ('"-5"', f"{dotenv}:5")


class TestReading:
    def test_lines_of_others_are_left_alone(self, dotenv):
        dotenv.write_text("PASSWORD=x\nDESKWATCH_CONFIG=elsewhere.toml\nTELEGRAM_PROXY=x\n")
        assert load(None, {}, dotenv) == load(None, {})

    def test_nothing_is_expanded(self, dotenv, monkeypatch):
        monkeypatch.setenv("HOME", "/home/trader")
        dotenv.write_text("TELEGRAM_X=${HOME}$HOME")
        assert read_dotenv(dotenv).variables == {"TELEGRAM_X": "${HOME}$HOME"}

    def test_a_wrong_value_is_named_with_its_line(self, dotenv):
        dotenv.write_text("\nDESKWATCH_SERVER__PROT=1\nDESKWATCH_TCP__PORT=x\n")
        assert refusal(None, {}, dotenv) == (
            f"{dotenv}:2: server.prot: found an unknown key; expected DESKWATCH_SERVER__PORT\n"
            f'{dotenv}:3: tcp.port: found "x"; expected a whole number from 0 to 65535'
        )

    @pytest.mark.parametrize("text", ["A=1\n\nTELEGRAM_BOT_TOKEN='sesame\n", "A=1\n\n'sesame=1\n"])
    def test_a_broken_line_is_named_but_not_shown(self, dotenv, text):
        dotenv.write_text(text)
        expected = f"{dotenv}:3: found a line that is not shown; expected KEY=VALUE"
        assert refusal(None, {}, dotenv) == expected

    @pytest.mark.parametrize(
        ("content", "found"),
        [(b"A=\xff", "bytes that are no UTF-8"), (b"#" * 70_000, "a longer file")],
    )
    def test_what_cannot_be_read_is_refused(self, dotenv, content, found):
        dotenv.write_bytes(content)
        expected = "at most 65536 bytes of KEY=VALUE lines in UTF-8"
        assert refusal(None, {}, dotenv) == f"{dotenv}: found {found}; expected {expected}"

    def test_one_that_is_gone_is_named(self, dotenv):
        assert "no readable file (No such file or directory)" in refusal(None, {}, dotenv)


class TestExample:
    def test_a_copy_changes_nothing(self):
        assert load(None, {}, EXAMPLE) == load(None, {})

    def test_its_switched_off_lines_work(self, dotenv):
        text = EXAMPLE.read_text().replace("#DESK", "DESK").replace("TOKEN=\n", f"TOKEN={TOKEN}\n")
        text = text.replace(f"BOT_TOKEN={TOKEN}", "BOT_TOKEN=1:a").replace("ID=\n", "ID=-5\n")
        dotenv.write_text(text)
        config = load(None, {}, dotenv)
        assert config.telegram.users == [123456789]
        assert config.telegram.chat_id == "-5"
        assert config.server.token is not None
        assert config.apprise.urls is not None
        assert config.deadman.url is not None

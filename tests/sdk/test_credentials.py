import pytest

from deskwatch.sdk.credentials import Credentials


def test_a_token_is_freed_of_blanks():
    assert Credentials(" t0k\n").token() == "t0k"
    assert Credentials().token() == ""
    assert Credentials().problem == ""


def test_a_file_wins_and_is_read_again(tmp_path):
    file = tmp_path / "token"
    file.write_text("first\n")
    credentials = Credentials("given", file)
    assert credentials.token() == "first"
    file.write_text("second\n")
    assert credentials.token() == "first"
    assert credentials.reread()
    assert credentials.token() == "second"
    assert not credentials.reread()


@pytest.mark.parametrize("token", ["two\r\nHost: lines", "tök", "\x00", b"t0k", 7])
def test_what_cannot_stand_in_a_header_is_not_sent(token):
    credentials = Credentials(token)
    assert credentials.token() == ""
    assert credentials.problem == "the token is not printable ASCII"


def test_a_file_that_is_not_text_is_a_problem(tmp_path):
    file = tmp_path / "token"
    file.write_bytes(b"\xff\xfe")
    assert Credentials(token_file=file).problem == "token file: UnicodeDecodeError"


@pytest.mark.parametrize(("path", "problem"), [("a\0b", "ValueError"), (7.5, "TypeError")])
def test_a_path_that_is_none_is_a_problem(path, problem):
    assert Credentials(token_file=path).problem == f"token file: {problem}"

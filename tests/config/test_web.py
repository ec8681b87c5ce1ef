import ipaddress

from deskwatch.config import load
from deskwatch.config.settings.web import web_settings


def test_the_http_service_is_told_who_may_ask(tmp_path):
    (tmp_path / "viewers").write_text("look but do not touch\n")
    file = tmp_path / "deskwatch.toml"
    file.write_text(
        """
        [page]
        viewer_password_file = "viewers"
        operator_password = "hands on the switch"
        session_hours = 8
        trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
        [notify]
        page_url = "https://Desk.Example.com:8443/x"
        """
    )
    settings = web_settings(load(file, {}))
    assert settings.token is None
    assert settings.viewer_password == "look but do not touch"
    assert settings.operator_password == "hands on the switch"
    assert settings.session_hours == 8
    assert settings.trusted_proxies == (
        ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("10.0.0.0/8"),
    )  # fmt: skip
    assert settings.hosts == {"desk.example.com"}


def test_without_any_of_it_nobody_is_asked():
    settings = web_settings(load(None, {"XDG_STATE_HOME": "/state"}))
    assert (settings.token, settings.viewer_password, settings.operator_password) == (None,) * 3
    assert (settings.hosts, settings.trusted_proxies) == (frozenset(), ())

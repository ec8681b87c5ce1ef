"""What is wrong between keys that are each right by themselves."""

import os
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from deskwatch.config.lines import KeyPath
from deskwatch.config.model import Config, EventFile
from deskwatch.config.problem import written_key
from deskwatch.config.tables.logs import FollowedLog
from deskwatch.config.values import is_loopback
from deskwatch.core.drill import MOST_LOSSES


class Conflict(NamedTuple):
    """The key whose value does not go with another, and in words what it must be instead."""

    path: KeyPath
    expected: str


def conflicts(config: Config, broken: set[str | int]) -> Iterator[Conflict]:
    """Yield all there are. broken: tables that say nothing, for what is in them was refused."""
    for tables, check in _CHECKS:
        if not tables & broken:
            yield from check(config)


def simulated_accounts(config: Config) -> frozenset[str]:
    """Return the accounts that trade nothing real."""
    return frozenset(name for name, account in config.accounts.items() if account.simulated)


def _guard(config: Config) -> Iterator[Conflict]:
    """Refuse what would let in more than the operator means to, and passwords that are one."""
    server, page = config.server, config.page
    passwords = (page.viewer_password, page.operator_password)
    asks = any(secret is not None for secret in (server.token, *passwords))
    if not (asks or server.guarded_by_proxy or is_loopback(server.bind)):
        yield Conflict(
            ("server", "bind"),
            "a loopback address, unless server.token, page.operator_password or "
            "page.viewer_password is set, or server.guarded_by_proxy",
        )
    if page.viewer_password is not None and page.viewer_password == page.operator_password:
        path = ("page", "viewer_password")
        yield Conflict(path, "another password than page.operator_password")
    if page.viewer_password is not None and page.viewer_password == server.token:
        expected = "another password than server.token: who knows that may act"
        yield Conflict(("page", "viewer_password"), expected)
    # Who asks people for a password doesn't mean to book what any user of the machine sends.
    if config.tcp.enabled and any(passwords) and server.token is None:
        expected = "false, or server.token as well: nobody can say a page's password over TCP"
        yield Conflict(("tcp", "enabled"), expected)


def _drills(config: Config) -> Iterator[Conflict]:
    """Refuse a drill on an account that is not said to be simulated: it would stop real trading.

    And losses that never come to the breaker's limit.
    """
    for drill, table in config.drill:
        if table.account is not None and table.account not in simulated_accounts(config):
            expected = f"an account that {written_key(('accounts', table.account))} marks simulated"
            yield Conflict(("drill", drill, "account"), expected)
    breaker = config.drill.breaker
    if breaker.limit and Decimal(breaker.limit) >= MOST_LOSSES * Decimal(breaker.loss):
        expected = f"less than {MOST_LOSSES} times drill.breaker.loss"
        yield Conflict(("drill", "breaker", "limit"), expected)


def _event_files(config: Config) -> Iterator[Conflict]:
    """Refuse a file that is followed twice: an event without a sequence would be booked twice."""
    return _doubles("files", config.files)


def _logs(config: Config) -> Iterator[Conflict]:
    """Refuse a log that is followed twice: each of its lines would be found and counted twice."""
    return _doubles("logs", config.logs)


def _doubles(table: str, followed: Mapping[str, EventFile | FollowedLog]) -> Iterator[Conflict]:
    first: dict[str, str] = {}
    for name, one in followed.items():
        other = first.setdefault(os.path.realpath(one.path), name)
        if other != name:
            expected = f"another file than {written_key((table, other, 'path'))}"
            yield Conflict((table, name, "path"), expected)


def _rates(config: Config) -> Iterator[Conflict]:
    """Refuse a parity that is stated both ways round: the two need not say the same."""
    seen: set[str] = set()
    for pair in config.fx.fixed:
        other = "/".join(reversed(pair.split("/")))
        if other in seen:
            expected = f"only {written_key(('fx', 'fixed', other))}, which serves both ways"
            yield Conflict(("fx", "fixed", pair), expected)
        seen.add(pair)


def _second_channel(config: Config) -> Iterator[Conflict]:
    """Refuse a second channel that fails whenever the first does: it is the same chat."""
    token, chat = config.telegram.token, config.telegram.severities.page.chat_id
    chat = chat or config.telegram.chat_id
    for index, secret in enumerate(config.apprise.urls or ()):
        scheme, _, rest = secret.get_secret_value().partition("://")
        bot, *chats = unquote(rest.partition("?")[0]).split("/")
        is_ours = token is not None and bot.removeprefix("bot") == token.get_secret_value()
        if scheme.lower() == "tgram" and is_ours and chat in chats:
            yield Conflict(("apprise", "urls", index), "another way than [telegram]'s own chat")


def _ourselves(config: Config) -> Iterator[Conflict]:
    """Refuse our own address where somebody else is to be told: it would hear us, and say so."""
    own = {"localhost", "127.0.0.1", "::1", config.server.bind}
    for table, secret in (
        ("deadman", config.deadman.url),
        ("alertmanager", config.alertmanager.url),
    ):
        url = None if secret is None else urlsplit(secret.get_secret_value())
        if url is not None and url.hostname in own and url.port == config.server.port:
            yield Conflict((table, "url"), "another address than deskwatch's own, server.port")


#: Each with the tables that it reads.
_CHECKS: Final[tuple[tuple[set[str], Callable[[Config], Iterator[Conflict]]], ...]] = (
    ({"server", "page", "tcp"}, _guard),
    ({"accounts", "drill"}, _drills),
    ({"files"}, _event_files),
    ({"logs"}, _logs),
    ({"fx"}, _rates),
    ({"telegram", "apprise"}, _second_channel),
    ({"server", "deadman", "alertmanager"}, _ourselves),
)

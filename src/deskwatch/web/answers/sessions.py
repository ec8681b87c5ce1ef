"""What the JSON API answers about who is signed in, and about who did what."""

from typing import Annotated

from msgspec import Meta, Struct

from deskwatch.web.access.sessions import Role
from deskwatch.web.answers.alerts import DeedRow


class NewSession(Struct, frozen=True, forbid_unknown_fields=True):
    """What POST /api/v1/session takes. name: who it is, for the audit."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    password: Annotated[str, Meta(max_length=1024)] = ""


class SessionAnswer(Struct, frozen=True):
    """Who asks. role: null for who has yet to sign in.

    csrf: what a page repeats in the header X-CSRF-Token with whatever it does. login_required:
    whether a password is asked for at all.
    """

    role: Role | None
    name: str
    csrf: str
    login_required: bool


class AuditAnswer(Struct, frozen=True):
    """Who did what, newest first.

    Signed in, acknowledged, silenced, ended a silence, reloaded the rules, ran drills, or gave the
    bot a command.
    """

    deeds: list[DeedRow]

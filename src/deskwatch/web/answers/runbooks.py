"""What the JSON API answers to whoever is called: what to do, and whom to call next."""

from msgspec import Struct


class RunbookAnswer(Struct, frozen=True):
    """What to do about an alert. html: safe to be put into a page; its headings begin at h2."""

    name: str
    html: str


class OncallAnswer(Struct, frozen=True):
    """Who is on call and how to reach them, the first one first."""

    contacts: list[str]

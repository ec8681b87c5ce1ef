"""The keys about drills."""

from typing import Annotated

from pydantic import Field

from deskwatch.config.values import (
    Address,
    Amount,
    DrillNames,
    FilePath,
    Name,
    Port,
    Seconds,
    Table,
    Token,
    WebUrl,
)
from deskwatch.core.drill import DrillSettings

_DRILLS = DrillSettings()


class Drills(Table):
    """Where drills run, and what is judged of them; see deskwatch.core.drill.DrillSettings.

    `load` puts the text of platform_token_file into platform_token. from_page: whether an operator
    may run them from the page, which takes that this engine reaches the platform's gateway.
    """

    platform_url: WebUrl = "http://127.0.0.1:8083"
    platform_token: Token | None = None
    platform_token_file: FilePath | None = None
    interval_s: Annotated[int, Field(ge=10, le=86_400)] = 900
    bind: Address = "127.0.0.1"
    port: Port = 8082
    required: DrillNames = Field(default_factory=list)
    from_page: bool = True
    page_after: Annotated[int, Field(ge=2, le=100)] = _DRILLS.page_after


class BreakerDrill(Table):
    """See deskwatch.drills.breaker.BreakerProbe. Off without an account."""

    account: Name | None = None
    reject_code: Name = "BREAKER_OPEN"
    loss: Amount = "100"
    limit: Amount | None = None
    timeout_s: Seconds = 5


class Drill(Table):
    """A table for each drill, by its name."""

    breaker: BreakerDrill = BreakerDrill()

    @property
    def set_up(self) -> list[str]:
        """The names of those that have an account."""
        return [name for name, table in self if table.account is not None]

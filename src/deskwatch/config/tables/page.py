"""The keys about people on the page."""

from typing import Annotated

from pydantic import Field

from deskwatch.config.values import FilePath, Networks, Password, Table


class Page(Table):
    """Who may see the page, and act on it. `load` puts the text of a file into its password."""

    viewer_password: Password | None = None
    viewer_password_file: FilePath | None = None
    operator_password: Password | None = None
    operator_password_file: FilePath | None = None
    session_hours: Annotated[int, Field(ge=1, le=720)] = 12
    trusted_proxies: Networks = Field(default_factory=list)

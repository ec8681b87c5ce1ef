"""The keys about the platform's processes."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from deskwatch.config.values import Expected, FilePath, Name, Table, problem_at


def _pattern(text: str) -> str:
    try:
        fits_nothing = re.search(text, "")
    except re.error:
        raise ValueError from None
    if fits_nothing:  # and so whatever runs: it would never be missing
        raise ValueError
    return text


Pattern = Annotated[
    str,
    Field(min_length=1, max_length=256),
    AfterValidator(_pattern),
    Expected(
        "a regular expression of 1 to 256 characters that no empty text fits, such as "
        '"python -m oms"'
    ),
]


class Process(Table):
    """A process of the platform; see deskwatch.engine.processes.WatchedProcess."""

    pid_file: FilePath | None = None
    service: Name | None = None
    command: Pattern | None = None

    @model_validator(mode="after")
    def _findable(self) -> Self:
        if self.pid_file is None and self.service is None and self.command is None:
            raise problem_at("command", "a pattern, unless pid_file or service is set")
        return self

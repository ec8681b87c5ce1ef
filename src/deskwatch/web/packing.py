"""Answers compressed on their way, for those that are large and read over slow lines: by pages."""

import gzip
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

#: What is smaller gains less than it costs.
LEAST_BYTES: Final = 1_000
#: The quickest: a chart's figures are a fifth then, and a tenth at best.
_LEVEL: Final = 1


def accepted(request: Request) -> set[str]:
    """Return the encodings that the caller takes; one of quality 0 is none of them."""
    found = set()
    for choice in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = choice.partition(";")
        if quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            found.add(name.strip())
    return found


def packed(request: Request, answer: Response) -> Response:
    """Return an answer as small as the caller takes it."""
    answer.headers["Vary"] = "Accept-Encoding"
    if len(answer.body) < LEAST_BYTES or "gzip" not in accepted(request):
        return answer
    answer.body = gzip.compress(bytes(answer.body), _LEVEL)
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer

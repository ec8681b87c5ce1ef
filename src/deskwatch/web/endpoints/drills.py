"""The address of running drills: whether any can be run from here, and running them now."""

from starlette.requests import Request
from starlette.responses import Response

from deskwatch.web.access.access import asker
from deskwatch.web.answers.drills import DrillRunAnswer
from deskwatch.web.desks.alerts import AlertDesk
from deskwatch.web.desks.drills import DrillDesk, DrillsUnavailable
from deskwatch.web.request.query import refuse_others
from deskwatch.web.respond import Refused, respond_json

_NONE = DrillRunAnswer(drills=[], running=False, since=None, trouble="")


class Drills:
    """Runs drills for who asks. desk: None where none can be run; audit: where that is kept."""

    def __init__(self, desk: DrillDesk | None, audit: AlertDesk | None) -> None:
        self._desk = desk
        self._audit = audit

    async def run(self, request: Request) -> Response:
        """Answer how runs from here stand; begin one for who posts: 202, or 409 while one runs."""
        refuse_others(request.query_params)
        if request.method != "POST":
            return respond_json(_NONE if self._desk is None else self._desk.standing())
        if self._desk is None:
            raise Refused(404, "not_found", "no drill can be run from here")
        try:
            await self._desk.run()
        except DrillsUnavailable as unavailable:
            if unavailable.busy:
                raise Refused(409, "busy", str(unavailable)) from None
            raise Refused(404, "not_found", str(unavailable)) from None
        standing = self._desk.standing()
        if self._audit is not None:
            await self._audit.note(asker(request).name, "run drills", ", ".join(standing.drills))
        return respond_json(standing, 202)

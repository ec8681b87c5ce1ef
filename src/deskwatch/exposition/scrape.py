"""Scrapes: who asks for the page at the same time is shown the same one."""

import asyncio

from deskwatch.exposition.registry import Registry


class Scrapes:
    """Pages of a registry. Of a large desk one takes a while, in which nothing else is done."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        #: The pages that were asked for and aren't begun, by whether they are OpenMetrics.
        self._asked: dict[bool, asyncio.Task[bytes]] = {}

    async def page(self, *, openmetrics: bool) -> bytes:
        """Return a page that is begun after it was asked for; see `Registry.render`."""
        page = self._asked.get(openmetrics)
        if page is None:
            page = self._asked[openmetrics] = asyncio.create_task(self._render(openmetrics))
        return await asyncio.shield(page)  # one who hangs up takes it away from nobody else

    async def _render(self, openmetrics: bool) -> bytes:
        del self._asked[openmetrics]
        return self._registry.render(openmetrics=openmetrics)

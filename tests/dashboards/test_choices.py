"""Whatever a board shows can be chosen on it."""

import json
import re
from collections.abc import Iterable, Mapping

import pytest

from tests.dashboards.boards import choices, models, panels
from tests.serving import Series, serving

EVENTS = [
    {"kind": "order", "account": "A2", "strategy": "new", "venue": "XNAS", "symbol": "AAPL"}
    | {"client_order_id": "O1", "side": "buy", "quantity": "10", "price": "1", "status": "new"},
    {"kind": "feed", "service": "md", "venue": "XETR", "channel": "book", "status": "connected"},
    {"kind": "nonsense"},
]


@pytest.mark.parametrize("name", models())
async def test_who_was_never_filled_and_who_only_sends_prices_can_be_chosen(name, tmp_path):
    async with serving(tmp_path) as served:
        told = [event | {"event_time": "2026-01-05T14:30:00Z"} for event in EVENTS]
        await served.post("\n".join(map(json.dumps, told)).encode())
        await served.app.engine.tick()
        samples = await served.metrics()
    model = models()[name]
    exprs = [target["expr"] for panel in panels(model) for target in panel["targets"]]
    for choice in choices(model):
        narrowed = rf'(\w+)\{{[^}}]*\b{choice.label}=~"\${choice.name}\b'
        shown = {metric for expr in exprs for metric in re.findall(narrowed, expr)}
        can_be_chosen = values(samples, choice.label, choice.metrics)
        assert values(samples, choice.label, shown) <= can_be_chosen, choice.name


def values(samples: Mapping[Series, float], label: str, metrics: Iterable[str]) -> set[str]:
    """Return the values that a label has in these metrics; none is no value."""
    named = set(metrics)
    found = {dict(labels).get(label, "") for metric, labels in samples if metric in named}
    return found - {""}

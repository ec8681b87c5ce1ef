"""The curve that `/pnl` sends: what is written on it."""

from itertools import pairwise

import pytest
from PIL import ImageDraw

from deskwatch.notify.desk import Curve
from deskwatch.notify.telegram.picture import WIDTH, draw

SECOND = 1_000_000_000
START = 1_790_000_000 * SECOND


@pytest.fixture
def written(monkeypatch) -> list[tuple[str, float, float]]:
    """Return a list that each text comes into: what, and where it begins and ends in pixels."""
    found = []
    text = ImageDraw.ImageDraw.text

    def noted(pen, xy, words, **how):
        left, _, right, _ = pen.textbbox(xy, words, font=how["font"], anchor=how.get("anchor"))
        found.append((words, left, right))
        return text(pen, xy, words, **how)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", noted)
    return found


@pytest.mark.parametrize(
    ("currency", "amounts", "last", "levels"),
    [
        ("USD", [0, 12.5, -1234.56], "-1,235 USD", ["0", "-1,235"]),
        ("BTC", [0, -0.0325, 0.00000012], "+0.00000012 BTC", ["0", "-0.0325"]),
        ("BTC", [0, -0.000000007], "-0.000000007 BTC", ["0", "-0.000000007"]),
        ("KRW", [0, 15e9], "+15,000,000,000 KRW", ["0", "15,000,000,000"]),
        ("USD", [0, -0.0], "0 USD", ["0", "-1", "1"]),
    ],
)
def test_amounts_are_legible_whatever_their_size(written, currency, amounts, last, levels):
    points = [(START + step * 600 * SECOND, amount) for step, amount in enumerate(amounts)]
    draw(Curve(title="P&L today", currency=currency, points=points))
    words = [text for text, _, _ in written]
    assert words == ["P&L today", last, *levels, *words[-2:]]
    assert all(left >= 0 and right <= WIDTH for _, left, right in written)


@pytest.mark.parametrize("samples", [10, 10_000])
def test_what_is_not_known_now_is_no_amount_of_before(written, samples):
    points = [(START + step * 10 * SECOND, float(step)) for step in range(samples)]
    unknown = [(at + 3600 * SECOND, None) for at, _ in points]
    draw(Curve(title="P&L today", currency="USD", points=[*points, *unknown]))
    words = [text for text, _, _ in written]
    last = points[-1][0] // SECOND % 86_400
    since = f"{last // 3600:02}:{last // 60 % 60:02} UTC"
    assert words[:2] == ["P&L today", f"not known since {since}"]
    assert words[-1] != since
    assert all(left >= 0 and right <= WIDTH for _, left, right in written)


@pytest.mark.parametrize("each", [1, 4_000])
def test_there_is_no_line_over_what_was_not_known(monkeypatch, each):
    drawn = []
    monkeypatch.setattr(
        ImageDraw.ImageDraw, "polygon", lambda _, places, **__: drawn.append(places)
    )
    amounts = [*[1.0] * each, None, *[2.0] * each, None, None, *[-1.0] * each]
    points = [(START + step * 10 * SECOND, amount) for step, amount in enumerate(amounts)]
    draw(Curve(title="P&L today", currency="USD", points=points))
    ends = [(line[0][0], line[-1][0]) for line in drawn]
    assert len(ends) == 3
    assert all(end < begin for (_, end), (begin, _) in pairwise(ends))

"""A P&L curve as a picture that is read on a phone, on a dark or a light background."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Final

from deskwatch.core.period import SECOND
from deskwatch.notify.desk import Curve

WIDTH: Final = 1000
HEIGHT: Final = 560

#: A paper of its own: the ink on it reads the same whether the app around it is dark or light.
_PAPER: Final = (34, 38, 46)
_GRID: Final = (74, 80, 92)
_INK: Final = (214, 219, 228)
_GAIN: Final = (61, 191, 124)
_LOSS: Final = (240, 98, 92)
_LEFT, _RIGHT, _TOP, _BOTTOM = 150, 30, 80, 60
_BESIDE: Final = 12
_MAX_POINTS: Final = 2 * WIDTH

#: From how many units on nobody asks for parts of one.
_MANY: Final = 100

_Place = tuple[float, float]


def draw(curve: Curve) -> bytes:
    """Return a PNG of the curve: a zero line, a few labelled levels, the last amount in words.

    It takes tens of milliseconds: call it off the event loop. Needs at least one point.
    """
    # Pillow takes a while to import, and only /pnl needs it.
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    points = _thinned(curve.points)
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    pen = ImageDraw.Draw(image, "RGBA")
    small, large = ImageFont.load_default(26), ImageFont.load_default(36)
    scale = _Scale(points)
    labels = {level: _written(level) for level in scale.levels()}
    widest = max(pen.textlength(label, font=small) for label in labels.values())
    scale.left = max(scale.left, _BESIDE + widest + _BESIDE)
    last = points[-1][1]
    colour = _GAIN if last >= 0 else _LOSS
    pen.text((30, 22), curve.title, font=large, fill=_INK)
    pen.text(
        (WIDTH - _RIGHT, 22),
        f"{'+' if last > 0 else ''}{_written(last)} {curve.currency}",
        font=large,
        fill=colour,
        anchor="ra",
    )
    for level, label in labels.items():
        height = scale.y(level)
        ends = [(scale.left, height), (WIDTH - _RIGHT, height)]
        pen.line(ends, fill=_GRID, width=3 if level == 0 else 1)
        pen.text((scale.left - _BESIDE, height), label, font=small, fill=_INK, anchor="rm")
    for at in (points[0][0], points[-1][0]):
        anchor = "la" if at == points[0][0] else "ra"
        pen.text(
            (scale.x(at), HEIGHT - _BOTTOM + 14), _clock(at), font=small, fill=_INK, anchor=anchor
        )
    line: list[_Place] = [(scale.x(at), scale.y(amount)) for at, amount in points]
    zero = scale.y(0)
    pen.polygon([(line[0][0], zero), *line, (line[-1][0], zero)], fill=(*colour, 60))
    pen.line(line, fill=colour, width=4, joint="curve")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _written(amount: float) -> str:
    """Return an amount in whole units, or where they are few in three digits."""
    if abs(amount) >= _MANY:
        return f"{amount:,.0f}"
    return f"{Decimal(f'{amount:.3g}'):f}" if amount else "0"


class _Scale:
    """From times and amounts to pixels. left: where times begin."""

    def __init__(self, points: Sequence[tuple[int, float]]) -> None:
        amounts = [amount for _, amount in points]
        self._low, self._high = min(0.0, *amounts), max(0.0, *amounts)
        if self._high - self._low == 0:
            self._low, self._high = -1.0, 1.0
        self.left: float = _LEFT
        self._first, self._last = points[0][0], max(points[-1][0], points[0][0] + 1)

    def x(self, at: int) -> float:
        share = (at - self._first) / (self._last - self._first)
        return self.left + (WIDTH - self.left - _RIGHT) * share

    def y(self, amount: float) -> float:
        share = (amount - self._low) / (self._high - self._low)
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share

    def levels(self) -> list[float]:
        """Return the ends and zero, without those that would touch another."""
        levels = [0.0]
        for level in (self._low, self._high):
            if all(abs(self.y(level) - self.y(other)) > _BOTTOM for other in levels):
                levels.append(level)
        return levels


def _thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return at most _MAX_POINTS, the last one among them; each stretch keeps its extremes."""
    if len(points) <= _MAX_POINTS:
        return list(points)
    stretch = -(-len(points) // (_MAX_POINTS // 2 - 1))
    kept = []
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        low = min(part, key=lambda point: point[1])
        high = max(part, key=lambda point: point[1])
        kept += sorted({low, high})
    return [*kept, points[-1]]


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%H:%M UTC")

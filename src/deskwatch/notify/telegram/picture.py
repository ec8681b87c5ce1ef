"""A P&L curve as a picture that is read on a phone, on a dark or a light background."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Final

from deskwatch.core.wording import moment
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
_Known = tuple[int, float]
_Point = tuple[int, float | None]


def draw(curve: Curve) -> bytes:
    """Return a PNG of the curve: a zero line, a few labelled levels, the last amount in words.

    Where it was not known there is no line; where it is not known now, no amount. It takes tens of
    milliseconds: call it off the event loop. Needs at least one point that is known.
    """
    # Pillow takes a while to import, and only /pnl needs it.
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    points = _thinned(curve.points)
    runs = list(_runs(points))
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    pen = ImageDraw.Draw(image, "RGBA")
    small, large = ImageFont.load_default(26), ImageFont.load_default(36)
    scale = _Scale(points, [amount for run in runs for _, amount in run])
    labels = {level: _written(level) for level in scale.levels()}
    widest = max(pen.textlength(label, font=small) for label in labels.values())
    scale.left = max(scale.left, _BESIDE + widest + _BESIDE)
    colour = _GAIN if runs[-1][-1][1] >= 0 else _LOSS
    known = points[-1][1] is not None
    words = _now(runs[-1][-1], curve.currency, known=known)
    pen.text((30, 22), curve.title, font=large, fill=_INK)
    pen.text((WIDTH - _RIGHT, 22), words, font=large, fill=colour if known else _INK, anchor="ra")
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
    zero = scale.y(0)
    for run in runs:
        line: list[_Place] = [(scale.x(at), scale.y(amount)) for at, amount in run]
        pen.polygon([(line[0][0], zero), *line, (line[-1][0], zero)], fill=(*colour, 60))
        pen.line(line, fill=colour, width=4, joint="curve")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _now(last: _Known, currency: str, *, known: bool) -> str:
    """Return the last amount; or, where what it is now is not known, since when."""
    at, amount = last
    if not known:
        return f"not known since {_clock(at)}"
    return f"{'+' if amount > 0 else ''}{_written(amount)} {currency}"


def _written(amount: float) -> str:
    """Return an amount in whole units, or where they are few in three digits."""
    if abs(amount) >= _MANY:
        return f"{amount:,.0f}"
    return f"{Decimal(f'{amount:.3g}'):f}" if amount else "0"


class _Scale:
    """From times and amounts to pixels. left: where times begin."""

    def __init__(self, points: Sequence[_Point], amounts: Sequence[float]) -> None:
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


def _runs(points: Sequence[_Point]) -> Iterator[list[_Known]]:
    """Yield the stretches in which all is known."""
    run: list[_Known] = []
    for at, amount in points:
        if amount is not None:
            run.append((at, amount))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _thinned(points: Sequence[_Point]) -> list[_Point]:
    """Return some _MAX_POINTS, the last one among them; each stretch keeps its extremes and gap."""
    if len(points) <= _MAX_POINTS:
        return list(points)
    stretch = -(-len(points) // (_MAX_POINTS // 2 - 1))
    kept: set[_Point] = {points[-1]}
    for start in range(0, len(points), stretch):
        part = points[start : start + stretch]
        known = [(amount, at) for at, amount in part if amount is not None]
        if known:
            kept |= {(at, amount) for amount, at in (min(known), max(known))}
        kept |= {point for point in part if point[1] is None}
    return sorted(kept, key=lambda point: point[0])


def _clock(at: int) -> str:
    return moment(at, "%H:%M UTC")

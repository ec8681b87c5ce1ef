"""Floating-point arithmetic as Go does it: nothing raises, IEEE 754 answers instead."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

#: From here on every float is a whole number.
_WHOLE: Final = 2.0**52


def add_compensated(increment: float, total: float, lost: float) -> tuple[float, float]:
    """Return the new sum and what rounding has lost so far (Kahan's way, Neumaier's order)."""
    new = total + increment
    if math.isinf(new):
        return new, 0.0
    if abs(total) >= abs(increment):
        return new, lost + ((total - new) + increment)
    return new, lost + ((increment - new) + total)


def total(values: Iterable[float]) -> float:
    """Return the compensated sum."""
    amount, lost = 0.0, 0.0
    for value in values:
        amount, lost = add_compensated(value, amount, lost)
    return amount + lost


def mean(values: Sequence[float]) -> float:
    """Return the mean of at least one value, also where their sum is beyond a float."""
    amount, lost = values[0], 0.0
    for seen, value in enumerate(values[1:], start=1):
        new, new_lost = add_compensated(value, amount, lost)
        if math.isinf(new):
            return _running_mean(amount / seen, lost / seen, values[seen:], seen)
        amount, lost = new, new_lost
    return amount / len(values) + lost / len(values)


def _running_mean(average: float, lost: float, values: Sequence[float], seen: int) -> float:
    """Return the mean after more values, given that of the `seen` ones before."""
    for count, value in enumerate(values, start=seen + 1):
        share = (count - 1) / count
        average, lost = add_compensated(value / count, share * average, share * lost)
    return average + lost


def variance(values: Sequence[float]) -> float:
    """Return the population variance of at least one value, by Welford's way, compensated."""
    average, average_lost, squares, squares_lost = 0.0, 0.0, 0.0, 0.0
    for count, value in enumerate(values, start=1):
        delta = value - (average + average_lost)
        average, average_lost = add_compensated(delta / count, average, average_lost)
        square = delta * (value - (average + average_lost))
        squares, squares_lost = add_compensated(square, squares, squares_lost)
    return (squares + squares_lost) / len(values)


def quantile(q: float, values: Iterable[float]) -> float:
    """Return the q-quantile, between two values by their distance; NaN counts as the smallest."""
    numbers = list(values)
    if not numbers or math.isnan(q):
        return math.nan
    if not 0 <= q <= 1:
        return math.copysign(math.inf, q)
    ordered = sorted(numbers, key=nan_first)
    rank = q * (len(ordered) - 1)
    lower = math.floor(rank)
    upper = min(len(ordered) - 1, lower + 1)
    weight = rank - lower
    return ordered[lower] * (1 - weight) + ordered[upper] * weight


def nan_first(value: float) -> tuple[bool, float]:
    """Return a key that sorts ascending, with NaN before everything."""
    return (False, 0.0) if math.isnan(value) else (True, value)


def divide(a: float, b: float) -> float:
    """Return a / b; by zero, an infinity or NaN."""
    if b:
        return a / b
    if not a or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def modulo(a: float, b: float) -> float:
    """Return the remainder with a's sign; NaN where there is none."""
    try:
        return math.fmod(a, b)
    except ValueError:
        return math.nan


def power(a: float, b: float) -> float:
    """Return a to the b-th; NaN where that isn't real."""
    odd = b == math.trunc(b) and abs(b) < 2 * _WHOLE and b % 2 == 1 if math.isfinite(b) else False
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and odd else math.inf
    except ValueError:
        if a == 0:
            return math.copysign(math.inf, a) if odd else math.inf
        return math.nan


def floor(value: float) -> float:
    """Return the whole number at or below; infinities and NaN as they are."""
    whole = abs(value) < _WHOLE
    return math.copysign(float(math.floor(value)), value) if whole else value


def ceil(value: float) -> float:
    """Return the whole number at or above; infinities and NaN as they are."""
    whole = abs(value) < _WHOLE
    return math.copysign(float(math.ceil(value)), value) if whole else value


def smaller(a: float, b: float) -> float:
    """Return the smaller of two; NaN when one is, but -Inf is smaller still."""
    if -math.inf in (a, b):
        return -math.inf
    return math.nan if math.isnan(a) or math.isnan(b) else min(a, b)


def greater(a: float, b: float) -> float:
    """Return the greater of two; NaN when one is, but +Inf is greater still."""
    if math.inf in (a, b):
        return math.inf
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)


def unfailing(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return the function with NaN outside its domain and an infinity beyond a float."""

    def computed(value: float) -> float:
        try:
            return function(value)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return computed


def logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return a logarithm that is -Inf at zero and NaN below."""
    positive = unfailing(function)
    return lambda value: -math.inf if value == 0 else positive(value)


def almost_equal(a: float, b: float, epsilon: float) -> bool:
    """Whether two numbers differ by less than this share of their sum; NaN equals NaN."""
    if a == b or (math.isnan(a) and math.isnan(b)):
        return True
    smallest_normal = 2.0**-1022
    both = abs(a) + abs(b)
    if a == 0 or b == 0 or both < smallest_normal:
        return abs(a - b) < epsilon * smallest_normal
    return abs(a - b) / min(both, 2.0**1023 * (2 - 2.0**-52)) < epsilon

"""Every function that expressions can call, by its name."""

from typing import Final

from deskwatch.rules.promql.context import Function
from deskwatch.rules.promql.functions_histogram import HISTOGRAM
from deskwatch.rules.promql.functions_label import LABEL
from deskwatch.rules.promql.functions_math import MATH
from deskwatch.rules.promql.functions_range import RANGE
from deskwatch.rules.promql.functions_rate import RATE
from deskwatch.rules.promql.functions_time import TIME

FUNCTIONS: Final[dict[str, Function]] = {**MATH, **TIME, **RANGE, **RATE, **LABEL, **HISTOGRAM}

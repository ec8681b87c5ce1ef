"""Expressions parsed by promql-parser, made into plans; what isn't done here is named."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final, Literal

import promql_parser as ast

from deskwatch.rules.promql.functions import FUNCTIONS
from deskwatch.rules.promql.labels import METRIC_NAME
from deskwatch.rules.promql.plan import (
    Aggregate,
    Binary,
    Call,
    Matcher,
    Matching,
    Negate,
    Node,
    Number,
    Range,
    Select,
    Subquery,
    Text,
)
from deskwatch.rules.promql.regex import RegexError, compile_anchored
from deskwatch.rules.promql.vector import PromqlError

AGGREGATIONS: Final = frozenset({
    "sum", "avg", "min", "max", "count", "group", "stddev", "stdvar",
    "topk", "bottomk", "quantile", "count_values",
})  # fmt: skip

#: Stands where an expression could not be built.
NOTHING: Final[Node] = Number(0.0)


class UnsupportedPromql(Exception):
    """An expression that Prometheus can evaluate and we can't; constructs: everything in the way.

    constructs: such as "the @ modifier" or "function info()", in the order they stand.
    """

    def __init__(self, constructs: tuple[str, ...]) -> None:
        super().__init__(", ".join(constructs))
        self.constructs = constructs


def parse(expression: str) -> Node:
    """Return the plan of an expression. Raises PromqlError, UnsupportedPromql."""
    try:
        parsed = ast.parse(expression)
    except ValueError as error:
        raise PromqlError(f"{error}") from None
    builder = _Builder()
    node = builder.build(parsed)
    if builder.unsupported:
        raise UnsupportedPromql(tuple(dict.fromkeys(builder.unsupported)))
    return node


class _Builder:
    """Makes plans; unsupported: the constructs met that aren't done."""

    def __init__(self) -> None:
        self.unsupported: list[str] = []

    def build(self, expr: ast.Expr) -> Node:
        """Return the plan of one node and all below; a stand-in for what isn't done."""
        node: Node
        match expr:
            case ast.ParenExpr():
                node = self.build(expr.expr)
            case ast.UnaryExpr():
                node = Negate(self.build(expr.expr))
            case ast.SubqueryExpr():
                node = self._subquery(expr)
            case ast.BinaryExpr():
                node = self._binary(expr)
            case ast.AggregateExpr():
                node = self._aggregate(expr)
            case ast.Call():
                node = self._call(expr)
            case _:
                node = self._leaf(expr)
        return node

    def _leaf(self, expr: ast.Expr) -> Node:
        node: Node
        match expr:
            case ast.NumberLiteral():
                node = Number(expr.val)
            case ast.StringLiteral():
                node = Text(expr.val)
            case ast.VectorSelector():
                node = self._select(expr)
            case ast.MatrixSelector():
                node = Range(self._select(expr.vector_selector), _ms(expr.range))
            case _:
                node = self._missing(f"{type(expr).__name__}")
        return node

    def _missing(self, construct: str) -> Node:
        self.unsupported.append(construct)
        return NOTHING

    def _select(self, expr: ast.VectorSelector) -> Select:
        if expr.at is not None:
            self._missing("the @ modifier")
        if expr.matchers.or_matchers:
            self._missing("alternative matchers ('or' inside braces)")
        matchers = [self._matcher(matcher) for matcher in expr.matchers.matchers]
        metric = expr.name
        if metric is None:
            metric = _exact_name(matchers)
        else:
            matchers.append(Matcher(METRIC_NAME, "=", metric, metric.__eq__))
        return Select(metric, tuple(matchers), _ms(expr.offset))

    def _matcher(self, matcher: ast.Matcher) -> Matcher:
        name, value = matcher.name, matcher.value
        match matcher.op:
            case ast.MatchOp.Equal:
                return Matcher(name, "=", value, value.__eq__)
            case ast.MatchOp.NotEqual:
                return Matcher(name, "!=", value, value.__ne__)
            case ast.MatchOp.Re:
                return Matcher(name, "=~", value, self._regex_test(value))
            case _:
                matches = self._regex_test(value)
                return Matcher(name, "!~", value, lambda text: not matches(text))

    def _regex_test(self, pattern: str) -> Callable[[str], bool]:
        """Return the test of a value; the parser has seen to it that RE2 would take the pattern."""
        try:
            compiled = compile_anchored(pattern)
        except RegexError:
            self._missing(f"regular expression {pattern!r}")
            return pattern.__eq__
        return lambda text: compiled.fullmatch(text) is not None

    def _subquery(self, expr: ast.SubqueryExpr) -> Node:
        if expr.at is not None:
            self._missing("the @ modifier")
        step_ms = None if expr.step is None else _ms(expr.step)
        return Subquery(self.build(expr.expr), _ms(expr.range), step_ms, _ms(expr.offset))

    def _binary(self, expr: ast.BinaryExpr) -> Node:
        modifier = expr.modifier
        left, right = self.build(expr.lhs), self.build(expr.rhs)
        if modifier is None:
            return Binary(str(expr.op), left, right, Matching(), as_bool=False)
        if modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None:
            self._missing("fill modifiers")
        labels = modifier.matching
        matching = Matching(
            on=labels is not None and labels.type == ast.LabelModifierType.Include,
            names=frozenset(() if labels is None else labels.labels),
            many=_many_side(modifier.card),
            include=tuple(modifier.group_labels or ()),
        )
        return Binary(str(expr.op), left, right, matching, as_bool=modifier.return_bool)

    def _aggregate(self, expr: ast.AggregateExpr) -> Node:
        operator = str(expr.op)
        if operator not in AGGREGATIONS:
            return self._missing(f"aggregation {operator}()")
        modifier = expr.modifier
        return Aggregate(
            operator,
            self.build(expr.expr),
            None if expr.param is None else self.build(expr.param),
            frozenset(() if modifier is None else modifier.labels),
            without=modifier is not None and modifier.type == ast.AggModifierType.Without,
        )

    def _call(self, expr: ast.Call) -> Node:
        arguments = tuple(self.build(argument) for argument in expr.args)
        function = FUNCTIONS.get(expr.func.name)
        if function is None:
            return self._missing(f"function {expr.func.name}()")
        return Call(expr.func.name, arguments)


def _many_side(card: ast.VectorMatchCardinality) -> Literal["left", "right"] | None:
    if card == ast.VectorMatchCardinality.ManyToOne:
        return "left"
    return "right" if card == ast.VectorMatchCardinality.OneToMany else None


def _exact_name(matchers: Iterable[Matcher]) -> str | None:
    for matcher in matchers:
        if matcher.name == METRIC_NAME and matcher.operator == "=":
            return matcher.value
    return None


def _ms(duration: timedelta | None) -> int:
    return 0 if duration is None else duration // timedelta(milliseconds=1)

"""What templates ask of the samples: known when a rule is read, answered when its alert is told."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from deskwatch.rules.needs import needs
from deskwatch.rules.promql.build import UnsupportedPromql, parse
from deskwatch.rules.promql.evaluate import Evaluation
from deskwatch.rules.promql.labels import METRIC_NAME, NO_LABELS
from deskwatch.rules.promql.plan import Node, Select
from deskwatch.rules.promql.vector import PromqlError
from deskwatch.rules.template import Template
from deskwatch.rules.template_functions import QUERY, VERB, Sample, TemplateFailed
from deskwatch.rules.template_syntax import (
    Block,
    Command,
    Constant,
    Operand,
    Part,
    Pipeline,
    Reach,
    TemplateUnsupported,
)

#: Stands in a query's text for what only an alert says; PromQL takes it in label values alone.
_UNKNOWN: Final = "…"


def asked(template: Template) -> Iterator[Node]:
    """Yield the plans of a template's queries, whose labels only an alert will say.

    Raises TemplateUnsupported where that doesn't tell which samples they need.
    """
    for query in _queries(template.parts):
        try:
            plan = parse(query)
        except (PromqlError, UnsupportedPromql) as error:
            raise TemplateUnsupported(f"query {query!r} ({error})") from None
        if any(_may_be_any(need.select) for need in needs([plan])):
            raise TemplateUnsupported(f"query {query!r} of a metric that only an alert names")
        yield plan


def answer(evaluation: Evaluation, query: str) -> list[Sample]:
    """Return what a query gives. Raises TemplateFailed."""
    try:
        value = evaluation.value(_plan(query))
    except (PromqlError, UnsupportedPromql) as error:
        raise TemplateFailed(f"query {query!r}: {error}") from None
    match value:
        case float():
            return [Sample(dict(NO_LABELS), value)]
        case dict():
            return [Sample(dict(labels), number) for labels, number in value.items()]
        case _:
            raise TemplateFailed(f"query {query!r} gives neither a number nor an instant vector")


@lru_cache(maxsize=1024)
def _plan(query: str) -> Node:
    """Return a query's plan; it is the same at each look while its alert is there."""
    return parse(query)


def _may_be_any(select: Select) -> bool:
    return any(
        matcher.name == METRIC_NAME and _UNKNOWN in matcher.value for matcher in select.matchers
    )


def _queries(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        match part:
            case Pipeline():
                yield from _queries_of(part)
            case Block():
                yield from _queries_of(part.of)
                yield from _queries(part.then)
                yield from _queries(part.otherwise)


def _queries_of(pipeline: Pipeline) -> Iterator[str]:
    before: Operand | None = None
    for command in pipeline.commands:
        operands = (*command.arguments, *([] if before is None else [before]))
        if command.function == QUERY:
            yield _text_before(operands[0] if len(operands) == 1 else None)
        for argument in command.arguments:
            inner = argument.root if isinstance(argument, Reach) else argument
            if isinstance(inner, Pipeline):
                yield from _queries_of(inner)
        before = Pipeline((command,))


def _text_before(operand: Operand | None) -> str:
    """Return the text of a query as far as it is known before there is an alert."""
    match operand:
        case Constant(value=str(text)):
            return text
        case Pipeline(
            commands=(Command(function="printf", arguments=(Constant(value=str(form)), *_)),)
        ):
            unknown = {"q": f'"{_UNKNOWN}"', "%": "%"}
            return VERB.sub(lambda verb: unknown.get(verb[0][-1], _UNKNOWN), form)
        case Pipeline(commands=(Command(function=None, arguments=(only,)),)):
            return _text_before(only)
    raise TemplateUnsupported("a query that is no text and no printf of one")

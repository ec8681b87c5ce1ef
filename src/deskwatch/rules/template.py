"""Templates of labels and annotations: the part of Go's templates that alerts use.

Done: text, `{{ $labels.x }}`, `{{ $value }}`, `$externalLabels`, pipelines, the functions of
`template_functions`, `query`, `if`, `else if`, `with`, `range`, `else`, `end`, comments and
trimming (`{{-`, `-}}`).
"""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from deskwatch.rules.template_functions import (
    FUNCTIONS,
    QUERY,
    Sample,
    TemplateFailed,
    TemplateValue,
    is_true,
    text_of,
)
from deskwatch.rules.template_syntax import (
    Block,
    Constant,
    Operand,
    Part,
    Pipeline,
    Reach,
    parts_of,
)

#: Answers a PromQL query at the time of the alert. Raises TemplateFailed.
Query = Callable[[str], list[Sample]]


class Template(Struct, frozen=True):
    """A parsed template. source: its text."""

    source: str
    parts: tuple[Part, ...]

    def expand(
        self, labels: Mapping[str, str], value: float, external: Mapping[str, str], query: Query
    ) -> str:
        """Return the text for an alert. Raises TemplateFailed."""
        given: dict[str, TemplateValue] = {
            "Labels": dict(labels),
            "Value": value,
            "ExternalLabels": dict(external),
        }
        return "".join(_Scope(given, given, FUNCTIONS | {QUERY: query}).expanded(self.parts))


def parse(source: str) -> Template:
    """Return the template. Raises TemplateInvalid, TemplateUnsupported."""
    return Template(source, parts_of(source))


class _Scope(Struct, frozen=True):
    """What a part of a template sees. root: `$`; dot: what the innermost block is about."""

    root: TemplateValue
    dot: TemplateValue
    functions: Mapping[str, Callable[..., TemplateValue]]

    def expanded(self, parts: tuple[Part, ...]) -> Iterator[str]:
        for part in parts:
            match part:
                case str():
                    yield part
                case Pipeline():
                    yield text_of(self._value(part))
                case Block():
                    yield from self._block(part)

    def _block(self, block: Block) -> Iterator[str]:
        value = self._value(block.of)
        if not is_true(value):
            yield from self.expanded(block.otherwise)
        elif block.kind == "if":
            yield from self.expanded(block.then)
        elif block.kind == "with":
            yield from self._about(value).expanded(block.then)
        elif isinstance(value, list | dict):
            # Labels come in the order of their names.
            for item in value if isinstance(value, list) else map(value.get, sorted(value)):
                yield from self._about(item).expanded(block.then)
        else:
            raise TemplateFailed(f"range can't iterate over {text_of(value)}")

    def _about(self, value: TemplateValue) -> "_Scope":
        return _Scope(self.root, value, self.functions)

    def _value(self, operand: Operand) -> TemplateValue:
        match operand:
            case Constant():
                return operand.value
            case Reach():
                return self._reached(operand)
            case Pipeline():
                piped: tuple[TemplateValue, ...] = ()
                for command in operand.commands:
                    values = (*map(self._value, command.arguments), *piped)
                    piped = (
                        values[0]
                        if command.function is None
                        else self._called(command.function, values),
                    )
                return piped[0]

    def _reached(self, reach: Reach) -> TemplateValue:
        match reach.root:
            case Pipeline():
                value = self._value(reach.root)
            case "$":
                value = self.root
            case _:
                value = self.dot
        for name in reach.names:
            match value:
                case dict():
                    value = value.get(name, "")
                case Sample(labels) if name == "Labels":
                    value = {**labels}
                case Sample(value=number) if name == "Value":
                    value = number
                case _:
                    raise TemplateFailed(f"can't evaluate field {name} of {text_of(value)!r}")
        return value

    def _called(self, function: str, values: tuple[TemplateValue, ...]) -> TemplateValue:
        try:
            return self.functions[function](*values)
        except TypeError:
            raise TemplateFailed(f"wrong number or type of arguments for {function}") from None

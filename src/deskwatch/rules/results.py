"""What rules' expressions give over the samples there are."""

from deskwatch.rules.book import RuleBook
from deskwatch.rules.promql.evaluate import Evaluation, Semantics
from deskwatch.rules.promql.vector import PromqlError, Value, Vector
from deskwatch.rules.rule import Rule
from deskwatch.rules.samples import Samples

Result = float | Vector


class Results:
    """Evaluates a book's rules. What can't have changed since the last time, it gives again."""

    def __init__(self, book: RuleBook, samples: Samples, semantics: Semantics) -> None:
        self._book = book
        self._samples = samples
        self._semantics = semantics
        #: How far `samples.moves` was when a rule was evaluated last.
        self._seen: dict[Rule, int] = {}
        #: What those rules gave that are still.
        self._known: dict[Rule, Result] = {}
        #: What is worked out over the samples as they were at `samples.moves`.
        self._evaluation = Evaluation(samples, 0, semantics)
        self._evaluation_moves = -1

    def result(self, rule: Rule, at: int) -> Result:
        """Return what a rule's expression gives at a time in ms. Raises PromqlError."""
        known = self._known.pop(rule, None)
        if known is None or self.reads_news(rule):
            self._seen[rule] = self._samples.moves
            known = _instant(self.evaluation(at).value(rule.plan))
        if rule in self._book.still:
            self._known[rule] = known
        return known

    def reads_news(self, rule: Rule) -> bool:
        """Whether anything that a rule reads has changed since it was evaluated last.

        What only time changes is no news.
        """
        seen = self._seen.get(rule, -1)
        return any(self._samples.moved(need.select) > seen for need in self._book.needs[rule])

    def evaluation(self, at: int) -> Evaluation:
        """Return the evaluation of the samples as they are; the last one, if that was at `at`."""
        if (self._evaluation.at, self._evaluation_moves) != (at, self._samples.moves):
            self._evaluation = Evaluation(self._samples, at, self._semantics)
            self._evaluation_moves = self._samples.moves
        return self._evaluation


def _instant(value: Value) -> Result:
    if not isinstance(value, float | dict):
        raise PromqlError("a rule must give a number or an instant vector")
    return value

"""Which rules an event can match at all, so that a hundred rules cost an event what five do.

By type, by dataset (globs are tried once a name), and by the one field that most of those rules want to equal a text.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from otpushd.model.event import Event
from otpushd.model.glob import glob
from otpushd.routing.fields import reader
from otpushd.routing.rule import Rule

_MOST_NAMES = 10_000
_NONE: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Bucket:
    """Rules of one type and dataset. `others` may match where `read` gives none of the keys in `by_text`."""

    read: Callable[[Event], Any] | None
    by_text: Mapping[str, tuple[Rule, ...]]
    others: tuple[Rule, ...]

    def candidates(self, event: Event) -> tuple[Rule, ...]:
        """The rules worth trying, in their order."""
        if self.read is None:
            return self.others
        value = self.read(event)
        return self.by_text.get(value, self.others) if isinstance(value, str) else self.others


class Index:
    """Finds candidates; remembers at most 10,000 pairs of type and dataset, then begins anew."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._by_type: dict[str, list[tuple[Rule, list[Callable[[str], bool]]]]] = {}
        for rule in rules:
            tests = [glob(pattern) for pattern in rule.datasets]
            for name in rule.on:
                self._by_type.setdefault(name, []).append((rule, tests))
        self._buckets: dict[tuple[str, str | None], Bucket] = {}

    def candidates(self, event: Event) -> tuple[Rule, ...]:
        """The rules that this event may match, in the order they were given; the others cannot match it."""
        if event.type not in self._by_type:
            return _NONE
        key = (event.type, event.dataset)
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MOST_NAMES:
                self._buckets.clear()
            bucket = self._buckets[key] = _bucket(self._matching(*key))
        return bucket.candidates(event)

    def _matching(self, name: str, dataset: str | None) -> list[Rule]:
        return [
            rule
            for rule, tests in self._by_type[name]
            if not tests or (dataset is not None and any(test(dataset) for test in tests))
        ]


def _bucket(rules: Sequence[Rule]) -> Bucket:
    counts = Counter(matcher.field for rule in rules for matcher in _equalities(rule))
    if not counts:
        return Bucket(None, {}, tuple(rules))
    ((field, _),) = counts.most_common(1)
    wanted = [(rule, _texts(rule, field)) for rule in rules]
    keys = {text for _, texts in wanted if texts is not None for text in texts}
    by_text = {key: tuple(rule for rule, texts in wanted if texts is None or key in texts) for key in keys}
    return Bucket(reader((field,)), by_text, tuple(rule for rule, texts in wanted if texts is None))


def _equalities(rule: Rule) -> Iterable[Any]:
    return (matcher for matcher in rule.matchers if matcher.texts is not None)


def _texts(rule: Rule, field: str) -> frozenset[str] | None:
    found = [matcher.texts for matcher in rule.matchers if matcher.texts is not None and matcher.field == field]
    return frozenset.intersection(*found) if found else None

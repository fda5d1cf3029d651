"""All that `check-rules` found as one JSON document. README.md names its keys: they are a contract. Pure.

Instants are UTC (`2026-03-02T09:00:00Z`); hours, days and histograms are those of `timezone`; a histogram has seven
lists, Monday first, of 24 numbers. What was not done is null.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from otpushd.files.problem import Problem
from otpushd.rehearse.compare import Change, Comparison
from otpushd.rehearse.doubt import told
from otpushd.rehearse.outcome import Outcome, Past
from otpushd.rehearse.report import by_person
from otpushd.rehearse.report_changes import differences
from otpushd.rehearse.tally import Example, busiest, week
from otpushd.rehearse.tally_limits import Beyond

Json = dict[str, Any]


def document(outcome: Outcome, *, strict: bool = False) -> Json:
    """The document; `good` is what the exit status says."""
    return {
        "good": not outcome.bad(strict),
        "problems": [_problem(one) for one in outcome.problems],
        "rules": outcome.rules,
        "files": outcome.files,
        "tests": {"count": outcome.ran.count, "passed": outcome.ran.passed, "not_run": outcome.ran.skipped},
        "timezone": str(outcome.zone),
        "history": outcome.span.words,
        "not_rehearsed": outcome.skipped or None,
        "against": outcome.against,
        "sources": [_past(one, outcome) for one in outcome.pasts],
        "people": _people(outcome),
    }


def _problem(one: Problem) -> Json:
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "severity": one.severity.value,
        "text": one.text,
    }


def _past(past: Past, outcome: Outcome) -> Json:
    found = past.found
    if found is None:
        return {"name": past.source, "not_rehearsed": past.unread}
    active = {rule for rule, _ in (*found.lines, *found.queues)}
    reached = {person for _, person in found.lines}
    return {
        "name": past.source,
        "not_rehearsed": None,
        "newest": _instant(found.newest) if found.newest else None,
        "events": dict(found.events.most_common()),
        "messages": [
            {"rule": rule, "person": person, **_times(line.hours, found.zone), "examples": _examples(line.examples)}
            for (rule, person), line in sorted(found.lines.items())
        ],
        "silent_rules": [name for name in outcome.cast.rules if name not in active],
        "silent_people": [name for name in outcome.cast.people if name not in reached],
        "queues": [
            {"rule": rule, "file": file, "entries": len(entries)}
            for (rule, file), entries in sorted(found.queues.items())
        ],
        "faults": _counted(found.faults),
        "undecided": list(told(found.doubts.values())),
        "unreadable": _counted(found.unreadable),
        "comparison": _comparison(found.compared) if found.compared else None,
    }


def _people(outcome: Outcome) -> list[Json]:
    """Everybody who would have got anything, over all sources."""
    hours = by_person(past.found.lines for past in outcome.pasts if past.found)
    return [
        {"person": person, **_times(each, outcome.zone), "limits": _limits(outcome.beyond, person)}
        for person, each in sorted(hours.items())
    ]


def _limits(beyond: Iterable[Beyond], person: str) -> list[Json]:
    return [
        {"channel": one.channel, "limit": one.limit.words, "messages": one.count, "first": _instant(one.first)}
        for one in beyond
        if one.person == person
    ]


def _times(hours: Mapping[datetime, int], zone: tzinfo) -> Json:
    most = busiest(hours)
    return {
        "count": sum(hours.values()),
        "first_hour": _instant(min(hours)),
        "last_hour": _instant(max(hours)),
        "busiest": {"hour": _instant(most.begins), "count": most.count},
        "histogram": week(hours, zone),
    }


def _comparison(found: Comparison) -> Json:
    return {
        "changes": [
            {"rule": rule, "person": person, **_change(change)}
            for (rule, person), change in sorted(found.changes.items())
        ],
        "queues": [
            {"rule": rule, "file": file, "before": before, "after": after}
            for (rule, file), before, after in differences(found.orders)
        ],
        "faults": [{"text": text, "before": b, "after": a} for text, b, a in differences(found.faults)],
    }


def _change(one: Change) -> Json:
    return {
        "before": one.before,
        "after": one.after,
        "removed": one.removed,
        "added": one.added,
        "moved": one.moved,
        "altered": one.altered,
        "from_rules": dict(one.was),
        "to_rules": dict(one.became),
        "same": one.nothing,
        "examples": {
            "removed": _examples(one.removed_examples),
            "added": _examples(one.added_examples),
            "moved": [{"before": _instant(each.before), "after": _example(each.after)} for each in one.moved_examples],
            "altered": [{"before": _example(old), "after": _example(new)} for old, new in one.altered_examples],
        },
    }


def _examples(examples: Iterable[Example]) -> list[Json]:
    return [_example(one) for one in examples]


def _example(one: Example) -> Json:
    return {"at": _instant(one.at), "title": one.title, "body": one.body}


def _counted(texts: Counter[str]) -> list[Json]:
    return [{"text": text, "count": count} for text, count in texts.most_common()]


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

"""What a change of rules does, as people read it in a terminal."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from otpushd.rehearse.compare import Change, Comparison, Moved
from otpushd.rehearse.report import breadth
from otpushd.rehearse.report_changes import report_changes
from otpushd.rehearse.tally import Example

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SAME = Change(before=5, after=5)


def found(**changes: Change) -> Comparison:
    """Changes by `rule_person`."""
    return Comparison({tuple(key.split("_")): one for key, one in changes.items()})  # type: ignore[misc]


def said(title: str, hours: int = 0) -> Example:
    return Example(AT + timedelta(hours=hours), title, "")


def test_the_whole_of_it() -> None:
    """A row for each rule and person with a change, examples of each kind below, in the zone's time."""
    change = Change(9, 8, removed=3, added=2, moved=1, altered=1, was=Counter(old=4))
    change.removed_examples.append(said("gone"))
    change.added_examples.append(said("new"))
    change.moved_examples.append(Moved(AT, said("late", hours=2)))
    change.altered_examples.append((said("so"), said("otherwise")))

    assert report_changes("old/", found(saved_ann=change, saved_bob=SAME), ZoneInfo("Europe/Zurich")) == [
        "compared with old/ on the same history: messages 3 only before, 2 only now, 1 at another time, "
        "1 with another text or way, 4 from a rule of another name",
        "  rule   to   before  now  only before  only now  moved  altered",
        "  saved  ann       9    8            3         2      1        1",
        "      moved from the rule old: 4",
        "      - Mon 2026-03-02 10:00 gone",
        "      + Mon 2026-03-02 10:00 new",
        "      > Mon 2026-03-02 10:00 → Mon 2026-03-02 12:00 late",
        "      ~ Mon 2026-03-02 10:00 so → otherwise",
        "  nothing changes for 1 other rule and person",
    ]


def test_no_change_is_said() -> None:
    """That is what somebody who tidies rules up wants to read."""
    same = "compared with old.yaml on the same history: the same messages at the same times"

    assert report_changes("old.yaml", found(saved_ann=SAME), UTC) == [same]


def test_what_differs_beside_the_words_is_said_in_words() -> None:
    """Two equal lines would tell nobody anything."""
    change = Change(1, 1, altered=1, altered_examples=[(said("x"), said("x"))])

    assert (
        "(link, priority, channels or the rest of the text differ)" in report_changes("o", found(r_a=change), UTC)[-1]
    )


def test_queues_and_faults_are_said_where_they_differ_in_number() -> None:
    """A change may put examples into another file, or leave somebody out."""
    comparison = found()
    comparison.orders[0].update({("again", "a.jsonl"): 3, ("again", "b.jsonl"): 1})
    comparison.orders[1].update({("again", "b.jsonl"): 1, ("again", "c.jsonl"): 2})
    comparison.faults[1]["again to lea: no address for push"] = 4

    assert report_changes("o", comparison, UTC)[1:] == [
        "  again would have put something into a.jsonl 3 times before, 0 times now",
        "  again would have put something into c.jsonl 0 times before, 2 times now",
        "  fault, 0 times before, 4 times now: again to lea: no address for push",
    ]


def test_examples_are_cut_to_the_terminals_width() -> None:
    """As in the report itself."""
    change = Change(1, 0, removed=1, removed_examples=[said("質" * 100)])

    assert all(breadth(one) <= 60 for one in report_changes("o", found(r_a=change), UTC, 60)[2:])

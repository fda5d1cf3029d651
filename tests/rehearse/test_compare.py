"""What a change of rules adds, removes and moves."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.delivery import Fault, Notification, Priority
from otpushd.model.event import Event
from otpushd.rehearse.compare import Change, Comparison, Side, abreast
from otpushd.rehearse.stage import Happened, Sent, Staged

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def sent(
    event: str = "e", minutes: int = 0, title: str = "t", rule: str = "r", person: str = "ann", link: str = ""
) -> Sent:
    one = Notification(
        "n", rule, event, "answer.saved", "d", person, ("push",), title, "b", link, Priority.HIGH, AT, None, b"{}"
    )
    return Sent(one, AT + timedelta(minutes=minutes))


def compared(before: Iterable[Staged], after: Iterable[Staged]) -> Comparison:
    found = Comparison()
    for side, stream in ((Side.BEFORE, before), (Side.AFTER, after)):
        for one in stream:
            found.take(side, one)
    found.settle()
    return found


def numbers(one: Change) -> dict[str, int]:
    """What is not 0, beside before and after."""
    names = ("removed", "added", "moved", "altered")
    found = {name: getattr(one, name) for name in names} | {"was": one.was.total(), "became": one.became.total()}
    return {name: count for name, count in found.items() if count}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([sent()], [sent()], {}),
        ([sent()], [], {"removed": 1}),
        ([], [sent()], {"added": 1}),
        ([sent()], [sent(minutes=5)], {"moved": 1}),
        ([sent()], [sent(title="T")], {"altered": 1}),
        ([sent()], [sent(link="https://x")], {"altered": 1}),
        ([sent()], [sent(title="T", minutes=5)], {"altered": 1}),
        ([sent()], [sent(event="other")], {"removed": 1, "added": 1}),
        ([sent(), sent(minutes=5)], [sent(minutes=5), sent(minutes=9)], {"moved": 1}),
        ([sent()] * 3, [sent()], {"removed": 2}),
        ([sent(title="a"), sent(title="b")], [sent(title="b", minutes=1)], {"moved": 1, "removed": 1}),
    ],
    ids=[
        "the same",
        "removed",
        "added",
        "later",
        "another text",
        "another link",
        "another text, later",
        "of another event",
        "one of two is moved",
        "less often",
        "the text says which",
    ],
)
def test_a_message_is_the_same_or_moved_or_another(
    before: list[Sent], after: list[Sent], expected: dict[str, int]
) -> None:
    """The more alike two are, the sooner they are taken for one."""
    assert numbers(compared(before, after).changes["r", "ann"]) == expected


def test_messages_of_a_rule_that_is_renamed_are_moved() -> None:
    """Event, person, title and body say that they are the same."""
    changes = compared([sent(rule="old")] * 2, [sent(rule="new")] * 2).changes

    assert (changes["old", "ann"].became, changes["new", "ann"].was) == ({"new": 2}, {"old": 2})
    assert numbers(changes["old", "ann"]) == {"became": 2}


def test_another_person_is_another_message() -> None:
    """Even with the same words."""
    changes = compared([sent()], [sent(person="bob")]).changes

    assert (numbers(changes["r", "ann"]), numbers(changes["r", "bob"])) == ({"removed": 1}, {"added": 1})


def test_examples_show_what_was_and_what_is() -> None:
    """Both times of what is moved, both texts of what is altered, few of each; of what stays the same none."""
    same = [sent(event=f"s{n}") for n in range(50)]
    before = [*same, sent("a"), sent("b", title="old"), *(sent(f"x{n}") for n in range(9))]
    one = compared(before, [*same, sent("a", minutes=7), sent("b", title="new")]).changes["r", "ann"]

    ((moved, (old, new)),) = zip(one.moved_examples, one.altered_examples, strict=True)
    assert (moved.before, moved.after.at) == (AT, AT + timedelta(minutes=7))
    assert (old.title, new.title) == ("old", "new")
    assert (one.removed, len(one.removed_examples), one.added_examples) == (9, 3, [])


messages = st.lists(
    st.builds(
        sent,
        event=st.sampled_from("ab"),
        minutes=st.integers(0, 2),
        title=st.sampled_from("tu"),
        rule=st.sampled_from("rq"),
        person=st.sampled_from(["ann", "bob"]),
    ),
    max_size=12,
)


@given(messages, messages)
def test_every_message_is_accounted_for_once(before: list[Sent], after: list[Sent]) -> None:
    """And the other way round, what was added is removed; nothing that is equal counts as a difference."""
    there, back = compared(before, after).changes, compared(after, before).changes

    for line, one in there.items():
        same = one.before - one.removed - one.moved - one.altered - one.became.total()
        assert same == one.after - one.added - one.moved - one.altered - one.was.total() >= 0
        assert same >= sum(min(before.count(each), after.count(each)) for each in {*before} if _line(each) == line)
        assert (one.removed, one.added, one.moved) == (back[line].added, back[line].removed, back[line].moved)


def _line(one: Sent) -> tuple[str, str]:
    return one.notification.rule, one.notification.person


def test_two_streams_go_abreast_event_by_event() -> None:
    """Neither is read ahead of the other, and what comes at the end comes too."""
    events = [Happened(Event("answer.saved", str(n), "main", AT, "d")) for n in range(3)]
    ahead = [0, 0]
    most = 0

    def stream(side: Side, last: list[Staged]) -> Iterator[Staged]:
        for event in events:
            ahead[side] += 1
            yield event
            yield sent(event.event.id)
        yield from last

    found = []
    for one in abreast(stream(Side.BEFORE, []), stream(Side.AFTER, [sent("end")])):
        found.append(one)
        most = max(most, abs(ahead[0] - ahead[1]))

    assert most == 1
    assert [one for side, one in found if side is Side.BEFORE] == list(stream(Side.BEFORE, []))
    assert [one for side, one in found if side is Side.AFTER] == list(stream(Side.AFTER, [sent("end")]))


def test_faults_are_counted_on_either_side() -> None:
    """A change may leave somebody without a message for a reason that can be said."""
    found = compared([Fault("e", "r", "ann", "no address", AT)] * 2, [])

    assert found.faults == ({"r to ann: no address": 2}, {})

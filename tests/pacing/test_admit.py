"""Whether a message may go now: silences, mutes, quiet hours and rates."""

from datetime import timedelta

import pytest

from otpushd.model.delivery import Priority
from otpushd.model.rate import Rate
from otpushd.model.silence import Scope, Silence
from tests.pacing.world import CRITICAL_PASSES, MINUTE, NIGHT, NINE, Tell, Told, event, person

TWO_IN_TEN = Rate(2, 10 * MINUTE)
MUTE = """mute:
  - {name: outage, rules: [r], while: {on: outage.started, until: outage.ended}}
rules:
  - {name: r, on: thing.opened, to: ann, title: "{{ thing }}"}
  - {name: s, on: thing.opened, to: bob, title: "{{ thing }}"}
"""


def silence(told: Told, start: float, end: float, **scope: object) -> None:
    made = Scope(**scope)  # type: ignore[arg-type]
    one = Silence(f"s{start}", made, NINE + start * MINUTE, NINE + end * MINUTE, "lea", "why", NINE)
    told.cases.silences = (*told.cases.silences, one)


@pytest.mark.parametrize(
    ("quiet", "priority", "after", "line"),
    [
        pytest.param(NIGHT, "normal", 779, "779 ann a", id="before"),
        pytest.param(NIGHT, "normal", 780, "1320 ann a", id="from its first moment"),
        pytest.param(NIGHT, "normal", 1319, "1320 ann a", id="to its last"),
        pytest.param(NIGHT, "normal", 1320, "1320 ann a", id="not when it ends"),
        pytest.param(NIGHT, "critical", 800, "1320 ann a", id="also what is critical"),
        pytest.param(CRITICAL_PASSES, "critical", 800, "800 ann a", id="unless that may pass"),
        pytest.param(CRITICAL_PASSES, "high", 800, "1320 ann a", id="which nothing else may"),
    ],
)
@pytest.mark.parametrize("keys", [{}, {"repeat": "1h"}], ids=["plain", "remembering"])
def test_in_quiet_hours(
    tell: Tell, quiet: object, priority: str, after: float, line: str, keys: dict[str, str]
) -> None:
    told = tell(person("ann", quiet), priority=priority, **keys).play(event("1", after), until=2000)  # type: ignore[arg-type]

    assert told.lines == [line]


def test_above_a_persons_rate_is_held_back_until_there_is_room(tell: Tell) -> None:
    told = tell(person("ann", rates=[TWO_IN_TEN])).play(*(event(str(n), n) for n in range(3)), until=60)

    assert told.lines == ["0 ann a", "1 ann a", "10 ann a"]


def test_a_persons_rate_counts_all_channels_together(tell: Tell) -> None:
    rules = "rules:\n" + "".join(
        f"  - {{name: {name}, on: thing.opened, to: ann, title: {name}, channel: {name}}}\n" for name in ("push", "sms")
    )
    told = tell(person("ann", rates=[TWO_IN_TEN]), text=rules).play(event("1"), event("2", 1), until=60)

    assert told.lines == ["0 ann push", "0 ann sms", "10 ann 2 messages held back for you"]


def test_a_channels_rate_is_each_persons_own(tell: Tell) -> None:
    told = tell(rates=[Rate(1, 10 * MINUTE)], to="[ann, bob]").play(event("1"), event("2", 1), until=60)

    assert told.lines == ["0 ann a", "0 bob a", "10 ann a", "10 bob a"]


def test_of_several_tiers_each_holds(tell: Tell) -> None:
    tiers = [Rate(1, MINUTE), Rate(2, 10 * MINUTE)]
    told = tell(person("ann", rates=tiers)).play(*(event(str(n), 2 * n) for n in range(4)), until=60)

    assert told.lines == ["0 ann a", "2 ann a", "10 ann 2 messages held back for you"]


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        pytest.param({}, True, id="everything"),
        pytest.param({"rule": "r*", "dataset": "d", "person": "ann", "type": "thing.*"}, True, id="all named"),
        pytest.param({"priorities": frozenset({Priority.NORMAL})}, True, id="its priority"),
        pytest.param({"rule": "s"}, False, id="another rule"),
        pytest.param({"dataset": "e"}, False, id="another dataset"),
        pytest.param({"person": "bob"}, False, id="another person"),
        pytest.param({"type": "outage.*"}, False, id="another type"),
        pytest.param({"priorities": frozenset({Priority.LOW})}, False, id="another priority"),
    ],
)
def test_what_is_silenced_is_held_back_until_that_ends(tell: Tell, scope: dict[str, object], held: bool) -> None:
    told = tell()
    silence(told, 0, 30, **scope)

    told.play(event("1", 5), until=60)

    assert told.lines == ["30 ann a" if held else "5 ann a"]


def test_a_silence_that_begins_while_another_holds_goes_on_holding(tell: Tell) -> None:
    told = tell()
    silence(told, 0, 30)
    silence(told, 20, 50)

    assert told.play(event("1", 5), until=60).lines == ["50 ann a"]


def test_a_silence_that_ends_between_two_reminders_lets_the_first_go_and_the_next_follow(tell: Tell) -> None:
    told = tell(remind_every="1h", until="thing.closed")
    silence(told, 0, 90)

    told.play(event("1", 5), until=200)

    assert told.lines == ["90 ann a", "125 ann a", "185 ann a"]


def test_what_ends_in_quiet_hours_is_held_back_further(tell: Tell) -> None:
    told = tell(person("ann", NIGHT))
    silence(told, 700, 800)

    assert told.play(event("1", 710), until=2000).lines == ["1320 ann a"]


def test_while_something_is_open_what_it_mutes_is_held_back(tell: Tell) -> None:
    told = tell(text=MUTE)

    told.play(event("1", 1, "outage.started"), event("2", 2), event("3", 60, "outage.ended"), event("4", 61), until=100)

    assert told.lines == ["2 bob a", "60 ann a", "61 ann a", "61 bob a"]


def test_a_mute_ends_with_the_last_of_what_opened_it(tell: Tell) -> None:
    opened = [event(f"o{n}", n, "outage.started", dataset=str(n)) for n in range(2)]
    ended = [event(f"e{n}", 10 + n, "outage.ended", dataset=str(n)) for n in range(2)]

    told = tell(text=MUTE).play(*opened, event("2", 2), *ended, until=100)

    assert told.lines == ["2 bob a", "11 ann a"]


@pytest.mark.parametrize(
    "now",
    [
        pytest.param("mute: []", id="no mute"),
        pytest.param(
            "mute: [{name: outage, rules: [s], while: {on: outage.started, until: outage.ended}}]", id="others"
        ),
        pytest.param(
            "mute: [{name: other, rules: [r], while: {on: outage.started, until: outage.ended}}]", id="renamed"
        ),
    ],
)
def test_a_mute_that_is_not_there_after_a_reload_lets_go(tell: Tell, now: str) -> None:
    told = tell(text=MUTE).play(event("1", 1, "outage.started"), event("2", 2), until=30)

    told.reload(tell(text=f"{now}\nrules:{MUTE.split('rules:')[-1]}").router).play(until=40)

    assert told.lines == ["2 bob a", "30 ann a"]


def test_a_mute_whose_end_can_never_come_after_a_reload_lets_go(tell: Tell) -> None:
    told = tell(text=MUTE).play(event("1", 1, "outage.started", thing=None), event("2", 2), until=30)
    until = "until: {on: outage.ended, when: event.thing == trigger.thing}"

    told.reload(tell(text=MUTE.replace("until: outage.ended", until)).router).play(until=40)

    assert (told.lines, told.open) == (["2 bob a", "30 ann a"], [])


def test_a_mute_that_is_the_same_after_a_reload_goes_on(tell: Tell) -> None:
    told = tell(text=MUTE).play(event("1", 1, "outage.started"), event("2", 2), until=30)

    told.reload(tell(text=MUTE).router).play(event("3", 50, "outage.ended"), until=60)

    assert told.lines == ["2 bob a", "50 ann a"]


def test_a_mute_goes_on_holding_back_what_a_rule_said_that_is_no_longer_there(tell: Tell) -> None:
    told = tell(text=MUTE).play(event("1", 1, "outage.started"), event("2", 2), until=30)

    told.reload(tell(text=MUTE.replace("{name: r,", "{name: q,")).router).play(until=40)

    assert told.lines == ["2 bob a"]


def test_what_was_over_while_it_was_muted_is_counted_when_that_ends_also_after_a_restart(tell: Tell) -> None:
    """Each start brings what is muted up to date."""
    text = MUTE.replace('title: "{{ thing }}"}', 'title: "{{ thing }}", until: thing.closed}')
    opened = [event("2", 2, dataset="e"), event("3", 3, thing="b"), event("4", 4, thing="c")]
    told = tell(text=text).play(event("1", 1, "outage.started"), *opened, event("5", 5, "thing.closed", "e"), until=30)

    told.reload(tell(text=text).router).play(event("6", 50, "outage.ended"), until=60)

    (digest,) = [one.notification for one in told.sent if one.notification.person == "ann"]
    assert digest.body == "b\nc\nMeanwhile 1 was resolved."


def test_who_left_has_no_quiet_hours(tell: Tell) -> None:
    """The message goes, and that it reaches nobody is seen."""
    told = tell(person("ann", NIGHT)).play(event("1", 800), until=801)
    del told.router.book.directory.people.people["ann"]  # type: ignore[attr-defined]

    assert told.play(until=2000).lines == ["1320 ann a"]


def test_only_as_many_times_are_kept_as_matter(tell: Tell) -> None:
    told = tell(person("ann", rates=[TWO_IN_TEN])).play(*(event(str(n), 20 * n) for n in range(9)), until=300)

    assert told.cases.times["ann", "push"] == [NINE + timedelta(minutes=160)]

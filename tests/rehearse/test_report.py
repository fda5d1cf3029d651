"""A rehearsal as people read it in a terminal."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.event import Event
from otpushd.rehearse.doubt import doubts_of
from otpushd.rehearse.history import Rehearsal, parse_span
from otpushd.rehearse.report import PLAIN_BARS, Cast, breadth, cut, histogram, number, report, table, times
from otpushd.rehearse.tally import Example, Tally

NEWEST = datetime(2026, 3, 31, tzinfo=UTC)
SPAN = parse_span("30d")
CAST = Cast(people=("ann", "bob"), rules=("rejected", "saved"))


def line(examples: list[tuple[str, str]], **days: int) -> Tally:
    """Days are written d30=4: four messages on the 30th of March, in the hour from 9."""
    counts = Counter({datetime(2026, 3, int(day[1:]), 9, tzinfo=UTC): count for day, count in days.items()})
    return Tally(counts.total(), counts, [Example(NEWEST, title, body) for title, body in examples])


def rehearsal(**lines: Tally) -> Rehearsal:
    """Lines by `rule_person`."""
    keyed = {tuple(key.split("_")): one for key, one in lines.items()}
    events = Counter({"answer.saved": 1234, "example.added": 1})
    return Rehearsal(events=events, lines=keyed, newest=NEWEST)  # type: ignore[arg-type]


def test_the_whole_of_it() -> None:
    """One row a rule and person, examples below it, then who and what is missing."""
    many = line([("ann rejected one", "Example 7,\nPARTY"), ("bob rejected one", "")], d2=1, d30=1200)
    found = rehearsal(saved_ann=many, saved_lea=line([("x", "")], d5=1))
    found.faults["saved to bob: no address for push"] = 12
    found.unreadable.update(["not JSON"] * 2)

    assert report("main", SPAN, found, CAST) == [
        "history of main, the last 30d: 1,234 answer.saved, 1 example.added",
        "  1,202 messages would have gone out to 2 people:",
        "  rule   to   messages  from        until       busiest hour",
        "  saved  ann     1,201  2026-03-02  2026-03-30  1,200 on Mon 2026-03-30 at 09",
        "      Mon ·········█··············",
        "      ann rejected one · Example 7, PARTY",
        "      bob rejected one",
        "  saved  lea         1  2026-03-05  2026-03-05  1 on Thu 2026-03-05 at 09",
        "      x",
        "  no message from 1 rule: rejected",
        "  no message to 1 person: bob",
        "  fault, 12 times: saved to bob: no address for push",
        "  2 rows could not be read (2 not JSON); no field of theirs has a value",
    ]


def test_one_message_is_not_called_messages() -> None:
    """Numbers of one are common in short histories."""
    said = report("main", SPAN, rehearsal(saved_ann=line([("x", "")], d5=1)), CAST)

    assert said[1] == "  1 message would have gone out to 1 person:"


def test_no_message_at_all_is_said() -> None:
    """And neither rules nor people are listed then."""
    assert report("main", SPAN, rehearsal(), CAST)[1:] == ["  no message would have gone out"]


def test_a_history_that_is_too_old_says_what_to_do() -> None:
    """It is not empty, only out of reach."""
    assert report("main", SPAN, Rehearsal(newest=datetime(2022, 12, 1, tzinfo=UTC)), CAST) == [
        "history of main, the last 30d: none",
        "  the newest row is from 2022-12-01; say --history all to rehearse on everything",
    ]


def test_an_empty_database_is_said_to_be_one() -> None:
    """No advice helps there."""
    assert report("main", SPAN, Rehearsal(), CAST) == ["history of main: there is none yet"]


def test_a_silent_rule_that_could_not_be_decided_says_so(rule_file, now) -> None:
    """It may wait for a score that nobody gives."""
    text = "rules: [{name: sure, on: answer.saved, when: score > 0.9, to: ann, title: x}]"
    found = rehearsal()
    found.doubts = doubts_of(rule_file(text).rules)
    for n in range(3):
        found.doubts["sure"].look(Event("answer.saved", str(n), "main", now, "d", {"score": 0.1 if n else None}))

    assert report("main", SPAN, found, CAST)[2:] == [
        "  sure: `when` could not be decided for 1 of 3 events: `score` has no value"
    ]


def test_many_names_and_faults_are_cut_short() -> None:
    """A team of a hundred does not fill the screen."""
    found = rehearsal(saved_ann=line([("x", "")], d5=1))
    found.faults.update({f"saved: fault {n}": 50 - n for n in range(12)})
    said = report("main", SPAN, found, Cast([f"p{n}" for n in range(100)], ("saved",)))

    assert said[5].endswith("p10, p11 and 88 more")
    assert said[5].startswith("  no message to 100 people: p0, p1, ")
    assert said[-2:] == ["  fault, 41 times: saved: fault 9", "  and 2 other faults"]


@pytest.mark.parametrize("width", [40, 72, 100])
def test_messages_are_cut_to_the_terminals_width(width: int) -> None:
    """A title may have 200 characters."""
    found = rehearsal(saved_ann=line([("long " * 40, "body " * 60), ("質" * 100, "")], d5=1))

    assert all(breadth(one) <= width for one in report("main", SPAN, found, CAST, width)[2:6])


def test_numbers_stand_to_the_right_and_gaps_do_not_matter() -> None:
    """Wide characters take two columns."""
    rows = [["who", "n", "what"], ["ann", "1,200", "a"], ["質", "", "b"], ["bob", "7", ""]]

    assert table(rows) == ["who      n  what", "ann  1,200  a", "質          b", "bob      7"]


@pytest.mark.parametrize("rows", [[], [["who", "n"]]], ids=["no rows", "the head alone"])
def test_a_table_without_rows_is_nothing(rows: list[list[str]]) -> None:
    """No lonely head."""
    assert table(rows) == []


@given(st.text(alphabet=st.characters(exclude_categories=["C"])), st.integers(1, 30))
def test_a_cut_text_fits_and_begins_as_it_did(text: str, width: int) -> None:
    """And what fits already is not touched."""
    shown = cut(text, width)

    assert breadth(shown) <= width
    assert shown == text if breadth(text) <= width else text.startswith(shown.removesuffix("…"))


@pytest.mark.parametrize(("count", "said"), [(0, "0 tests"), (1, "1 test"), (2000, "2,000 tests")])
def test_a_number_of_things(count: int, said: str) -> None:
    """Singular and plural."""
    assert number(count, "test") == said


def test_once_is_not_1_times() -> None:
    """As people say it."""
    assert [times(1), times(2)] == ["once", "2 times"]


def test_what_would_have_been_queued_is_said_and_a_rule_that_queues_did_something() -> None:
    found = rehearsal(saved_ann=line([], d2=1))
    found.queues[("rejected", "q/news.jsonl")] = {1, 2, "lowest 5 scores"}
    found.queues[("rejected", "q/sport.jsonl")] = {"lowest 5 scores"}

    said = report("main", SPAN, found, CAST)

    assert "  rejected would have put 2 examples and 1 selection into q/news.jsonl" in said
    assert "  rejected would have put 1 selection into q/sport.jsonl" in said
    assert not [one for one in said if one.startswith("  no message from")]


def test_what_a_person_gets_from_several_rules_is_added_up() -> None:
    """The busiest hour of a person is none of any rule: what is too much is too much together."""
    found = rehearsal(saved_ann=line([], d2=3, d3=2), rejected_ann=line([], d3=2), saved_bob=line([], d2=1))

    said = report("main", SPAN, found, CAST)

    assert said[said.index("  to each person from all rules:") + 1 :] == [
        "  person  messages  rules  busiest hour",
        "  ann            7      2  4 on Tue 2026-03-03 at 09",
        "  bob            1      1  1 on Mon 2026-03-02 at 09",
    ]


def test_a_histogram_shows_the_days_that_have_any_in_the_zone() -> None:
    """As many a line as fit; with digits where a terminal cannot show bars; what is little is still something."""
    hours = {NEWEST + timedelta(hours=hour): count for hour, count in {0: 1, 22: 9, 23: 900}.items()}

    shown = histogram(hours, ZoneInfo("Europe/Zurich"), 30, PLAIN_BARS)

    assert shown == ["Tue ..1.....................", "Wed 19......................"]
    assert histogram(hours, UTC, 30) == ["Tue ▁·····················▁█"]
    assert histogram(hours, ZoneInfo("Europe/Zurich"), 60, PLAIN_BARS) == ["  ".join(shown)]

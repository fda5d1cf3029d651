"""The plan: which entry, which monitors and milestones are for which dataset."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest

from otpushd.model.calendar import PlainTime
from otpushd.model.monitor import Definition, Measure, Monitor
from otpushd.model.plan import AnswerTarget, InputTarget, Plan, PlanEntry, Planned, ProjectMilestone, Review, needed

WHERE = ("plan.yaml", 1, 1)
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def entry(pattern: str, review: str | None = None, **fields: object) -> PlanEntry:
    written = Review(review, timedelta(hours=48), (), PlainTime()) if review else None
    return PlanEntry(pattern, WHERE, review=written, **fields)  # type: ignore[arg-type]


def monitor(*datasets: str) -> Monitor:
    return Monitor(WHERE, datasets, Definition("m", Measure.REJECT_RATE))


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        pytest.param("contracts-legal", "contracts-legal", id="the first that matches"),
        pytest.param("contracts-a", "contracts-*", id="a glob"),
        pytest.param("contracts-special", "contracts-*", id="not a later one, though exact"),
        pytest.param("invoices", None, id="none"),
        pytest.param("x[1]", "x[1]", id="its own name, though that is a glob"),
    ],
)
def test_the_first_entry_that_matches_holds(name: str, pattern: str | None) -> None:
    """File order decides, not how exact an entry is."""
    plan = Plan(tuple(map(entry, ["contracts-legal", "contracts-*", "contracts-special", "x[1]"])))

    assert (found.pattern if (found := plan.entry_for(name)) else None) == pattern


def test_a_dataset_of_reviews_is_matched_by_its_exact_name_only() -> None:
    """In the entries, the monitors and the milestones: its answers are about others' answers."""
    release = ProjectMilestone("r", WHERE, NOON, ("contracts-*",))
    entries = (entry("contracts-*", review="contracts-review"), entry("invoices-*", review="checked"), entry("checked"))
    plan = Plan(entries, (release,), (monitor("contracts-*"), monitor("contracts-review")))

    assert plan.entry_for("contracts-review") is None
    assert plan.entry_for("checked") is entries[2]
    assert plan.monitors_for("contracts-review") == (plan.monitors[1],)
    assert plan.monitors_for("contracts-a") == (plan.monitors[0],)
    assert plan.milestones_for("contracts-review") == ()
    assert plan.milestones_for("contracts-a") == (release,)
    assert plan.reviewing("contracts-review") == (entries[0],)


@pytest.mark.parametrize(
    ("target", "percent", "count"),
    [
        (AnswerTarget(5000), 25.0, 1250),
        (AnswerTarget(3), 50.0, 2),
        (AnswerTarget(1000), 33.3, 333),
        (AnswerTarget(1000), 1.1, 11),
        (AnswerTarget(7), 100.0, 7),
        (AnswerTarget(1), 0.1, 1),
        (InputTarget(2, 2500), 90.0, 2250),
    ],
    ids=str,
)
def test_a_percentage_is_a_whole_number_of_what_is_to_be_done(
    target: AnswerTarget | InputTarget, percent: float, count: int
) -> None:
    """Rounded up, and as people calculate: 1.1 % of 1000 is 11, whatever floats make of it."""
    assert needed(target, percent) == count


@pytest.mark.parametrize(
    ("target", "people"),
    [(None, 2), (AnswerTarget(10), 2), (InputTarget(3, 10), 3), (InputTarget(1, 10), 2)],
    ids=str,
)
def test_two_people_are_the_fewest_who_can_differ(target: AnswerTarget | InputTarget | None, people: int) -> None:
    """However few are to answer an input."""
    assert entry("a", target=target).enough_people == people


def test_everything_about_a_dataset_is_had_at_once() -> None:
    """What a detector asks for with each row."""
    release = ProjectMilestone("r", WHERE, NOON, ("*-a", "contracts-*"))
    entries = (entry("contracts-*", review="contracts-review"), entry("invoices-*", review="contracts-review"))
    plan = Plan(entries, (release,), (monitor("contracts-a", "*"),))

    assert plan.lookup("contracts-a") == Planned(entries[0], plan.monitors, (release,))
    assert plan.lookup("contracts-review") == Planned(reviews=entries)
    assert plan.lookup("other") == Planned(monitors=plan.monitors)


def test_a_date_of_the_project_has_owners_of_its_own() -> None:
    """An event about it carries its name; a glob of datasets says nothing of it."""
    release = ProjectMilestone("release-4", WHERE, NOON, ("contracts-*",), owners=("lea",))
    plan = Plan((entry("*", owners=("ann",), annotators=("bob",)),), (release,))

    assert (plan.owners_of("release-4"), plan.owners_of("contracts-a")) == (("lea",), ("ann",))
    assert plan.annotators_of("contracts-a") == ("bob",)
    assert (plan.milestone("release-4"), plan.milestone("release-5")) == (release, None)
    assert (Plan().owners_of("a"), Plan().annotators_of("a")) == ((), ())


def test_a_plan_of_ten_thousand_entries_finds_ten_thousand_datasets_quickly() -> None:
    """Exact names cost the same however many there are, and what was found once is remembered."""
    names = [f"dataset-{number}" for number in range(10_000)]
    plan = Plan((entry("legal-*"), *map(entry, names), entry("*-old")))
    began = perf_counter()
    first = [plan.entry_for(name) for name in names]
    again = [plan.entry_for(name) for name in names]

    assert [one.pattern for one in first if one] == names
    assert first == again
    assert perf_counter() - began < 2  # 0.04 s here; trying each entry on each name takes minutes

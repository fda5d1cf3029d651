"""A good plan, and what it is read as."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otpushd.config.plan import PlanAround, PlanSettings, load_plan
from otpushd.model.calendar import Calendar, PlainTime
from otpushd.model.monitor import Baseline, By, Definition, Measure, Previous, filled
from otpushd.model.people import People, Person
from otpushd.model.plan import AnswerTarget, ExpectedImport, InputTarget, Plan
from otpushd.model.rotation import Rotation

ZURICH = ZoneInfo("Europe/Zurich")
PEOPLE = People(
    {id: Person(id, id) for id in ("ann", "bob", "lea", "team")}, {"reviewers": ("bob", "ann"), "team": ("ann",)}
)
WHOLE = """
datasets:
  contracts-*:
    owners: lea
    annotators: [ann, reviewers]
    target: 5000
    milestones: [90%, 25%, 33.3%]
    deadline: 2026-12-01T17:00
    remind: [4h, 7d, 2d]
    review: {in: contracts-review, within: 48h, remind: [24h, 4h], hours: office}
    assigned_to: meta.assigned_to
    schema: schemas/task.json
    expect_import: {rows: 1200, by: 2026-11-25T12:00Z}
    idle: {annotators: 8h, dataset: 1d, hours: office}
  contracts-review: {owners: "group:team", total: true, target: {annotations_per_input: 2, inputs: 2500}}
milestones:
  - {name: release-4.2, at: 2026-12-15T12:00, datasets: contracts-*, owners: [lea], remind: [14d, 3d]}
calendars:
  office: {hours: "Mon-Thu 08:00-12:00, 13:00-17:00; Fri 08:00-15:00", holidays: CH-ZH}
  home: {hours: Mon-Sun 00:00-24:00, holidays: [2026-12-25]}
"""


def load(folder: Path, text: str, people: People | None = PEOPLE, now: datetime | None = None) -> Plan:
    """The plan in a text that has no problem."""
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "schemas" / "task.json").write_text('{"required": ["text"]}')
    (folder / "plan.yaml").write_text(text)
    plan, problems = load_plan(folder / "plan.yaml", PlanAround(people, ZURICH, folder, now))
    assert problems == []
    return plan


def test_what_is_written_is_what_is_had(tmp_path: Path) -> None:
    """Every key of an entry: lists in order, groups as their members, local times in the configuration's zone."""
    entry, reviews = load(tmp_path, WHOLE, now=datetime(2026, 11, 23, tzinfo=UTC)).entries

    assert (entry.owners, entry.annotators) == (("lea",), ("ann", "bob"))
    assert (entry.target, entry.milestones, entry.total) == (AnswerTarget(5000), (25.0, 33.3, 90.0), False)
    assert entry.deadline == datetime(2026, 12, 1, 16, tzinfo=UTC)
    assert entry.remind == (timedelta(days=7), timedelta(days=2), timedelta(hours=4))
    assert entry.assigned_to == "meta.assigned_to"
    assert entry.expect_import == ExpectedImport(1200, datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert entry.schema is not None
    assert [one.keyword for one in entry.schema.violations({})] == ["required"]
    assert entry.where == (str(tmp_path / "plan.yaml"), 3, 3)
    assert (reviews.owners, reviews.target, reviews.total) == (("ann",), InputTarget(2, 2500), True)


def test_reviews_and_idle_times_are_counted_in_their_calendar(tmp_path: Path) -> None:
    """48 working hours are six days of eight hours; two of them here are shorter, for it is Friday and a holiday."""
    plan = load(tmp_path, WHOLE)
    entry = plan.entries[0]
    assert entry.review is not None and entry.idle is not None

    assert (entry.review.dataset, entry.review.within) == ("contracts-review", timedelta(hours=48))
    assert (entry.idle.annotators, entry.idle.dataset) == (timedelta(hours=8), timedelta(days=1))
    assert entry.review.hours is entry.idle.hours is plan.calendars["office"]
    monday = datetime(2026, 12, 21, 8, tzinfo=ZURICH)
    assert entry.review.hours.add(monday, timedelta(hours=48)) == datetime(2026, 12, 29, 17, tzinfo=ZURICH)
    assert not plan.calendars["home"].is_open(datetime(2026, 12, 25, 12, tzinfo=UTC))


def test_a_date_of_the_wider_project_is_read(tmp_path: Path) -> None:
    """With the datasets that must be done by then."""
    (release,) = load(tmp_path, WHOLE).milestones

    assert (release.name, release.datasets, release.owners) == ("release-4.2", ("contracts-*",), ("lea",))
    assert release.at == datetime(2026, 12, 15, 11, tzinfo=UTC)
    assert release.remind == (timedelta(days=14), timedelta(days=3))


def test_without_a_calendar_time_is_plain(tmp_path: Path) -> None:
    """`hours` left out."""
    plan = load(tmp_path, "datasets: {a: {review: {in: b, within: 2d}}}")

    assert plan.entries[0].review is not None
    assert plan.entries[0].review.hours == PlainTime()


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        pytest.param("2026-12-01 17:00 America/New_York", datetime(2026, 12, 1, 22, tzinfo=UTC), id="a zone"),
        pytest.param("2026-12-01T17:00+05:30", datetime(2026, 12, 1, 11, 30, tzinfo=UTC), id="an offset"),
        pytest.param("2026-12-01", datetime(2026, 11, 30, 23, tzinfo=UTC), id="a day"),
        pytest.param("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), id="the second of two"),
    ],
)
def test_instants_are_had_in_utc(tmp_path: Path, written: str, instant: datetime) -> None:
    """In the configuration's zone where they name none."""
    plan = load(tmp_path, f"datasets: {{a: {{target: 1, deadline: {written}}}}}")

    assert plan.entries[0].deadline == instant


@pytest.mark.parametrize(
    ("written", "instant", "said"),
    [
        pytest.param(
            "2026-10-25T02:30",
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "02:30 comes twice on that day in Europe/Zurich; the first is meant, unless you write an offset",
            id="twice",
        ),
        pytest.param(
            "2026-03-29T02:30",
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            "there is no 02:30 on that day in Europe/Zurich, where clocks are put forward; 03:30 is meant",
            id="never",
        ),
    ],
)
def test_odd_local_times_are_resolved_with_a_warning(
    tmp_path: Path, written: str, instant: datetime, said: str
) -> None:
    """As RFC 5545 does."""
    (tmp_path / "p").write_text(f"datasets: {{a: {{target: 1, deadline: {written}}}}}")
    plan, problems = load_plan(tmp_path / "p", PlanAround(PEOPLE, ZURICH, tmp_path), "p")

    assert plan.entries[0].deadline == instant
    assert [str(one) for one in problems] == [f"p:1:37: warning: {said}"]


DAY = timedelta(days=1)
JANUARY = Baseline(datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 1, 31, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("measure: reject_rate", Definition("m", Measure.REJECT_RATE)),
        (
            "measure: reject_rate, over: 24h, at_least: 10, above: 30%, clear_below: 25%, by: annotator",
            Definition("m", Measure.REJECT_RATE, DAY, 10, above=0.3, clear_below=0.25, by=By.ANNOTATOR),
        ),
        (
            "measure: mean_score, below: 0.5, clear_above: 0.6, by: label",
            Definition("m", Measure.MEAN_SCORE, below=0.5, clear_above=0.6, by=By.LABEL),
        ),
        ("measure: reject_rate, clear_below: 0.15", Definition("m", Measure.REJECT_RATE, clear_below=0.15)),
        ("measure: accept_rate, below: 0.25", Definition("m", Measure.ACCEPT_RATE, below=0.25)),
        (
            "measure: answers_per_hour, over: 1d, above: 90, below: 5",
            Definition("m", Measure.ANSWERS_PER_HOUR, DAY, above=90, below=5),
        ),
        (
            "measure: low_score_share, over: 1 answer, at_least: 1, above: 10%, low: 0.3",
            Definition("m", Measure.LOW_SCORE_SHARE, 1, 1, above=0.1, low=0.3),
        ),
        ("measure: score_drift", Definition("m", Measure.SCORE_DRIFT, drift=Previous.WINDOW)),
        ("measure: label_drift, above: 0.3", Definition("m", Measure.LABEL_DRIFT, above=0.3)),
        (
            "measure: reject_rate, drift: {against: previous window}",
            Definition("m", Measure.REJECT_RATE, drift=Previous.WINDOW),
        ),
        (
            "measure: score_drift, drift: {against: {from: 2026-01-01, to: 2026-02-01}}",
            Definition("m", Measure.SCORE_DRIFT, drift=JANUARY),
        ),
    ],
    ids=str,
)
def test_monitors_are_read_with_their_usual_bounds(tmp_path: Path, keys: str, expected: Definition) -> None:
    """Shares as fractions, instants in UTC, what was left out filled in."""
    (one,) = load(tmp_path, f"monitors: [{{name: m, datasets: [a-*, b], {keys}}}]").monitors

    assert one.definition == filled(expected)
    assert (one.name, one.datasets) == ("m", ("a-*", "b"))


def test_a_dataset_of_reviews_is_not_hidden_by_a_glob_above_it(tmp_path: Path) -> None:
    """It is matched by its exact name, so that its entry applies."""
    plan = load(tmp_path, WHOLE)

    assert plan.entry_for("contracts-review") is plan.entries[1]


def test_where_nobody_is_known_names_are_kept(tmp_path: Path) -> None:
    """The people file has errors of its own, which are told there."""
    assert load(tmp_path, "datasets: {a: {owners: [zoe]}}", people=None).entries[0].owners == ("zoe",)


def test_regions_without_the_package_are_one_problem_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many calendars name one; dates by themselves need no package."""
    monkeypatch.setitem(sys.modules, "holidays", None)
    hours = "hours: Mon-Fri 08:00-18:00"
    calendars = (
        f"{{a: {{{hours}, holidays: CH}}, b: {{{hours}, holidays: DE}}, c: {{{hours}, holidays: [2026-12-25]}}}}"
    )
    (tmp_path / "plan.yaml").write_text(f"calendars: {calendars}")
    _, (problem,) = load_plan(tmp_path / "plan.yaml", PlanAround(PEOPLE, ZURICH, tmp_path))

    assert "pip install '.[holidays]'" in problem.text


def test_public_holidays_differ_by_region(tmp_path: Path) -> None:
    """Labour Day is one in Zurich, not in Lucerne; Christmas is one everywhere."""
    hours = "hours: Mon-Sun 00:00-24:00"
    text = f"calendars: {{zh: {{{hours}, holidays: CH-ZH}}, lu: {{{hours}, holidays: CH-LU}}}}"
    calendars = load(tmp_path, text).calendars
    days = [date(2026, 5, 1), date(2026, 12, 25), date(2026, 12, 28)]
    noons = [datetime(day.year, day.month, day.day, 11, tzinfo=UTC) for day in days]

    assert [calendars["zh"].is_open(noon) for noon in noons] == [False, False, True]
    assert [calendars["lu"].is_open(noon) for noon in noons] == [True, False, True]
    assert isinstance(calendars["zh"], Calendar)


def test_editors_can_be_told_the_shape() -> None:
    """Every key has a JSON Schema, under the name that is written."""
    schema = PlanSettings.model_json_schema()
    entry = schema["$defs"]["DatasetSettings"]["properties"]

    assert schema["properties"].keys() == {"datasets", "milestones", "calendars", "monitors"}
    assert {"schema", "review", "idle", "expect_import"} <= entry.keys()
    assert schema["$defs"]["MonitorSettings"]["required"] == ["name", "datasets", "measure"]
    assert {"in", "within"} == set(schema["$defs"]["ReviewSettings"]["required"])


def test_a_rotation_owns_nothing(tmp_path: Path) -> None:
    """Who is on call changes, whom a plan names does not; a rule reaches the rotation."""
    people = People(PEOPLE.people, {"oncall": Rotation(("ann", "bob"), 0, None, date(2026, 1, 5), ZURICH)})
    (tmp_path / "p").write_text("datasets: {d: {owners: [lea, oncall]}}")
    _, (problem,) = load_plan(tmp_path / "p", PlanAround(people, ZURICH, tmp_path), "p")

    assert str(problem).startswith("p:1:30: `oncall` is a rotation")
    assert problem.text.endswith("write `to: group:oncall` in a rule")

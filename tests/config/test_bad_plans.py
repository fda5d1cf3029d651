"""What people get wrong in a plan: one mistake a file in bad_plans/, named after it, with what they then read."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otpushd.config.plan import PlanAround, load_plan
from otpushd.model.people import People, Person

FOLDER = Path(__file__).parent / "bad_plans"
BAD = sorted(FOLDER.glob("*.yaml"))
PEOPLE = People({id: Person(id, id) for id in ("ann", "bob", "lea")}, {"reviewers": ("ann", "bob")})
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def lint(path: Path) -> list[str]:
    """What is said about a plan under three people, one group, in Zurich, on 23 November 2026."""
    _, problems = load_plan(path, PlanAround(PEOPLE, ZoneInfo("Europe/Zurich"), FOLDER, NOW), path.name)
    return [str(one).replace(f"{FOLDER}/", "") for one in problems]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_usual_mistake_gives_one_line_at_its_place_with_the_mend(path: Path) -> None:
    """The file's first line, a comment, is `# line:column: what is wrong, and what was probably meant`."""
    expected = path.read_text().split("\n")[0].removeprefix("# ")

    assert lint(path) == [f"{path.name}:{expected}"]


def test_there_are_many_of_them() -> None:
    """Else the test above would pass for an empty folder."""
    assert len(BAD) > 80


def test_one_mistake_hides_no_other(tmp_path: Path) -> None:
    """All are told at once, in the order of the file, whatever their kind."""
    (tmp_path / "plan.yaml").write_text(
        "datasets:\n  a: {target: 0, owners: [lee], colour: red}\n  b: {review: {in: c, within: 2, hours: o}}\n"
        "calendars:\n  o: {hours: Mon 9-5}\nmonitors:\n  - {name: m, datasets: a, measure: mean_score}\n"
    )
    _, problems = load_plan(tmp_path / "plan.yaml", PlanAround(PEOPLE, UTC, tmp_path), "p")

    assert [one.line for one in problems] == [2, 2, 2, 3, 5, 7]

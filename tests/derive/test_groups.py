"""Several datasets together: which count for what, and what they are added up to."""

from otpushd.derive.groups import added_up, groups_of, members
from otpushd.model.ledger import Tally
from otpushd.model.plan import Plan, ProjectMilestone
from tests.days import NINE, entry

PLAN = Plan(
    (entry("news-*", total=True), entry("*")),
    (ProjectMilestone("4.2", ("p", 1, 1), NINE, ("news-a", "sport")),),
)
THERE = {"news-a": 1, "news-b": 2, "sport": 3, "other": 4}


def test_a_total_and_a_milestone_are_groups_of_each_source() -> None:
    here, there = groups_of(PLAN, "main"), groups_of(PLAN, "second")
    assert {type(one.what).__name__ for one in here.values()} == {"PlanEntry", "ProjectMilestone"}
    assert not here.keys() & there.keys()


def test_for_a_milestone_all_datasets_of_a_total_count() -> None:
    total, release = groups_of(PLAN, "main").values()
    assert members([total], PLAN, THERE) == {1, 2}
    assert members([release], PLAN, THERE) == {1, 2, 3}
    assert members([], PLAN, THERE) == set()


def test_tallies_are_added_up_and_left_as_they_are() -> None:
    one = Tally("main", "a", 1, 2, 3, 4, 5, people={"ann": [1, 7]}, first=3, last=7, hours={1: 2})
    two = Tally(
        "main", "b", 1, 1, 1, 1, 1, people={"ann": [2, 5], "bob": [1, 9]}, first=None, last=9, hours={1: 1, 2: 1}
    )
    two.inputs[1] = 4
    whole = added_up("*", [one, two])
    assert (whole.name, whole.answers, whole.added, whole.inputs_by(1)) == ("*", 14, 6, 4)
    assert (whole.people, whole.first, whole.last) == ({"ann": [3, 7], "bob": [1, 9]}, 3, 9)
    assert (whole.hours, one.name, one.hours, one.people) == ({1: 3, 2: 1}, "a", {1: 2}, {"ann": [1, 7]})

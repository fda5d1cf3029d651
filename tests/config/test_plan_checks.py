"""What a plan says of datasets that there are not, once it is known which there are."""

from datetime import UTC
from pathlib import Path

import pytest

from otpushd.config.plan import PlanAround, load_plan
from otpushd.config.plan_checks import plan_warnings

PLAN = """datasets:
  contracts-*: {owners: [], review: {in: contracts-review, within: 2d}}
  invoices: {owners: []}
monitors:
  - {name: m, datasets: [contracts-*], measure: reject_rate}
milestones:
  - {name: release, at: 2026-12-15, datasets: invoices}
"""


@pytest.mark.parametrize(
    ("names", "said"),
    [
        pytest.param(["contracts-a", "invoices"], [], id="all are there"),
        pytest.param(
            ["contracts-a", "invoice"],
            [
                "p:3:3: warning: no dataset is called `invoices` so far; did you mean 'invoice'?",
                "p:7:12: warning: milestone `release`: no dataset is called `invoices` so far; did you mean 'invoice'?",
            ],
            id="a name is wrong",
        ),
        pytest.param(
            ["contracts-review", "invoices"],
            [
                "p:2:3: warning: `contracts-*` applies to no dataset: an entry above, or a review's own, takes what it"
                " matches",
                "p:5:12: warning: monitor `m`: `contracts-*` applies to no dataset: an entry above, or a review's own,"
                " takes what it matches",
            ],
            id="only the reviews are there",
        ),
        pytest.param(
            ["contracts-a", "invoices", "release"],
            ["p:7:12: warning: a dataset has this name too, and its owners would get nothing; choose another"],
            id="a milestone is called as a dataset",
        ),
    ],
)
def test_what_applies_to_no_dataset_is_a_warning_at_its_place(
    tmp_path: Path, names: list[str], said: list[str]
) -> None:
    """A dataset may be created later, so it is no error."""
    (tmp_path / "p").write_text(PLAN)
    plan, problems = load_plan(tmp_path / "p", PlanAround(None, UTC, tmp_path), "p")

    assert problems == []
    assert [str(one) for one in plan_warnings(plan, names)] == said

"""The nearest known name."""

import pytest

from otpushd.files.suggest import did_you_mean, nearest


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("reviewrs", "; did you mean 'reviewers'?"),
        ("REVIEWERS", "; did you mean 'reviewers'?"),
        ("ann", ""),
        ("", ""),
        ("leads", ""),
    ],
)
def test_only_a_near_name_is_suggested(name: str, said: str) -> None:
    """Case is no difference; a far name is not suggested, nor the name itself."""
    assert did_you_mean(name, ["reviewers", "ann-marie-louise", "leads"]) == said


@pytest.mark.parametrize(("name", "near"), [("Reviewrs", "reviewers"), ("ann", None), ("leads", None)])
def test_the_nearest_name_is_given_as_it_is_known(name: str, near: str | None) -> None:
    """For those who say it in words of their own."""
    assert nearest(name, ["reviewers", "leads"]) == near

"""The nearest known name."""

import pytest

from otpushd.files.suggest import did_you_mean


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

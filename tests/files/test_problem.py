"""Problems as the reader sees them."""

from otpushd.files.problem import Problem, Severity, has_errors


def test_a_problem_is_one_line_with_its_place() -> None:
    """`file:line:column: text`, and warnings say that they are."""
    assert str(Problem("a.yaml", 3, 7, "wrong")) == "a.yaml:3:7: wrong"
    assert str(Problem("a.yaml", 3, 7, "odd", Severity.WARNING)) == "a.yaml:3:7: warning: odd"


def test_problems_sort_by_place() -> None:
    """Line 10 comes after line 9."""
    assert sorted([Problem("a", 10, 1, "b"), Problem("a", 9, 5, "a")])[0].line == 9


def test_warnings_are_no_errors() -> None:
    """A file with warnings alone can be used."""
    warning = Problem("a", 1, 1, "odd", Severity.WARNING)
    assert not has_errors([warning])
    assert has_errors([warning, Problem("a", 1, 1, "wrong")])

"""Something wrong inside a text of a rule, before it is known where in which file the text stands."""

from dataclasses import dataclass

from otpushd.files.problem import Severity


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """`offset` counts the text's characters from 0."""

    offset: int
    text: str
    severity: Severity = Severity.ERROR

"""A mapping of a rule file that is being read, with what rules may name around it and what is wrong with it so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from otpushd.files.problem import Problem, Severity
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.event import Catalogue
from otpushd.model.people import People
from otpushd.model.plan import Plan
from otpushd.routing.fixtures import Fixtures
from otpushd.routing.flaw import Flaw


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What rules may name. `people`, `channels` and `expose` are None where there is no configuration."""

    catalogue: Catalogue
    people: People | None
    channels: tuple[str, ...] | None
    expose: tuple[str, ...] | None
    plan: Plan = field(default_factory=Plan)
    fixtures: Fixtures | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What stands at `path`. Everything read from one rule adds to the same `problems`."""

    document: YamlDocument
    path: Steps
    around: Surroundings
    problems: list[Problem] = field(default_factory=list)

    def below(self, *steps: str | int) -> "Written":
        """What stands further inside."""
        return Written(self.document, (*self.path, *steps), self.around, self.problems)

    def has(self, key: str) -> bool:
        """Whether the key was written, rightly or not."""
        data = self.document.at(self.path)
        return isinstance(data, dict) and key in data

    def add(self, steps: Steps, text: str, *, key: bool = False, severity: Severity = Severity.ERROR) -> None:
        """Note what is wrong at `steps` below."""
        self.problems.append(self.document.problem((*self.path, *steps), text, key=key, severity=severity))

    def doubt(self, steps: Steps, text: str, *, key: bool = True) -> None:
        """Note what is probably not meant."""
        self.add(steps, text, key=key, severity=Severity.WARNING)

    def add_flaws(self, key: str, flaws: Sequence[Flaw]) -> None:
        """Note what is wrong within the text of a key."""
        self.problems.extend(
            self.document.problem((*self.path, key), flaw.text, offset=flaw.offset, severity=flaw.severity)
            for flaw in flaws
        )

    def step(self, key: str, index: int) -> Steps:
        """Where entry `index` of a key stands that takes one value or a list."""
        return (key, index) if isinstance(self.document.at((*self.path, key)), list) else (key,)

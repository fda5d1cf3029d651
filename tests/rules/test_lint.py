"""What people get wrong in rule files: one mistake a file in bad/, named after it, with what they then read on top."""

from pathlib import Path

import pytest

from otpushd.check import fixture_plan, fixture_team
from otpushd.derive.catalogue import CATALOGUE
from otpushd.files.problem import Severity
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan, PlanEntry
from otpushd.routing.load import load_rules

BAD = sorted((Path(__file__).parent / "bad").glob("*.yaml"))
PEOPLE = People(
    {
        "ann": Person("ann", "Ann", ("ann",), {"push": "ann@example.org"}),
        "bob": Person("bob", "Bob", ("bob",), {"push": "bob@example.org"}),
        "cid": Person("cid", "Cid", ("cid",), {"push": "cid@example.org"}, opt_out=frozenset({"not-for-*"})),
    },
    {"reviewers": ("ann", "bob")},
)
PLAN = Plan((PlanEntry("contracts-*", ("plan.yaml", 2, 3), owners=("ann",)),))


def lint(path: Path) -> list[str]:
    """What is said about a file under a configuration with three people, a group, a channel and a plan of contracts."""
    _, problems = load_rules(
        [path],
        catalogue=CATALOGUE,
        people=PEOPLE,
        channels=["push"],
        expose=["meta.doc_id"],
        plan=PLAN,
        read_plan=fixture_plan,
        read_team=fixture_team,
        root=path.parent,
    )
    return [str(one) for one in problems]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_usual_mistake_gives_one_line_at_its_place_with_the_mend(path: Path) -> None:
    """The file's first line, a comment, is `# line:column: what is wrong, and what was probably meant`."""
    expected = path.read_bytes().split(b"\n")[0].decode().removeprefix("# ")

    assert lint(path) == [f"{path.name}:{expected}"]


def test_there_are_many_of_them() -> None:
    """Else the test above would pass for an empty folder."""
    assert len(BAD) > 80


@pytest.mark.parametrize("ending", ["\r\n", "\n\n"], ids=["from Windows", "with empty lines"])
def test_line_ends_do_not_move_a_mistake_within_its_line(tmp_path: Path, ending: str) -> None:
    """The column stays, the line is counted in the file as it is."""
    source = Path(__file__).parent / "bad" / "unknown-field-in-when.yaml"
    path = tmp_path / "rules.yaml"
    path.write_bytes(source.read_bytes().replace(b"\n", ending.encode()))
    line = 9 if ending == "\r\n" else 17

    assert lint(path) == [f"rules.yaml:{line}:11: unknown field `scor`; did you mean 'score'?"]


def test_mistakes_of_many_files_come_all_at_once_file_by_file(tmp_path: Path) -> None:
    """One run says what is to be mended everywhere."""
    _, problems = load_rules(BAD, catalogue=CATALOGUE, people=PEOPLE, channels=["push"], expose=["meta.doc_id"])
    # All of them call their rule `r` and most tell ann of the same: more mistakes, in each file but the first.
    among_files = ("is taken at", "as well, and both tell")
    files = list(dict.fromkeys(one.file for one in problems if not any(text in one.text for text in among_files)))

    only_those = ("duplicate-rule-name", "mute-name-twice", "narrowed-rule")
    assert files == [str(path) for path in BAD if path.stem not in only_those]
    assert any(one.severity is Severity.WARNING for one in problems)

"""The demo's rules are the shipped ones with shorter waits, and nothing else about them differs."""

from datetime import timedelta
from pathlib import Path

from otpushd.check import fixture_plan, fixture_team
from otpushd.demo.shipped import shipped_rules
from otpushd.demo.shortened import shorten
from otpushd.derive.catalogue import CATALOGUE
from otpushd.routing.load import load_rules
from otpushd.routing.rule import Rule

SECOND = timedelta(seconds=1)


def rules(folder: Path) -> dict[str, Rule]:
    """By name."""
    files, _ = load_rules(
        [folder],
        catalogue=CATALOGUE,
        people=None,
        channels=None,
        expose=None,
        read_plan=fixture_plan,
        read_team=fixture_team,
    )
    return {rule.name: rule for file in files for rule in file.rules}


def test_groups_close_and_steps_come_within_seconds(tmp_path: Path) -> None:
    """But for the steps of a day and more, which no demo shows."""
    shorten(shipped_rules(), tmp_path / "rules")
    short = rules(tmp_path / "rules")

    waits = [rule.collect for rule in short.values() if rule.collect]
    steps = [step.after for rule in short.values() for step in rule.escalate]

    assert {one.wait for one in waits} == {SECOND}
    assert {one.max_wait for one in waits} == {10 * SECOND}
    assert 3 * SECOND in steps
    assert all(after == 3 * SECOND or after >= timedelta(days=1) for after in steps)


def test_everything_else_is_as_shipped(tmp_path: Path) -> None:
    """Line by line, but for the tests, which are about the waits."""
    shorten(shipped_rules(), tmp_path / "rules")

    for path in shipped_rules().glob("*.yaml"):
        shipped = path.read_text().partition("\nfixtures:")[0].splitlines()
        short = (tmp_path / "rules" / path.name).read_text().splitlines()
        differing = [one for one, other in zip(shipped, short, strict=True) if one != other]
        assert all("wait:" in line or "after:" in line for line in differing)
        assert len(differing) < 4

"""Rules that remember, a person in quiet hours, and commands beside the daemon, for stories in the real command."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from world import Team, wait_for

ZONE = ZoneInfo("Europe/Zurich")
"""The configuration's, in which the people's clocks are read."""
OVER = "on: answer.saved, when: 'event.dataset == trigger.dataset && event.answer == \"accept\"'"
"""What ends the cause in these stories: somebody accepts something in the same dataset."""
COLLECTS = (
    "{name: group, on: answer.saved, to: [ann, lea], title: '{{ count }} in {{ dataset }}',"
    " collect: {by: [dataset], wait: WAIT}}"
)
RESOLVES = (
    "{name: bad, on: answer.saved, match: {answer: reject}, to: [ann, lea], title: bad,"
    f" resolve: {{{OVER}, title: over}}}}"
)
SAYS = "{name: seen, on: answer.saved, match: {answer: ignore}, to: lea, title: 'seen {{ example }}'}"


def escalates(after: str) -> str:
    """Lea is told, and Ann if nothing ends it."""
    step = f"{{after: {after}, to: ann, title: nobody came, until: {{{OVER}}}}}"
    return f"{{name: urgent, on: answer.saved, match: {{answer: reject}}, to: lea, title: come, escalate: [{step}]}}"


def ruled(team: Team, *rules: str) -> None:
    """These are the team's rules."""
    team.write("rules.yaml", "rules:\n" + "".join(f"  - {rule}\n" for rule in rules))


def wishes(team: Team, who: str, wish: str) -> None:
    """What a person of people.yaml wants besides."""
    team.edit("people.yaml", f"push: {who}@example.org", f"push: {who}@example.org, {wish}")


def quiet_now() -> str:
    """Quiet hours that began an hour ago and end in two."""
    now = datetime.now(UTC).astimezone(ZONE)
    begin, end = ((now + timedelta(hours=hours)).strftime("%H:%M") for hours in (-1, 2))
    return f'quiet: {{daily: "{begin}-{end}"}}'


def said(team: Team) -> list[tuple[str, str]]:
    """Who got what, in the order in which it arrived."""
    return [(one["to"], one["notification"]["title"]) for one in documents(team)]


def documents(team: Team) -> list[dict[str, Any]]:
    """What arrived, each with whom it is for under `to`."""
    people = dict(team.stored("SELECT id, person FROM notification"))
    accepted = team.gateway.received("accepted")
    return [{**one["document"], "to": people[one["filename"].removesuffix(".json")]} for one in accepted]


def hears(team: Team, *expected: tuple[str, str]) -> None:
    """Wait until as many messages arrived, which must be these, in any order."""
    wait_for(lambda: len(team.gateway.received("accepted")) >= len(expected), f"{expected}\n{team.logged()}")
    assert sorted(said(team)) == sorted(expected)


def stands(team: Team, expected: dict[str, int]) -> None:
    """Wait until so many messages stand so: what the gateway took is written down a moment later."""
    by_state = "SELECT state, count(*) FROM notification GROUP BY state"
    wait_for(lambda: dict(team.stored(by_state)) == expected, f"{expected}, not {team.stored(by_state)}")


def told(team: Team, *arguments: str) -> str:
    """What another command says beside the daemon."""
    command: Sequence[str] = (
        sys.executable,
        "-m",
        "otpushd",
        *arguments,
        "--config",
        str(team.folder / "otpushd.yaml"),
    )
    done = subprocess.run(command, cwd=team.folder, capture_output=True, text=True, timeout=30)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def open_cases(team: Team) -> int:
    """How much the rules have going on."""
    ((count,),) = team.stored("SELECT count(*) FROM rule_case")
    return int(count)


def body(one: dict[str, Any]) -> str:
    """What a message says."""
    text = one["notification"]["body"]
    return text if isinstance(text, str) else json.dumps(text)

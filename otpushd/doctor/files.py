"""Judges the files that people wrote: who may read and change them, what is wrong in them, whom they leave out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from otpushd.doctor.finding import Area, Finding, number
from otpushd.files.problem import Problem, Severity
from otpushd.model.people import Person

CONFIGURATION = Area("configuration")
PEOPLE = Area("people")
MACHINE = Area("this machine")
MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as it should be shown, its permission bits, and whether a secret stands in it."""

    path: Path
    mode: int
    secret: bool


def judge_files(files: Sequence[FileFacts]) -> Iterator[Finding]:
    """Who may read what holds a secret, and who may change what decides to whom messages go."""
    read = [one for one in files if one.secret and one.mode & 0o004]
    written = [one for one in files if one.mode & 0o002]
    for one in read:
        what = f"everybody on this machine may read {one.path}, which holds a secret (mode {one.mode:04o})"
        yield CONFIGURATION.problem(
            what, f"chmod o-rwx {one.path}; otpushd's user then has to own it or to be in its group"
        )
    for one in written:
        what = f"everybody on this machine may change {one.path} (mode {one.mode:04o})"
        yield CONFIGURATION.problem(what, f"chmod o-w {one.path}")
    if not read and not written:
        yield CONFIGURATION.ok(f"{number(len(files), 'file')}; nobody else may change them, or read a secret in them")


def judge_plain(keys: Iterable[str], urls: Iterable[str]) -> Iterator[Finding]:
    """Secrets that stand in the configuration itself, under these keys or in the URLs of these."""
    goes = "in the configuration itself, and goes wherever that is copied to"
    for key in keys:
        mend = "put it into a file of its own, mode 600, and write {file: PATH}"
        yield CONFIGURATION.warning(f"the secret under `{key}` stands {goes}", mend)
    for name in urls:
        mend = "leave it out, and put it into ~/.pgpass of otpushd's user, mode 600, or into PGPASSWORD"
        yield CONFIGURATION.warning(f"the password in the URL of {name} stands {goes}", mend)


def judge_problems(problems: Sequence[Problem], config: Path) -> Iterator[Finding]:
    """What check-rules says, in brief: how many, and the first."""
    for severity, make in ((Severity.ERROR, CONFIGURATION.problem), (Severity.WARNING, CONFIGURATION.warning)):
        found = [one for one in problems if one.severity is severity]
        if found:
            more = f", the first of {number(len(found), severity.value)}" if len(found) > 1 else ""
            first = f"{found[0].file}:{found[0].line}:{found[0].column}: {found[0].text}"
            yield make(f"{first}{more}", f"otpushd check-rules --config {config}")
    if not problems:
        yield CONFIGURATION.ok("configuration, people, rules and the rules' tests are good")


def judge_people(people: Mapping[str, Person], channels: Sequence[str]) -> Iterator[Finding]:
    """Whom nothing can be sent to."""
    unreachable = [id for id, person in people.items() if not any(name in person.addresses for name in channels)]
    if not unreachable:
        yield PEOPLE.ok(f"{number(len(people), 'person', 'people')}, each with an address")
        return
    shown = ", ".join(unreachable[:MOST_NAMES]) + (" and others" if len(unreachable) > MOST_NAMES else "")
    what = f"{number(len(unreachable), 'person', 'people')} of {len(people)} without an address on any channel: {shown}"
    yield PEOPLE.warning(
        what, f"give each an address under a channel's name ({', '.join(channels)}) in the people file"
    )


def judge_machine(zones: bool, root: bool) -> Iterator[Finding]:
    """`zones`: whether a time zone could be found by its name. `root`: whether doctor may read and write everything."""
    if zones:
        yield MACHINE.ok("the time zone database is there")
    else:
        yield MACHINE.problem("there is no time zone database", "install the system's tzdata, or pip install tzdata")
    if root:
        yield MACHINE.note(
            "doctor runs as root, who may read and write everything: rights on files are not tested",
            "run it as the daemon's user: sudo -u USER otpushd doctor …",
        )

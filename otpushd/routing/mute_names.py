"""What mutes are called, and whether they hold back anything, over all rule files. `explain` shows the names."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from otpushd.files.problem import Problem, Severity
from otpushd.files.suggest import did_you_mean
from otpushd.files.yaml_document import YamlDocument
from otpushd.model.glob import glob
from otpushd.routing.rule import Mute


def named_mutes(files: Sequence[tuple[str, Sequence[Mute]]]) -> list[tuple[Mute, ...]]:
    """The mutes of each file, given with the file's name; those without a name have one that is nobody else's.

    It is that of the file and a number within it, such as `night-mute-1`: what stays open in the store is found again
    by it.
    """
    taken = {mute.name for _, mutes in files for mute in mutes if mute.name}
    named = []
    for file, mutes in files:
        own = []
        for number, mute in enumerate(mutes, 1):
            name = mute.name or _free(f"{Path(file).stem}-mute-{number}", taken)
            taken.add(name)
            own.append(replace(mute, name=name))
        named.append(tuple(own))
    return named


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number, free = number + 1, f"{name}-{number + 1}"
    return free


def check_mutes(documents: Sequence[YamlDocument]) -> Iterator[Problem]:
    """Names that come twice, and globs that fit the name of no rule in any file, right or wrong."""
    rules = [name for document in documents for _, name in _entries(document, "rules") if isinstance(name, str)]
    first: dict[str, str] = {}
    for document in documents:
        for index, name in _entries(document, "mute"):
            path = ("mute", index)
            if isinstance(name, str) and name in first:
                text = f"the mute name {name!r} is taken at {first[name]}"
                yield document.problem((*path, "name"), text)
            elif isinstance(name, str):
                line, column = document.position((*path, "name"))
                first[name] = f"{document.file}:{line}:{column}"
            written = document.at((*path, "rules"))
            for step, pattern in enumerate(written if isinstance(written, list) else [written]):
                if isinstance(pattern, str) and not any(map(glob(pattern), rules)):
                    at = (*path, "rules", step) if isinstance(written, list) else (*path, "rules")
                    text = f"no rule is called {pattern!r}{did_you_mean(pattern, rules)}"
                    yield document.problem(at, text, severity=Severity.WARNING)


def _entries(document: YamlDocument, key: str) -> Iterator[tuple[int, object]]:
    """Every entry below a key of a file, by its number, with its `name`."""
    entries = document.at((key,))
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        yield index, entry.get("name") if isinstance(entry, dict) else None

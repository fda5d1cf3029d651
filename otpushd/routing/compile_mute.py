"""One entry of a file's `mute`: which rules are held back while something is open, to a Mute."""

from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem, has_errors
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.routing.compile_on import read_conditions, read_datasets, read_types
from otpushd.routing.compile_until import Trigger, read_until
from otpushd.routing.impossible import why_never
from otpushd.routing.rule import Mute
from otpushd.routing.rule_file import MuteKeys, WhileKeys
from otpushd.routing.unending import of_mute
from otpushd.routing.written import Surroundings, Written


def compile_mute(document: YamlDocument, path: Steps, around: Surroundings) -> tuple[Mute | None, list[Problem]]:
    """The mute at `path`, or None with at least one error. Without a name of its own it has an empty one."""
    keys, problems = read_keys(MuteKeys, document, path)
    written = Written(document, path, around, problems)
    if not isinstance(document.at(path), dict):
        return None, problems
    for key in ("rules", "while"):
        if not written.has(key):
            written.add((), f"`{key}` is missing")
    if keys.rules == ():
        written.add(("rules",), '`rules` names none; for all write `rules: "*"`')
    if keys.name is not None and not keys.name.strip():
        written.add(("name",), "`name` is empty; leave it out for one of its own")
    if keys.during is None:
        return None, problems
    inner = written.below("while")
    during, wrong = read_keys(WhileKeys, document, inner.path)
    problems += wrong
    for key in ("on", "until"):
        if not inner.has(key):
            inner.add((), f"`{key}` is missing")
    on, fields = read_types(inner, during.on or ())
    datasets = read_datasets(inner, during.datasets, on)
    matchers, condition = read_conditions(inner, during.match, during.when, fields)
    until = read_until(inner, "until", Trigger(on, fields))
    if has_errors(problems) or until is None or fields is None:
        return None, problems
    line, column = document.position(path)
    place = f"{document.file}:{line}:{column}"
    rules = tuple(dict.fromkeys(keys.rules or ()))
    mute = Mute(keys.name or "", place, rules, on, datasets, matchers, condition, until.counterpart)
    for steps, text in why_never(mute, during.match or {}, fields):
        inner.doubt(steps, text, key=steps[0] != "when")
    for doubt in of_mute(mute):
        written.doubt(doubt.path, doubt.text, key=doubt.key)
    return mute, problems

"""`queue` in a rule's `action` as it is written, checked against the rule's event types, to a QueueAction."""

from otpushd.files.problem import Problem
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.queue import parse_selection
from otpushd.routing.fields import Fields
from otpushd.routing.queue_action import NAMING, QueueAction
from otpushd.routing.rule_file import QueueKeys
from otpushd.routing.template import Part, compile_template


def read_queue(
    document: YamlDocument, path: Steps, keys: QueueKeys, fields: Fields | None, expose: tuple[str, ...] | None
) -> tuple[QueueAction | None, list[Problem]]:
    """The queue written at `path`, None where its file cannot be told, and what is wrong with it.

    Without `fields` nothing can be said of the rule's events.
    """
    problems: list[Problem] = []
    if keys.selection is not None:
        try:
            parse_selection(keys.selection)
        except ValueError as error:
            problems.append(document.problem((*path, "selection"), str(error)))
    if fields is None:
        return None, problems
    if keys.selection is None and not any(name in fields for name in NAMING):
        text = "these events name no examples; say which, such as `selection: lowest 50 scores`"
        problems.append(document.problem(path, text, key=True))
    if not keys.file.strip() or keys.file.rstrip().endswith("/"):
        problems.append(document.problem((*path, "file"), "`file` names no file"))
    template, flaws = compile_template(keys.file, Part.FILE, fields, expose)
    problems += [
        document.problem((*path, "file"), flaw.text, offset=flaw.offset, severity=flaw.severity) for flaw in flaws
    ]
    if template is not None and template.personal:
        text = "a queue is the same for everybody: `file` cannot name a `recipient`"
        problems.append(document.problem((*path, "file"), text))
    return None if template is None else QueueAction(template, keys.selection), problems

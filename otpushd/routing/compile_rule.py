"""One rule of a file, checked against everything it names, to a Rule. Every problem is reported, not only the first."""

import re
from collections.abc import Iterable
from dataclasses import replace

from otpushd.files.keys import read_keys
from otpushd.files.problem import Problem, has_errors
from otpushd.files.yaml_document import Steps, YamlDocument
from otpushd.model.delivery import DIGEST, Priority
from otpushd.routing.compile_collect import read_collect, read_intervals
from otpushd.routing.compile_escalate import read_escalation, read_resolve
from otpushd.routing.compile_on import read_conditions, read_datasets, read_types
from otpushd.routing.compile_targets import About, read_targets
from otpushd.routing.compile_until import Ending, Trigger, read_until
from otpushd.routing.compile_wording import read_wording
from otpushd.routing.doubtful import doubts
from otpushd.routing.fields import Fields
from otpushd.routing.queue_action import QueueAction
from otpushd.routing.queue_check import read_queue
from otpushd.routing.recipients import FieldTarget, Target
from otpushd.routing.rule import Escalation, Rule, Wording
from otpushd.routing.rule_file import LATER_RULE_KEYS, RuleKeys
from otpushd.routing.template import MessageTemplate
from otpushd.routing.told_fields import TRIGGER, of_rule
from otpushd.routing.written import Surroundings, Written

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_PLAIN = Wording((), Priority.NORMAL, None, None, None, None)
_OF_MESSAGES = ("collect", "repeat", "remind_every", "until", "escalate", "resolve")


def compile_rule(document: YamlDocument, path: Steps, around: Surroundings) -> tuple[Rule | None, list[Problem]]:
    """The rule at `path`, or None with at least one error. Warnings may come with a rule."""
    keys, problems = read_keys(RuleKeys, document, path, LATER_RULE_KEYS, elsewhere=("mute",))
    written = Written(document, path, around, problems)
    if not isinstance(document.at(path), dict):
        return None, problems
    _check_shape(written, keys)
    on, fields = read_types(written, keys.on or ())
    datasets = read_datasets(written, keys.datasets, on)
    matchers, condition = read_conditions(written, keys.match, keys.when, fields)
    collect, key = read_collect(written, keys, on, fields)
    told = fields and of_rule(fields, collects=written.has("collect"), repeats=written.has("repeat"))
    wording = read_wording(written, keys, told, _PLAIN)
    targets = read_targets(written, keys.to, wording.channels, About(on, fields, datasets, keys.name or ""))
    queue = _queue(written, keys, fields)
    if fields is None:
        return None, problems
    line, column = document.position((*path, "name"))
    rule = Rule(
        name=keys.name or "",
        place=f"{document.file}:{line}:{column}",
        on=on,
        datasets=datasets,
        matchers=matchers,
        condition=condition,
        targets=targets,
        channels=wording.channels,
        priority=wording.priority,
        title=wording.title,
        body=wording.body,
        link=wording.link,
        expires=wording.expires,
        queue=queue,
        key=key,
        collect=collect,
        repeat=read_intervals(written, "repeat", keys.repeat),
        remind_every=read_intervals(written, "remind_every", keys.remind_every),
    )
    rule = _with_what_follows(rule, written, keys, Trigger(on, told))
    if has_errors(problems):
        return None, problems
    for doubt in doubts(rule, keys, fields, around.channels):
        written.doubt(doubt.path, doubt.text, key=doubt.key)
    return rule, problems


def _queue(written: Written, keys: RuleKeys, fields: Fields | None) -> QueueAction | None:
    if keys.action is None:
        return None
    place, expose = (*written.path, "action", "queue"), written.around.expose
    queue, wrong = read_queue(written.document, place, keys.action.queue, fields, expose)
    written.problems.extend(wrong)
    return queue


def _check_shape(written: Written, keys: RuleKeys) -> None:
    """What is missing, or cannot stand together."""
    for key in ("name", "on"):
        if not written.has(key):
            written.add((), f"`{key}` is missing")
    if not written.has("to") and not written.has("action"):
        written.add((), "`to` is missing, or an `action`: nothing would happen")
    if written.has("to") and not written.has("title"):
        written.add((), "`title` is missing")
    if written.has("mute"):
        written.add(("mute",), "`mute` stands beside `rules`, not in a rule", key=True)
    if keys.name is not None and not _NAME.fullmatch(keys.name):
        text = "a rule's name is letters, digits, `-`, `_` and `.`, at most 80, such as `expert-rejects`"
        written.add(("name",), text)
    if keys.name == DIGEST:
        written.add(("name",), f"`{DIGEST}` is what several messages in one are called; choose another name")
    for key in _OF_MESSAGES:
        if written.has(key) and not written.has("to"):
            written.add((key,), f"`{key}` is about messages, and this rule has no `to`", key=True)
    if written.has("remind_every") and not (written.has("resolve") or written.has("until")):
        text = "`remind_every` never ends: write `until`, the event that ends the cause, or `resolve`"
        written.add(("remind_every",), text, key=True)


def _with_what_follows(rule: Rule, written: Written, keys: RuleKeys, trigger: Trigger) -> Rule:
    """The rule with `until`, `escalate` and `resolve`, and whether they need the whole task."""
    until = read_until(written, "until", trigger)
    resolve, end = read_resolve(written, rule.wording, trigger) if keys.resolve is not None else (None, None)
    about = About(rule.on, trigger.fields, rule.datasets, rule.name)
    steps: tuple[Escalation, ...] = ()
    endings: list[Ending] = []
    if keys.escalate is not None:
        stop = until or end
        steps, endings = read_escalation(written, len(keys.escalate), rule.wording, about, trigger, stop)
    rule = replace(rule, until=until.counterpart if until else None, escalate=steps, resolve=resolve)
    conditions = any(one.keeps_task for one in (until, end, *endings) if one is not None)
    return replace(rule, keeps_task=conditions or _reads_task_later(rule))


def _reads_task_later(rule: Rule) -> bool:
    """Whether something that is made after the trigger's time reads the trigger's task."""
    wordings = [step.wording for step in rule.escalate] + ([rule.resolve.wording] if rule.resolve else [])
    targets: list[Target] = [target for step in rule.escalate for target in step.targets]
    if rule.collect or rule.remind_every:
        wordings.append(rule.wording)
        targets += rule.targets
    texts = [text for one in wordings for text in (one.title, one.body, one.link) if text is not None]
    return _read_task(texts) or any(isinstance(one, FieldTarget) and _is_task(one.name) for one in targets)


def _read_task(texts: Iterable[MessageTemplate]) -> bool:
    return any(path[0] == "task" or path[:2] == (TRIGGER, "task") for text in texts for _, path in text.slots)


def _is_task(name: str) -> bool:
    return name.partition(".")[0] == "task"

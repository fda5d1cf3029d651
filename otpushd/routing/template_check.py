"""What a template may do, checked on its syntax tree: read named values, ask conditions, use our filters. No more.

Every value a template reads becomes one flat variable, so that nothing at all is looked up while rendering.
"""

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from jinja2 import nodes

from otpushd.files.problem import Severity
from otpushd.files.suggest import did_you_mean
from otpushd.model.event import CONTENT_FIELDS, Kind
from otpushd.routing.fields import Fields, Path, dotted, has_parts, no_parts, unknown_field
from otpushd.routing.flaw import Flaw
from otpushd.routing.show import FILTERS, TESTS
from otpushd.routing.told_fields import SUPPRESSED, TRIGGER, collected

RULE_PARTS = ("name", "priority")
RECIPIENT_PARTS = ("id", "name", "session", "address")
_OBJECTS = {"rule": RULE_PARTS, "recipient": RECIPIENT_PARTS}

_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Div, nodes.Neg,
    nodes.Pos, nodes.List, nodes.Tuple, nodes.Filter, nodes.Test,
)  # fmt: skip
_REFUSED = {
    nodes.For: "a loop; a list shows its entries by itself, or use `| join`",
    nodes.Call: "a call; use a filter such as `| upper`",
    nodes.Mul: "`*`; for a share write `| percent`",
    nodes.Pow: "`**`",
    nodes.Mod: "`%`; for fewer decimals write `| round(2)`",
    nodes.Concat: "`~`; write {{ a }}{{ b }}",
    nodes.Include: "`include`",
    nodes.Import: "`import`",
    nodes.FromImport: "`import`",
    nodes.Extends: "`extends`",
    nodes.Macro: "a macro",
    nodes.Assign: "`set`",
}
_REGION = re.compile(r"\{#[\s\S]*?#\}|\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}")
_WORD = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*""")


@dataclass(slots=True)
class Check:
    """What is being checked and what has been found: `slots` maps each made-up variable to what it reads."""

    text: str
    fields: Fields
    expose: Sequence[str] | None
    slots: dict[str, Path] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)

    def flaw(self, line: int, word: str, what: str, severity: Severity = Severity.ERROR) -> None:
        """Note what is wrong with a word on a line or after it."""
        flaw = Flaw(place_of(self.text, line, word), what, severity)
        if flaw not in self.flaws:
            self.flaws.append(flaw)


def check(tree: nodes.Node, found: Check) -> nodes.Node:
    """The tree with flat variables in place of names and paths; what is wrong with it is added to `found`."""
    path, line = _path(tree), tree.lineno
    if path is not None:
        return nodes.Name(_slot(path, line, found), "load", lineno=line)
    if not isinstance(tree, _ALLOWED):
        word = "set" if isinstance(tree, nodes.Assign) else type(tree).__name__.lower()
        found.flaw(line, word, f"templates cannot use {_REFUSED.get(type(tree), f'`{word}`')}")
        return tree
    if isinstance(tree, nodes.Filter):
        _check_filter(tree, found)
    if isinstance(tree, nodes.Test) and tree.name not in TESTS:
        found.flaw(line, tree.name, f"unknown test `{tree.name}`{did_you_mean(tree.name, TESTS)}")
    for name, value in list(tree.iter_fields()):
        if isinstance(value, nodes.Node):
            setattr(tree, name, check(value, found))
        elif isinstance(value, list):
            setattr(tree, name, [check(one, found) if isinstance(one, nodes.Node) else one for one in value])
    return tree


def place_of(text: str, line: int, word: str) -> int:
    """The offset of a word in a template's code on a line or after it; of the code on that line if it is not there."""
    start = sum(len(one) + 1 for one in text.split("\n")[: line - 1])
    first = None
    for region in _REGION.finditer(text):
        if region.end() <= start or region[0].startswith("{#"):
            continue
        if first is None:
            first = region.start()
        for found in _WORD.finditer(text, max(region.start(), start), region.end()):
            if word and found[0] == word:
                return found.start()
    return start if first is None else first


def _path(tree: nodes.Node) -> Path | None:
    """`meta.doc_id`, `labels[0]` or `meta["a b"]` as a path; None for anything else."""
    if isinstance(tree, nodes.Name):
        return (tree.name,)
    if isinstance(tree, nodes.Getattr):
        above = _path(tree.node)
        return None if above is None else (*above, tree.attr)
    if isinstance(tree, nodes.Getitem) and isinstance(tree.arg, nodes.Const) and type(tree.arg.value) in (str, int):
        above = _path(tree.node)
        return None if above is None else (*above, tree.arg.value)
    return None


def _slot(path: Path, line: int, found: Check) -> str:
    for flaw in _path_flaws(path, found):
        found.flaw(line, *flaw)
    for slot, other in found.slots.items():
        if other == path:
            return slot
    slot = f"value_{len(found.slots)}"
    found.slots[slot] = path
    return slot


def _path_flaws(path: Path, found: Check) -> Iterator[tuple[str, str] | tuple[str, str, Severity]]:
    root, rest = str(path[0]), path[1:]
    if root in _OBJECTS and (rest or root not in found.fields):
        names = _OBJECTS[root]
        if len(rest) != 1 or rest[0] not in names:
            word = str(rest[0]) if rest else root
            nearest = did_you_mean(word, names) if rest else ""
            yield word, f"unknown: `{dotted(path)}`{nearest or '; there is ' + ', '.join(f'{root}.{p}' for p in names)}"
    elif root == TRIGGER and root in found.fields and (parts := found.fields[root].parts) is not None:
        yield from _trigger_flaws(rest, parts, found.expose)
    elif root in ("event", TRIGGER) and rest and root not in found.fields:
        yield root, f"the event's fields are bare names here: write `{dotted(rest)}`"
    elif root not in found.fields and (needed := _needed(root, found.fields)):
        yield root, f"`{root}` is there only in messages of a rule with `{needed}`"
    elif root != "type" and root not in found.fields:
        yield root, unknown_field(root, (*found.fields, *_OBJECTS))
    elif rest and not _may_look_into(root, rest, found.fields):
        yield str(rest[0]), no_parts(root)
    elif root in CONTENT_FIELDS:
        yield from _exposure(path, found.expose)


def _trigger_flaws(
    rest: Path, parts: Fields, expose: Sequence[str] | None
) -> Iterator[tuple[str, str] | tuple[str, str, Severity]]:
    """Of `trigger.NAME`, which is content where NAME is."""
    if not rest:
        yield TRIGGER, "`trigger` is a whole event; name one of its fields, such as `trigger.dataset`"
        return
    name = str(rest[0])
    if name not in parts:
        yield name, unknown_field(name, parts)
    elif rest[1:] and not _may_look_into(name, rest[1:], parts):
        yield str(rest[1]), no_parts(f"{TRIGGER}.{name}")
    elif name in CONTENT_FIELDS:
        yield from _exposure(rest, expose)


def _needed(name: str, fields: Fields) -> str:
    """Which key of a rule would make the name known."""
    if name == SUPPRESSED:
        return "repeat"
    return "collect" if name in collected(fields) else ""


def _may_look_into(root: str, rest: Path, fields: Fields) -> bool:
    known = fields.get(root)
    if known is not None and known.kind in (Kind.STRINGS, Kind.INTEGERS):
        return len(rest) == 1 and isinstance(rest[0], int)
    return known is not None and has_parts(known)


def _exposure(path: Path, expose: Sequence[str] | None) -> Iterator[tuple[str, str] | tuple[str, str, Severity]]:
    name = dotted(path)
    if expose is None:
        yield (
            str(path[0]),
            f"`{name}` is content: it is sent only if `expose` of the configuration names it",
            Severity.WARNING,
        )
    elif not any(name == one or name.startswith(f"{one}.") for one in expose):
        line = f"expose: [{', '.join((*expose, name))}]"
        yield (
            str(path[0]),
            f"`{name}` is content, which does not leave this machine; to allow it write `{line}` in otpushd.yaml",
        )


def _check_filter(tree: nodes.Filter, found: Check) -> None:
    function = FILTERS.get(tree.name)
    if function is None:
        known = did_you_mean(tree.name, FILTERS) or f"; known: {', '.join(FILTERS)}"
        found.flaw(tree.lineno, tree.name, f"unknown filter `{tree.name}`{known}")
    elif tree.node is None or tree.dyn_args is not None or tree.dyn_kwargs is not None:
        found.flaw(tree.lineno, tree.name, f"`{tree.name}` cannot be used in this way")
    else:
        try:
            inspect.signature(function).bind(None, *tree.args, **{str(one.key): one.value for one in tree.kwargs})
        except TypeError as error:
            found.flaw(tree.lineno, tree.name, f"`{tree.name}`: {error}")

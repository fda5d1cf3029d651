"""Finds what is wrong with a document template before any message needs it. Reads no file and sends nothing.

Invariant: an allowed template cannot loop, call, multiply or look up a computed name, so its cost is bounded by its
own length and the message's.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from otpushd.files.suggest import did_you_mean
from otpushd.model.delivery import Message, Priority, Recipient
from otpushd.push.document import FILTERS, Document, DocumentError, context, environment, parsed

LARGEST_SOURCE = 65_536

NAMES = ("body", "event", "expires_at", "id", "link", "priority", "recipient", "rule", "title")
_PARTS: Mapping[str, tuple[str, ...]] = {
    "recipient": ("address", "id", "name"),
    "event": ("data", "id", "source", "specversion", "subject", "time", "type"),
}
_ALLOWED: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Const),
    *(nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test),
    *(nodes.Concat, nodes.Add, nodes.Sub, nodes.Div, nodes.Neg, nodes.Pos, nodes.List, nodes.Tuple, nodes.Dict),
    *(nodes.Pair, nodes.Keyword),
)
_REFUSED = {
    "For": "loops are not allowed in a push document",
    "Call": "calls are not allowed in a push document; use filters, such as `| upper`",
    "Mul": "`*` is not allowed in a push document",
    "Pow": "`**` is not allowed in a push document",
    "Mod": "`%` is not allowed in a push document",
    "FloorDiv": "`//` is not allowed in a push document",
    "Assign": "`set` is not allowed in a push document",
    "AssignBlock": "`set` is not allowed in a push document",
    "Slice": "slices are not allowed in a push document; use `| truncate`",
}
_QUOTING = "write {{ name }} between quotes, {{ name | tojson }} without"
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A template as a Document without a schema, what it makes of the specimens, and what is wrong with it."""

    document: Document | None = None
    specimens: tuple[dict[str, Any], ...] = ()
    problems: tuple[str, ...] = ()


def compiled(source: str, name: str) -> Checked:
    """The template, compiled and tried; each problem is `name:line: …`, and with one there is no document.

    It is rendered for two specimen messages, with and without link and expiry, and must give a JSON object each time.
    """
    jinja = environment()
    if len(source) > LARGEST_SOURCE:
        return Checked(problems=(f"{name}: longer than {LARGEST_SOURCE} characters",))
    try:
        tree = jinja.parse(source, name, name)
        problems = tuple(f"{name}:{line}: {text}" for line, text in sorted(set(_found(tree))))
        return Checked(problems=problems) if problems else _tried(_document(jinja, source, name), _event_leaves(tree))
    except TemplateSyntaxError as error:
        return Checked(problems=(f"{name}:{error.lineno}: {error.message}",))
    except (TemplateError, SyntaxError, ValueError, RecursionError) as error:
        return Checked(problems=(f"{name}: not a template that can be used ({type(error).__name__})",))


def specimen(data: Mapping[str, Any], *, bare: bool = False) -> Message:
    """A message with texts that break sloppy quoting; `bare` has neither link nor expiry. `data` is the event's."""
    awkward = 'Say "hi" \\ to\nÅsa \u2603'
    return Message(
        id="otpushd-specimen",
        title=awkward,
        body=awkward,
        link=None if bare else "https://prodigy.invalid/?session=specimen",
        priority=Priority.NORMAL,
        expires_at=None if bare else datetime(2026, 1, 1, tzinfo=UTC),
        rule="specimen",
        event={
            "specversion": "1.0",
            "id": "specimen",
            "source": "specimen",
            "type": "specimen",
            "time": "2026-01-01T00:00:00Z",
            "subject": "specimen",
            "data": data,
        },
        recipient=Recipient(address="specimen@invalid", id="specimen", name=awkward, session=None),
    )


def _document(jinja: ImmutableSandboxedEnvironment, source: str, name: str) -> Document:
    # The file name makes Jinja map failures back to the operator's lines.
    code = jinja.compile(source, name, name)
    return Document(name, jinja.template_class.from_code(jinja, code, jinja.make_globals(None)))


def _tried(document: Document, leaves: Mapping[Path, Any]) -> Checked:
    """Renders the specimens. A failure shows the output's line: a specimen is nobody's content."""
    data = _nested(leaves)
    made = []
    for bare, when in ((False, ""), (True, " where link and expires_at are null")):
        message = specimen(data, bare=bare)
        try:
            made.append(parsed(document.text(context(message, message.body)), document.name))
        except DocumentError as error:
            match error.__context__:
                case json.JSONDecodeError(doc=output, lineno=line):
                    shown = output.split("\n")[line - 1].strip()[:120]
                    return Checked(problems=(f"{error}{when}: {shown} ({_QUOTING})",))
                case TypeError() as cause:
                    return Checked(problems=(f"{error}{when} ({cause})",))
                case _:
                    return Checked(problems=(f"{error}{when}",))
    return Checked(document, tuple(made))


def _nested(leaves: Mapping[Path, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for path in sorted(leaves, key=len, reverse=True):
        place = data
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place.setdefault(path[-1], leaves[path])
    return data


def _event_leaves(tree: nodes.Template) -> dict[Path, Any]:
    """The fields under `event.data` that the template reads, each with a value that its use there can bear.

    What an event's fields hold is not known here. The text "0" is JSON with quotes around it, without them, and
    through `| tojson`.
    """
    leaves: dict[Path, Any] = {
        path: "0" for node in tree.find_all((nodes.Getattr, nodes.Getitem)) if (path := _field(node))
    }
    for filtered in tree.find_all(nodes.Filter):
        value = {"join": ["0"], "first": ["0"], "last": ["0"], "round": 0, "abs": 0}.get(filtered.name)
        if value is not None and (path := _field(filtered.node)):
            leaves[path] = value
    for compared in tree.find_all(nodes.Compare):
        if any(operand.op not in ("eq", "ne", "in", "notin") for operand in compared.ops) and (
            path := _field(compared.expr)
        ):
            leaves[path] = 0
    for sum_of in tree.find_all((nodes.Add, nodes.Sub, nodes.Div)):
        leaves |= {path: 0 for side in (sum_of.left, sum_of.right) if (path := _field(side))}
    return leaves


def _field(node: nodes.Node | None) -> Path:
    """The path below `event.data` that a node reads, through `| default(…)`; empty where it reads none."""
    while isinstance(node, nodes.Filter) and node.name in ("default", "d", "int", "float"):
        node = node.node
    path = _path(node) if node else ()
    return path[2:] if path[:2] == ("event", "data") else ()


def _found(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    for node in _walk(tree):
        text = _wrong(node)
        if text:
            yield node.lineno, text


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """All nodes; below one that is not allowed nothing more is said."""
    yield node
    if isinstance(node, _ALLOWED):
        for child in node.iter_child_nodes():
            yield from _walk(child)


def _wrong(node: nodes.Node) -> str | None:
    if not isinstance(node, _ALLOWED):
        kind = type(node).__name__
        return _REFUSED.get(kind, f"`{kind.lower()}` is not allowed in a push document")
    match node:
        case nodes.Name(name=name) if name not in NAMES:
            return f"unknown name {name!r}{did_you_mean(name, NAMES)} (known: {', '.join(NAMES)})"
        case nodes.Getattr() | nodes.Getitem():
            return _wrong_part(node)
        case nodes.Filter(name=name) if name not in FILTERS:
            return f"filter {name!r} is not allowed{did_you_mean(name, FILTERS)} (known: {', '.join(sorted(FILTERS))})"
        case nodes.Filter(name=name) if name not in ("default", "d") and not _has_small_arguments(node):
            return f"filter {name!r} takes short literal arguments only"
        case _:
            return None


def _has_small_arguments(node: nodes.Filter) -> bool:
    return all(map(_is_small, [*node.args, *(keyword.value for keyword in node.kwargs)]))


def _is_small(node: nodes.Node) -> bool:
    # A precision of a thousand million digits, or a long text between all letters of another, is work without end.
    value = node.value if isinstance(node, nodes.Const) else None
    return len(value) <= 200 if isinstance(value, str) else isinstance(value, int) and abs(value) <= 10_000


def _wrong_part(node: nodes.Getattr | nodes.Getitem) -> str | None:
    if isinstance(node, nodes.Getitem) and not isinstance(node.arg, nodes.Const):
        return "a part is looked up by a literal name or number only"
    path = _path(node)
    if not path or path[0] not in NAMES:
        return None
    root, part, *deeper = path
    if root not in _PARTS:
        return None if deeper else f"{root} has no parts"
    if part not in _PARTS[root]:
        return None if deeper else f"{root} has no {part!r}{did_you_mean(part, _PARTS[root])}"
    if deeper and (root, part) != ("event", "data"):
        return f"{root}.{part} has no parts"
    return None


def _path(node: nodes.Node) -> Path:
    """`event.data["x"]` as ("event", "data", "x"); empty where it does not start at a name."""
    match node:
        case nodes.Name(name=name):
            return (name,)
        case nodes.Getattr(node=inner, attr=part) | nodes.Getitem(node=inner, arg=nodes.Const(value=part)):
            before = _path(inner)
            return (*before, str(part)) if before else ()
        case _:
            return ()

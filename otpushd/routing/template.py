"""`title`, `body` and `link` of a rule: Jinja2 in its immutable sandbox, on what template_check.py lets through.

A rendering reads only the values that the template names, is bounded in length and time, and never raises for what an
event holds. Titles are one line of at most 200 characters, bodies at most 4,000; a longer link is a failure.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from otpushd.files.problem import Severity
from otpushd.model.event import Event
from otpushd.routing.fields import Fields, Path, follow, reader
from otpushd.routing.flaw import Flaw
from otpushd.routing.show import FILTERS, TESTS, as_link, cut, in_file, in_link, lines, one_line, show
from otpushd.routing.template_check import Check, check, place_of

LONGEST_TEXT = 4000
LONGEST_TITLE = 200
LONGEST_BODY = 4000
LONGEST_LINK = 2000
LONGEST_FILE = 1000
_AT = re.compile(r" at (\d+)$")

Values = Mapping[str, Any]
Piece = Callable[[Event, Values, Values], str]
"""A value that stands in a template by itself, as it is written there."""


class Part(StrEnum):
    """The part of a message that a template makes. Values in a link are percent-encoded, but for one at its start; in a
    file's name they never are more than one part of it."""

    TITLE = "title"
    BODY = "body"
    LINK = "link"
    FILE = "file"


class Rendered(NamedTuple):
    """A text, or why there is none for this event (without content)."""

    text: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A compiled template; `slots` says which path each of its variables reads, `personal` whether people differ.

    `content` is a tuple where it is nothing but text and values: joining those takes a fifth of Jinja's time. `finish`
    makes a text what its part may be, and stands here because looking at `part` each time costs more than a piece.
    """

    part: Part
    content: Template | tuple[str | Piece, ...]
    slots: tuple[tuple[str, Path], ...]
    personal: bool
    finish: Callable[[str], Rendered]

    def render(self, event: Event, rule: Values, recipient: Values) -> Rendered:
        """The text for one event and one person; `rule` and `recipient` hold what `rule.…` and `recipient.…` name."""
        try:
            if isinstance(self.content, tuple):
                made = [one if isinstance(one, str) else one(event, rule, recipient) for one in self.content]
                text = "".join(made)
            else:
                values = {slot: _value(path, event, rule, recipient) for slot, path in self.slots}
                text = self.content.render(values)
        except (
            TemplateError,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            RecursionError,
        ) as error:
            return Rendered("", f"{self.part}: {_why(error)}")
        return self.finish(text)


def compile_template(
    text: str, part: Part, fields: Fields, expose: tuple[str, ...] | None
) -> tuple[MessageTemplate | None, list[Flaw]]:
    """The template and its warnings, or None and everything wrong with it. Without `expose` content is warned about."""
    if len(text) > LONGEST_TEXT:
        return None, [Flaw(LONGEST_TEXT, f"the template is longer than {LONGEST_TEXT} characters")]
    environment = _environment()
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        return None, [_syntax_flaw(error, text)]
    except (ValueError, RecursionError):
        return None, [Flaw(0, "the template is nested too deep, or holds a number that is too long")]
    found = Check(text, fields, expose)
    try:
        check(tree, found)
        if any(flaw.severity is Severity.ERROR for flaw in found.flaws):
            return None, sorted(found.flaws)
        if part is Part.LINK:
            _encode_values(tree)
        elif part is Part.FILE:
            _encode_parts(tree)
        content = _pieces(tree, found.slots) or Template.from_code(environment, environment.compile(tree), {})
    except (RecursionError, MemoryError):
        return None, [Flaw(0, "the template is nested too deep")]
    except (SyntaxError, TemplateError) as error:
        return None, [Flaw(0, f"the template cannot be used: {error}")]
    personal = any(path[0] == "recipient" and len(path) > 1 for path in found.slots.values())
    slots = tuple(found.slots.items())
    return MessageTemplate(part, content, slots, personal, _FINISHES[part]), sorted(found.flaws)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, finalize=_shown, cache_size=0, extensions=()
    )
    environment.filters = {**FILTERS, "_in_link": _in_link, "_as_link": _as_link, "_in_file": _in_file}
    environment.tests = {**environment.tests, **TESTS}
    environment.globals = {}
    return environment


def _value(path: Path, event: Event, rule: Values, recipient: Values) -> Any:
    root, rest = path[0], path[1:]
    if root == "rule" and len(rest) == 1:
        return rule.get(str(rest[0]))
    if root == "recipient" and len(rest) == 1:
        return recipient.get(str(rest[0]))
    return follow(event.value(str(root)), rest)


def _title(text: str) -> Rendered:
    return Rendered(cut(one_line(text), LONGEST_TITLE))


def _body(text: str) -> Rendered:
    return Rendered(cut(lines(text), LONGEST_BODY))


def _link(text: str) -> Rendered:
    link = one_line(text).replace(" ", "%20")
    return Rendered(link) if len(link) <= LONGEST_LINK else Rendered("", f"link: longer than {LONGEST_LINK} characters")


def _file(text: str) -> Rendered:
    name = one_line(text)
    return Rendered(name) if len(name) <= LONGEST_FILE else Rendered("", f"file: longer than {LONGEST_FILE} characters")


_FINISHES: Mapping[Part, Callable[[str], Rendered]] = {
    Part.TITLE: _title,
    Part.BODY: _body,
    Part.LINK: _link,
    Part.FILE: _file,
}


def _shown(value: Any) -> str:
    return "" if isinstance(value, Undefined) else show(value)


def _in_link(value: Any) -> str:
    return "" if isinstance(value, Undefined) else in_link(value)


def _as_link(value: Any) -> str:
    return "" if isinstance(value, Undefined) else as_link(value)


def _in_file(value: Any) -> str:
    return "_" if isinstance(value, Undefined) else in_file(value)


_LINK_FILTERS = {"_in_link": in_link, "_as_link": as_link, "_in_file": in_file}


def _encode_values(tree: nodes.Node) -> None:
    """A session name with a blank or an `&` must not break the link. A link may itself come first: `{{ meta.url }}`."""
    start = next(_outputs(tree), None)
    for output in _outputs(tree):
        for index, node in enumerate(output.nodes):
            is_encoded = isinstance(node, nodes.Filter) and node.name == "urlencode"
            if not isinstance(node, nodes.TemplateData) and not is_encoded:
                output.nodes[index] = _filtered(node, "_as_link" if output is start and index == 0 else "_in_link")


def _encode_parts(tree: nodes.Node) -> None:
    """A dataset named `../x` must not lead out of the folder that the rule's author wrote."""
    for output in _outputs(tree):
        for index, node in enumerate(output.nodes):
            if not isinstance(node, nodes.TemplateData | nodes.Const):
                output.nodes[index] = _filtered(node, "_in_file")


def _filtered(node: nodes.Expr, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _pieces(tree: nodes.Template, slots: Mapping[str, Path]) -> tuple[str | Piece, ...] | None:
    """The template as text and values, or None where it holds anything else."""
    pieces: list[str | Piece] = []
    for output in tree.body:
        if not isinstance(output, nodes.Output):
            return None
        for node in output.nodes:
            write: Callable[[Any], str] = show
            if isinstance(node, nodes.Filter) and node.name in _LINK_FILTERS and node.node is not None:
                write, node = _LINK_FILTERS[node.name], node.node
            if isinstance(node, nodes.TemplateData):
                pieces.append(node.data)
            elif isinstance(node, nodes.Name):
                pieces.append(_piece(slots[node.name], write))
            else:
                return None
    return tuple(pieces)


def _piece(path: Path, write: Callable[[Any], str]) -> Piece:
    if len(path) == 2 and path[0] in ("rule", "recipient"):
        root, name = path[0], str(path[1])
        if root == "rule":
            return lambda event, rule, recipient: write(rule.get(name))
        return lambda event, rule, recipient: write(recipient.get(name))
    read = reader(path)
    return lambda event, rule, recipient: write(read(event))


def _outputs(tree: nodes.Node) -> Iterator[nodes.Output]:
    if isinstance(tree, nodes.Output):
        yield tree
    for child in tree.iter_child_nodes():
        yield from _outputs(child)


def _syntax_flaw(error: TemplateSyntaxError, text: str) -> Flaw:
    message = error.message or "this is no template"
    at = _AT.search(message)
    offset = int(at[1]) if at else place_of(text, error.lineno, "")
    return Flaw(min(offset, len(text)), "template: " + _AT.sub("", message).rstrip("."))


def _why(error: Exception) -> str:
    """Messages of Python's errors may show values, their kind does not."""
    if isinstance(error, TypeError):
        return "it compares or calculates with values of kinds that do not go together, or with none"
    if isinstance(error, ZeroDivisionError):
        return "it divides by zero"
    return f"it could not be filled in ({type(error).__name__})"

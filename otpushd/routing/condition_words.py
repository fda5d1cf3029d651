"""What CEL says about an expression, in words for the people who write rules. Knows CEL's messages, not CEL."""

import re
from collections.abc import Iterable, Iterator, Mapping

from otpushd.files.suggest import did_you_mean
from otpushd.routing.cel_text import sides_of, words_of
from otpushd.routing.fields import Fields, no_parts
from otpushd.routing.flaw import Flaw
from otpushd.routing.sides import bare, unknown_name

_ERROR = re.compile(r"^(?:[A-Z_]+: )?ERROR: <input>:(-?\d+):(-?\d+): (.*)$", re.MULTILINE)
_OVERLOAD = re.compile(r"found no matching overload for '([^']+)' applied to '\((.*)\)'")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_SELECT = re.compile(r"expression of type '(.*)' cannot be the operand of a select operation")
_UNEXPECTED = re.compile(r"Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting")
_NO_WAY = re.compile(r"Syntax error: no viable alternative at input '(.*)'", re.DOTALL)
_UNREADABLE = re.compile(r"Syntax error: token recognition error at: '(.*)'", re.DOTALL)
_MISSING = re.compile(r"Syntax error: missing '(.*?)' at")
_RESERVED = re.compile(r"reserved identifier: (\w+)|no viable alternative at input '\.(in|true|false|null)'")
FUNCTIONS = (
    "present", "size", "has", "matches", "contains", "startsWith", "endsWith", "int", "double", "string", "timestamp",
    "duration", "all", "exists", "exists_one", "filter", "map", "getFullYear", "getMonth", "getDate", "getDayOfMonth",
    "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds", "getMilliseconds",
)  # fmt: skip
_KINDS = {
    "double": "a number", "int": "a whole number", "string": "a text", "bool": "true or false", "null_type": "null",
    "dyn": "any value", "google.protobuf.Timestamp": "an instant", "google.protobuf.Duration": "a duration",
    "list": "a list", "map": "an object", "uint": "an unsigned number", "bytes": "bytes",
}  # fmt: skip
_SPOKEN = {"and": "&&", "or": "||", "not": "!", "AND": "&&", "OR": "||", "NOT": "!", "is": "=="}
_SYMBOLS = {"_?_:_": "? :", "_[_]": "[ ]", "-_": "-", "!_": "!", "@in": "in"}

_FAILURES: Mapping[str, str] = {
    "Key not found in map": "it looks for a part of an object that is not there",
    "Applying SELECT to": "it looks into a part of an object that has no parts",
    "Iteration budget exceeded": "it goes through more than 10,000 values",
    "No matching overloads": "it compares or calculates with values of kinds that do not go together",
    "divide by zero": "it divides by zero",
    "float division by zero": "it divides by zero",
    "overflow": "a number is too large",
    "invalid regular expression": "the pattern is no regular expression",
    "Timestamp": "a text is no instant",
    "Duration": "a text is no duration",
    "timezone": "a time zone is unknown",
    "index": "it looks for an entry of a list that is not there",
}
_ABSENT = re.compile(r'No value with name "([\w.]+)" found')


def compile_flaws(message: str, text: str, fields: Fields) -> Iterator[Flaw]:
    """The errors in what CEL raised for `text`, at their characters."""
    starts = _line_starts(text)
    found = list(_ERROR.finditer(message))
    syntax = [error for error in found if error[3].startswith("Syntax error")]
    for error in syntax[:1] or found:
        line, column = int(error[1]), int(error[2])
        offset = starts[line - 1] + column - 1 if 0 < line <= len(starts) and column > 0 else 0
        yield _flaw(error[3].removesuffix(" [INVALID_ARGUMENT]"), text, min(offset, len(text)), fields)
    if not found:
        what = "the expression is nested too deep" if "recursion" in message else "this is no expression that CEL takes"
        yield Flaw(0, what)


def kind_in_words(kind: str) -> str:
    """`a list of texts` would be nicer than `a list`, but the first word says what is wrong."""
    return _KINDS.get(kind.split("(")[0].split("<")[0], kind)


def failure_in_words(message: str, unread: Iterable[str] = ()) -> str:
    """Why an evaluation gave neither true nor false, without any value. `unread` are fields whose value is unusable."""
    if absent := _ABSENT.search(message):
        name = absent[1]
        return f"`{name}` has a value of another kind" if name in unread else f"`{name}` has no value"
    for part, words in _FAILURES.items():
        if part in message:
            return words
    return "it could not be evaluated"


def _flaw(message: str, text: str, offset: int, fields: Fields) -> Flaw:
    if undeclared := _UNDECLARED.search(message):
        return _undeclared(undeclared[1].lstrip("."), text, offset, fields)
    if overload := _OVERLOAD.search(message):
        return Flaw(offset, _overload(overload[1], list(_operands(overload[2]))))
    if select := _SELECT.search(message):
        last = [word for word in words_of(text, sides_of(fields)) if word.offset < offset][-1:]
        name = last[0].text if last and last[0].text in fields else kind_in_words(select[1])
        return Flaw(last[0].offset if last else offset, no_parts(name))
    if reserved := _RESERVED.search(message):
        word = reserved[1] or reserved[2]
        return Flaw(offset, f"`{word}` is a reserved word of CEL; a field of that name can be used in `match` only")
    return Flaw(offset, _syntax(message, text, offset))


def _undeclared(name: str, text: str, offset: int, fields: Fields) -> Flaw:
    if text[offset : offset + 1] != "(":
        if name in _SPOKEN:
            return Flaw(offset, f"`{name}` is written {_SPOKEN[name]} in CEL")
        sides = sides_of(fields)
        if sides and "." in name:
            return _without_field(name, text, offset, fields)
        if name == "type" and not sides:
            return Flaw(offset, "unknown field `type`; the event's type is `event_type`")
        if name in ("none", "None"):
            return Flaw(
                offset, f"unknown field `{name}`; to ask whether there is a value, write present(…) or !present(…)"
            )
        known = [*sides, *map(bare, fields)]
        is_operand = re.search(r"[=!<>]=?\s*$|\bin\s*\[[^\]]*$", text[:offset])
        if is_operand and name not in known and not did_you_mean(name, known):
            return Flaw(offset, f'unknown field `{name}`; a text needs quotes: "{name}"')
        return Flaw(offset, unknown_name(name, fields))
    start = text.rfind(name, 0, offset)
    return Flaw(
        max(start, 0), f"unknown function `{name}`, or one that does not take this{did_you_mean(name, FUNCTIONS)}"
    )


def _without_field(name: str, text: str, offset: int, fields: Fields) -> Flaw:
    """CEL points to the last dot of `event.scor.part`."""
    side, field = name.split(".")[:2]
    field = f"{side}.{field}" if side in sides_of(fields) else side
    places = [word.offset for word in words_of(text, sides_of(fields)) if word.text == field and word.offset <= offset]
    return Flaw(places[-1] if places else offset, unknown_name(field, fields))


def _overload(name: str, kinds: list[str]) -> str:
    symbol = _SYMBOLS.get(name, name.strip("_"))
    words = " and ".join(kind_in_words(kind) for kind in kinds)
    if any(kind.startswith("type(") for kind in kinds):
        return "a type's name is no field here; the event's type is `event_type`, other such fields go into `match`"
    if "null_type" in kinds:
        return f"`{symbol}` does not go with {words}; to ask whether there is a value, write present(…) or !present(…)"
    return f"`{symbol}` does not go with {words}"


def _operands(kinds: str) -> Iterator[str]:
    depth, start = 0, 0
    for index, character in enumerate(kinds):
        depth += (character in "(<") - (character in ")>")
        if character == "," and depth == 0:
            yield kinds[start:index].strip()
            start = index + 1
    yield kinds[start:].strip()


def _syntax(message: str, text: str, offset: int) -> str:
    if unreadable := _UNREADABLE.search(message):
        piece = unreadable[1].strip()
        if piece in ("&", "|", "="):
            return f"`{piece}` is written {piece * 2} in CEL"
        if piece[:1] in tuple("\u201c\u201d\u201e\u2018\u2019"):
            return f"`{piece[:1]}` is no quote that CEL knows; write \" or '"
        return "a quote that is never closed" if piece[:1] in ("'", '"') else f"`{piece}` means nothing in CEL"
    if missing := _MISSING.search(message):
        return f"`{missing[1]}` is missing here"
    if unexpected := _UNEXPECTED.search(message):
        word = unexpected[1]
        if word == "<EOF>":
            return "the expression is empty" if not text.strip() else "the expression ends too early"
        before = re.search(r"(\w+)\s*$", text[:offset])
        for spoken in (word, before[1] if before else ""):
            if spoken in _SPOKEN:
                return f"`{spoken}` is written {_SPOKEN[spoken]} in CEL"
        return f"`{word}` cannot stand here"
    if found := _NO_WAY.search(message):
        ends = not text[offset:].strip()
        return "the expression ends too early" if ends else f"`{found[1].strip()}` cannot stand here"
    if "recursion" in message:
        return "the expression is nested too deep"
    if message.startswith("has()"):
        return "`has` takes a part, such as has(meta.doc_id); for a field write present(score)"
    return message


def _line_starts(text: str) -> list[int]:
    return [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]

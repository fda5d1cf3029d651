"""`when:` of a rule: one CEL expression over an event's fields. Only `condition*` and `pairing` know CEL.

A field that is null is not given to CEL, so that looking into it is CEL's error value, which `||` and `&&` absorb. CEL
hands errors back as values, and truthy ones: only true and false count.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from cel_expr_python import cel

from otpushd.model.event import Event, Kind
from otpushd.routing import plain
from otpushd.routing.cel_text import Reading, Word, conjuncts, part_of, paths_of, read_text, words_of
from otpushd.routing.condition_checks import closed_set_flaws, constant_flaws, has_flaws
from otpushd.routing.condition_operators import environment_yaml, implementations
from otpushd.routing.condition_values import ALL, WITH_COPIES, WITH_LOOPS, Convert, converter
from otpushd.routing.condition_words import compile_flaws, failure_in_words, kind_in_words
from otpushd.routing.fields import Fields, Path, reader
from otpushd.routing.flaw import Flaw

_TYPES: Mapping[Kind | None, str] = {
    Kind.STRING: "string", Kind.NUMBER: "double", Kind.INTEGER: "int", Kind.BOOLEAN: "bool",
    Kind.INSTANT: "timestamp", Kind.STRINGS: "list<string>", Kind.INTEGERS: "list<int>",
    Kind.OBJECT: "map<string,dyn>", None: "dyn",
}  # fmt: skip
_RESERVED = frozenset(
    {
        "type", "int", "uint", "double", "bool", "string", "bytes", "list", "map", "dyn", "null_type", "true",
        "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "package", "namespace", "return", "var", "void", "while",
    }
)  # fmt: skip
_MOST_QUESTIONS = 5

Inputs = tuple[tuple[str, Callable[[Event], Any], Convert], ...]
Questions = tuple[tuple[str, Callable[[Event], Any]], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds. `error` says why that could not be decided, without content; then it does not."""

    holds: bool
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A text that CEL accepted, and how much one evaluation of it may look at."""

    reading: Reading
    environment: Any
    expression: Any
    limits: plain.Limits


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled expression; `inputs` read and convert what it uses, None being left out.

    `reads` are the paths it names. `conjuncts` are its parts between `&&` at the top, none where it is only one.
    """

    text: str
    expression: Any
    inputs: Inputs
    present: Questions
    limits: plain.Limits
    reads: tuple[Path, ...] = ()
    conjuncts: tuple["Condition", ...] = ()

    def holds(self, event: Event) -> Verdict:
        """Evaluate it for an event. Never raises for what an event holds; bounded in time and memory."""
        return evaluate(self.expression, self.limits, ((event, self.inputs, self.present),))

    @property
    def always(self) -> bool | None:
        """What it says of every event; None where that depends on the event, or cannot be told cheaply."""
        return constant(self.expression, self.present)


def constant(expression: Any, questions: Questions) -> bool | None:
    """What an expression says whatever is read: without any field CEL still knows it, as it absorbs errors."""
    if len(questions) > _MOST_QUESTIONS:
        return None
    said: set[Any] = set()
    for answers in product((True, False), repeat=len(questions)):
        given = {name: answer for (name, _), answer in zip(questions, answers, strict=True)}
        try:
            result = expression.eval(data=given)
        except RuntimeError:
            return None
        said.add(result.value() if result.type() == cel.Type.BOOL else None)
    return said.pop() if len(said) == 1 else None


def evaluate(expression: Any, limits: plain.Limits, given: Iterable[tuple[Event, Inputs, Questions]]) -> Verdict:
    """What the expression says of what is read from each event. Never raises for what an event holds."""
    values: dict[str, Any] = {}
    limits = plain.Limits(limits.values, limits.characters, limits.longest)
    unread = []
    try:
        for event, inputs, questions in given:
            for name, read, convert in inputs:
                raw = read(event)
                if raw is not None and (value := convert(raw, limits)) is not None:
                    values[name] = value
                elif raw is not None:
                    unread.append(name)
            for name, read in questions:
                values[name] = read(event) is not None
        result = expression.eval(data=values)
        value = result.value()
        if (value is True or value is False) and result.type() == cel.Type.BOOL:
            return Verdict(value)
        return Verdict(False, failure_in_words(str(value), unread))
    except plain.TooLarge:
        return Verdict(False, "the event holds more than a condition may look at")
    except RuntimeError as error:
        return Verdict(False, failure_in_words(str(error), unread))


def compile_condition(text: str, fields: Fields) -> tuple[Condition | None, list[Flaw]]:
    """The condition, or everything that is wrong with its text."""
    compiled, flaws = compile_text(text, fields)
    return (None if compiled is None else _condition(text, compiled, fields)), flaws


def compile_text(text: str, fields: Fields) -> tuple[Compiled | None, list[Flaw]]:
    """An expression over these fields, which may be those of two events (sides.py); or all that is wrong with it."""
    reading, flaws = read_text(text, fields)
    if not reading.words:
        return None, flaws or [Flaw(0, "the expression is empty")]
    names = {name: _TYPES[field.kind] for name, field in fields.items() if name not in _RESERVED}
    environment = _environment(tuple(sorted(names.items())), tuple(reading.present))
    flaws += constant_flaws(reading.words, environment)
    flaws += closed_set_flaws(reading.words, fields, environment)
    flaws += has_flaws(reading.words, fields)
    expression = None
    try:
        expression = environment.compile(reading.text)
        kind = expression.return_type().name()
        if expression.return_type() != cel.Type.BOOL:
            flaws.append(Flaw(reading.words[0].offset, f"`when` must be true or false, but this is {_result(kind)}"))
    except (RuntimeError, TypeError) as error:
        flaws += compile_flaws(str(error), reading.text, fields)
    if flaws:
        return None, sorted({(flaw.offset): flaw for flaw in reversed(flaws)}.values())
    limits = WITH_COPIES if reading.copies else WITH_LOOPS if reading.loops else ALL
    return Compiled(reading, environment, expression, limits), []


def _condition(text: str, compiled: Compiled, fields: Fields) -> Condition:
    whole = compiled.reading
    parts = [part_of(whole, first, last) for first, last in conjuncts(whole.words)]
    if len(parts) == 1:
        return _part(text, whole, compiled, fields, compiled.expression)
    words = words_of(text)
    made = [_part(_shown(text, words, part), part, compiled, fields) for part in parts]
    return _part(text, whole, compiled, fields, compiled.expression, tuple(made))


def _part(
    text: str,
    reading: Reading,
    compiled: Compiled,
    fields: Fields,
    expression: Any = None,
    parts: tuple[Condition, ...] = (),
) -> Condition:
    expression = expression or compiled.environment.compile(reading.text)
    inputs, questions = inputs_of(reading, fields), questions_of(reading)
    return Condition(text, expression, inputs, questions, compiled.limits, paths_of(reading), parts)


def _shown(text: str, words: tuple[Word, ...], part: Reading) -> str:
    """The part as the person wrote it, with its questions and without what only follows it."""
    begin = part.words[0].offset
    last = bisect_left(words, begin + len(part.text), key=lambda word: word.offset) - 1
    return text[begin : words[last].end]


def _result(kind: str) -> str:
    words = kind_in_words(kind.lower())
    return words if words != "any value" else "a value of unknown kind; compare it with something"


def inputs_of(reading: Reading, fields: Fields, side: str = "") -> Inputs:
    """How the variables of an expression are read from an event, of two: from that of the side such as `event.`."""
    return tuple(
        (name, reader((name.removeprefix(side),)), converter(fields[name], parts))
        for name, parts in sorted(reading.fields.items())
        if name.startswith(side)
    )


def questions_of(reading: Reading, side: str = "") -> Questions:
    """How each `present(…)` is answered from an event, of two: from that of the side such as `event.`."""
    return tuple(
        (name, reader((str(path[0]).removeprefix(side), *path[1:])))
        for name, path in reading.present.items()
        if str(path[0]).startswith(side)
    )


@lru_cache(maxsize=32)
def _environment(fields: tuple[tuple[str, str], ...], present: tuple[str, ...]) -> Any:
    """Remembered because making one takes 2 ms and most rules of a file share it; it depends on nothing else."""
    variables = {name: cel.Type(kind) for name, kind in fields} | dict.fromkeys(present, cel.Type.BOOL)
    config = cel.NewEnvConfigFromYaml(environment_yaml())
    return cel.NewEnv(config=config, variables=variables, function_impls=implementations())

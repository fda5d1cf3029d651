"""What is wrong with an expression though CEL's compiler takes it: what always fails, and values that never come."""

from collections.abc import Iterator
from typing import Any

from cel_expr_python import cel

from otpushd.files.suggest import did_you_mean
from otpushd.model.event import Kind
from otpushd.routing.cel_text import Word, is_root
from otpushd.routing.condition_words import kind_in_words
from otpushd.routing.fields import Fields
from otpushd.routing.flaw import Flaw
from otpushd.routing.pattern import pattern_flaw

_TYPE_NAMES = {"timestamp": "google.protobuf.Timestamp", "duration": "google.protobuf.Duration"}


def constant_flaws(words: tuple[Word, ...], environment: Any) -> Iterator[Flaw]:
    """Literal patterns, instants and durations that would fail at every evaluation."""
    for index, word in enumerate(words[:-1]):
        if words[index + 1].text != "(" or word.kind != "name":
            continue
        if word.text == "matches":
            literal = _last_argument(words, index + 2)
            if literal is None:
                yield Flaw(word.offset, '`matches` takes its pattern as a literal text, such as matches("^A-")')
                continue
            value = _literal(environment, literal.text)
            if isinstance(value, str) and (text := pattern_flaw(value)):
                yield Flaw(literal.offset, text)
            elif isinstance(value, str) and _fails(environment, f'"".matches({literal.text})'):
                yield Flaw(literal.offset, "the pattern is no regular expression of RE2's kind")
        elif word.text in ("timestamp", "duration") and index + 3 < len(words):
            literal, after = words[index + 2], words[index + 3]
            if literal.kind == "string" and after.text == ")" and _fails(environment, f"{word.text}({literal.text})"):
                how = "2026-03-02T09:00:00Z" if word.text == "timestamp" else "90s, 30m or 4h"
                yield Flaw(literal.offset, f"not {kind_in_words(_TYPE_NAMES[word.text])}; write one such as {how}")


def _last_argument(words: tuple[Word, ...], index: int) -> Word | None:
    depth = 1
    for at in range(index, len(words)):
        depth += (words[at].text in ("(", "[", "{")) - (words[at].text in (")", "]", "}"))
        if depth == 0:
            literal = words[at - 1]
            return literal if literal.kind == "string" and words[at - 2].text in ("(", ",") else None
    return None


def closed_set_flaws(words: tuple[Word, ...], fields: Fields, environment: Any) -> Iterator[Flaw]:
    """`answer == "rejct"` can never hold, nor can an instant, a text or a number be compared with null."""
    for index, word in enumerate(words[:-2]):
        if word.kind != "name" or word.text not in fields or not is_root(words, index):
            continue
        field, sign, operand = fields[word.text], words[index + 1].text, words[index + 2]
        if sign in ("==", "!=") and operand.text == "null" and field.kind is Kind.INSTANT:
            positive, negative = f"present({word.text})", f"!present({word.text})"
            yield Flaw(words[index + 1].offset, f"to ask for a value write {positive if sign == '!=' else negative}")
        if not field.values:
            continue
        literals = [operand] if sign in ("==", "!=") else _listed(words, index + 2) if sign == "in" else []
        for literal in literals:
            value = _literal(environment, literal.text) if literal.kind == "string" else None
            if isinstance(value, str) and value not in field.values:
                nearest = did_you_mean(value, field.values) or f"; it is one of {', '.join(field.values)}"
                yield Flaw(literal.offset, f"`{word.text}` is never {value!r}{nearest}")


def has_flaws(words: tuple[Word, ...], fields: Fields) -> Iterator[Flaw]:
    """CEL takes `has(event.score)`, because it looks like a part of something, and can never answer it."""
    for index, word in enumerate(words[:-3]):
        if word.text == "has" and words[index + 1].text == "(" and words[index + 3].text == ")":
            name = words[index + 2].text
            if name in fields and "." in name:
                side = name.partition(".")[0]
                what = f"`has` takes a part, such as has({side}.meta.doc_id); for a field write present({name})"
                yield Flaw(word.offset, what)


def _listed(words: tuple[Word, ...], index: int) -> Iterator[Word]:
    if words[index].text == "[":
        for word in words[index + 1 :]:
            if word.text == "]":
                return
            yield word


def _literal(environment: Any, text: str) -> Any:
    try:
        return environment.compile(text).eval().value()
    except RuntimeError:
        return None


def _fails(environment: Any, text: str) -> bool:
    try:
        return bool(environment.compile(text).eval().type() == cel.Type.ERROR)
    except RuntimeError:
        return True

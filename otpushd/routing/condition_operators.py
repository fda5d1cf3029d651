"""CEL's operators as a rule's author may use them: whole numbers and numbers compare and calculate with each other.

CEL's own declarations refuse `score < 1` where score is a double. Its evaluator compares across number types all the
same, so that the declarations below are enough for comparisons; arithmetic across them gets an implementation here.
Said in the YAML of CEL's environments, because only there may a declaration have type parameters (`~A`).
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping

_NUMBERS = {"int64": "int", "double": "double"}
_SINGLES = ("string", "bool", "timestamp", "duration")
_WHOLES = {"list": "list<~A>", "map": "map<~A,~B>", "null": "null_type"}
_ORDERS = {"_<_": "less", "_<=_": "less_equals", "_>_": "greater", "_>=_": "greater_equals"}
_EQUALITIES = {"_==_": "equals", "_!=_": "not_equals"}
_SUMS = {"_+_": "add", "_-_": "subtract", "_*_": "multiply", "_/_": "divide"}
_CALCULATIONS: Mapping[str, Callable[[float, float], float]] = {
    "_+_": operator.add, "_-_": operator.sub, "_*_": operator.mul, "_/_": operator.truediv,
}  # fmt: skip
_FURTHER_SUMS = {
    "_+_": (
        ("add_string", "string,string", "string"),
        ("add_list", "list<~A>,list<~A>", "list<~A>"),
        ("add_timestamp_duration", "timestamp,duration", "timestamp"),
        ("add_duration_timestamp", "duration,timestamp", "timestamp"),
        ("add_duration_duration", "duration,duration", "duration"),
    ),
    "_-_": (
        ("subtract_timestamp_timestamp", "timestamp,timestamp", "duration"),
        ("subtract_timestamp_duration", "timestamp,duration", "timestamp"),
        ("subtract_duration_duration", "duration,duration", "duration"),
    ),
}
_REMOVED = ("type", "dyn", "uint", "bytes")
"""Functions that no rule needs: the first two would switch off the checking of types."""

Overload = tuple[str, str, str]
"""Id, operands' types, result's type."""


def environment_yaml() -> str:
    """A CEL environment with the operators below in place of CEL's own."""
    declared = _declared()
    lines = ["stdlib:", "  exclude_functions:"]
    lines += [f"    - name: '{name}'" for name in (*declared, *_REMOVED)]
    lines.append("functions:")
    for name, overloads in declared.items():
        lines += [f"  - name: '{name}'", "    overloads:"]
        escaped = re.sub("([<>])", r"\\\1", name)
        lines += [
            f"      - {{id: {number}, signature: '{escaped}({operands})', return: '{result}'}}"
            for number, operands, result in overloads
        ]
    return "\n".join(lines) + "\n"


def implementations() -> dict[str, Callable[[float, float], float]]:
    """What CEL has no code for, by overload id: arithmetic between a whole number and a number."""
    return {
        f"{word}_{pair}": _in_floats(_CALCULATIONS[name])
        for name, word in _SUMS.items()
        for pair in ("int64_double", "double_int64")
    }


def _in_floats(calculate: Callable[[float, float], float]) -> Callable[[float, float], float]:
    return lambda one, other: calculate(float(one), float(other))


def _declared() -> dict[str, list[Overload]]:
    orders = {
        name: [*_pairs(word, "{},{}"), *((f"{word}_{one}", f"{one},{one}", "bool") for one in _SINGLES)]
        for name, word in _ORDERS.items()
    }
    # `null` equals null alone: that is for parts of `meta`, whose type nobody knows.
    alike = {**{one: one for one in _SINGLES}, **_WHOLES}
    equalities = {
        name: [*_pairs(word, "{},{}"), *((f"{word}_{key}", f"{one},{one}", "bool") for key, one in alike.items())]
        for name, word in _EQUALITIES.items()
    }
    membership = [
        *_pairs("in_list", "{},list<{}>"),
        *((f"in_list_{one}", f"{one},list<{one}>", "bool") for one in _SINGLES),
        ("in_map", "string,map<string,~A>", "bool"),
    ]
    choice = [
        *((number, f"bool,{operands}", result) for number, operands, result in _numeric("conditional")),
        *((f"conditional_{key}", f"bool,{one},{one}", one) for key, one in alike.items()),
    ]
    sums = {name: [*_numeric(word), *_FURTHER_SUMS.get(name, ())] for name, word in _SUMS.items()}
    return {**orders, **equalities, **sums, "@in": membership, "_?_:_": choice}


def _pairs(word: str, operands: str) -> Iterator[Overload]:
    for a, one in _NUMBERS.items():
        for b, other in _NUMBERS.items():
            yield f"{word}_{a}_{b}", operands.format(one, other), "bool"


def _numeric(word: str) -> Iterator[Overload]:
    yield f"{word}_int64", "int,int", "int"
    yield f"{word}_double", "double,double", "double"
    yield f"{word}_int64_double", "int,double", "double"
    yield f"{word}_double_int64", "double,int", "double"

"""The text of a `when:` before CEL sees it: its words, what it reads, `present(…)`, and limits that CEL has not.

Knows CEL's lexis, not its grammar: CEL itself says what is wrong with an expression. Every rewriting keeps the length,
so that an offset means the same in the rewritten text as in the one that the person wrote.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from otpushd.routing.fields import Fields, Path, has_parts, no_parts
from otpushd.routing.flaw import Flaw
from otpushd.routing.sides import SIDES, is_of_both, unknown_name

LONGEST = 4000
_MOST_SUMS = 20
_DEEPEST_LOOPS = 2
_MOST_QUESTIONS = 100
LOOPS = frozenset({"all", "exists", "exists_one", "map", "filter"})
_COPYING = frozenset({"map", "filter"})

_LEXIS = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)
    |(?P<string>[bB]?[rR][bB]?(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"[^"\n]*"|'[^'\n]*')
      |[bB]?(?:\"{3}(?:\\[\s\S]|[^\\])*?\"{3}|'{3}(?:\\[\s\S]|[^\\])*?'{3}|"(?:\\.|[^\\"\n])*"|'(?:\\.|[^\\'\n])*'))
    |(?P<number>0x[0-9a-fA-F]+u?|(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?u?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>&&|\|\||[=!<>]=|`[^`\n]*`|[\s\S])""",
    re.VERBOSE,
)
_SIMPLE_STRING = re.compile(r"""(["'])([^"'\\\n]*)\1""")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an expression: `kind` is string, number, name or sign. `event . score` is the name `event.score`."""

    kind: str
    text: str
    offset: int

    @property
    def end(self) -> int:
        """The offset behind its last character."""
        return self.offset + len(self.text)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as CEL is to see it, and what it reads: fields by name with the keys it looks up in them.

    `parts` is None for a field where every part may be needed. `present` maps a made-up name to the path asked about.
    `loops` and `copies` say whether the expression goes through lists, and whether it makes new ones.
    """

    text: str
    words: tuple[Word, ...]
    fields: dict[str, frozenset[str] | None]
    present: dict[str, Path]
    loops: bool
    copies: bool


def words_of(text: str, sides: Iterable[str] = ()) -> tuple[Word, ...]:
    """The words of an expression, without blanks and comments. A field of one of the `sides` is one name with it."""
    words = tuple(
        Word(found.lastgroup or "", found[0], found.start())
        for found in _LEXIS.finditer(text)
        if found.lastgroup != "blank"
    )
    return tuple(_with_sides(words, frozenset(sides))) if sides else words


def sides_of(fields: Fields) -> tuple[str, ...]:
    """What `words_of` is to join to names where these are the fields."""
    return SIDES if is_of_both(fields) else ()


def _with_sides(words: tuple[Word, ...], sides: frozenset[str]) -> Iterator[Word]:
    index = 0
    while index < len(words):
        word = words[index]
        part = _part_after(words, index) if word.text in sides and not _is_part(words, index) else None
        if part is not None and words[index + 1].text == ".":
            yield Word("name", f"{word.text}.{part}", word.offset)
            index += 3
        else:
            yield word
            index += 1


def read_text(text: str, fields: Fields) -> tuple[Reading, list[Flaw]]:
    """What an expression reads, and what is wrong with it that CEL would not find."""
    if len(text) > LONGEST:
        empty = Reading(text, (), {}, {}, loops=False, copies=False)
        return empty, [Flaw(LONGEST, f"the expression is longer than {LONGEST} characters")]
    sides = sides_of(fields)
    words = words_of(text, sides)
    flaws = list(_too_much(words))
    rewritten, present, questions = _without_questions(text, words, fields)
    remaining = words_of(rewritten, sides)
    used: dict[str, frozenset[str] | None] = {}
    for index, word in enumerate(remaining):
        if word.kind == "name" and word.text in fields and is_root(remaining, index):
            part = _part_after(remaining, index)
            before = used.get(word.text, frozenset())
            used[word.text] = None if part is None or before is None else before | {part}
    called = {word.text for index, word in enumerate(words) if word.text in LOOPS and _is_call(words, index)}
    loops, copies = bool(called), bool(called & _COPYING)
    return Reading(rewritten, remaining, used, present, loops, copies), flaws + questions


def part_of(reading: Reading, first: int, last: int) -> Reading:
    """What is read of the words from `first` to before `last`, which are an expression of their own."""
    words = reading.words[first:last]
    stop = reading.words[last].offset if last < len(reading.words) else len(reading.text)
    names = {word.text for word in words if word.kind == "name"}
    return replace(
        reading,
        text=reading.text[words[0].offset : stop],
        words=words,
        fields={name: parts for name, parts in reading.fields.items() if name in names},
        present={name: path for name, path in reading.present.items() if name in names},
    )


def paths_of(reading: Reading) -> tuple[Path, ...]:
    """The fields, and as far as is plain the parts of them, that an expression names, in its order."""
    words = reading.words
    found: dict[Path, None] = {}
    for index, word in enumerate(words):
        if word.kind != "name" or not is_root(words, index):
            continue
        if word.text in reading.present:
            found[reading.present[word.text]] = None
        elif word.text in reading.fields:
            found[_path(words, index)[0]] = None
    return tuple(found)


def is_root(words: tuple[Word, ...], index: int) -> bool:
    """Whether the name at `index` stands for itself: neither a part of something nor a function's name."""
    return not _is_part(words, index) and not _is_call(words, index)


def _is_part(words: tuple[Word, ...], index: int) -> bool:
    if index < 1 or words[index - 1].text != ".":
        return False
    return index > 1 and (words[index - 2].kind != "sign" or words[index - 2].text in (")", "]", "}"))


def _is_call(words: tuple[Word, ...], index: int) -> bool:
    return index + 1 < len(words) and words[index + 1].text == "("


def _part_after(words: tuple[Word, ...], index: int) -> str | None:
    """The key in `.key` or `["key"]` right behind a name; None where there is another use of it."""
    following = words[index + 1 : index + 4]
    if len(following) >= 2 and following[0].text == "." and following[1].kind == "name":
        return None if _is_call(words, index + 2) else following[1].text
    if len(following) == 3 and following[0].text == "[" and following[2].text == "]":
        found = _SIMPLE_STRING.fullmatch(following[1].text)
        return found[2] if found else None
    return None


def _without_questions(text: str, words: tuple[Word, ...], fields: Fields) -> tuple[str, dict[str, Path], list[Flaw]]:
    """The text with a name of the same length for each `present(…)`, which no CEL function can do: null is an error."""
    present: dict[str, Path] = {}
    flaws: list[Flaw] = []
    pieces, done = [], 0
    for index, word in enumerate(words):
        if word.text != "present" or _is_part(words, index) or not _is_call(words, index):
            continue
        path, after = _path(words, index + 2)
        if len(present) == _MOST_QUESTIONS:
            flaws.append(Flaw(word.offset, f"more than {_MOST_QUESTIONS} times `present` in one expression"))
            break
        if not path or after >= len(words) or words[after].text != ")":
            what = "`present` takes one field, such as present(score) or present(meta.doc_id)"
            flaws.append(Flaw(word.offset, what))
            continue
        end = words[after].end
        name = f"_p{len(present)}"
        flaws += _path_flaws(path, fields, words[index + 2])
        present[name] = path
        pieces += [text[done : word.offset], name.ljust(end - word.offset)]
        done = end
    return "".join([*pieces, text[done:]]), present, flaws


def _path(words: tuple[Word, ...], index: int) -> tuple[Path, int]:
    if index >= len(words) or words[index].kind != "name":
        return (), index
    path: list[str] = [words[index].text]
    while (part := _part_after(words, index)) is not None:
        path.append(part)
        index += 2 if words[index + 1].text == "." else 3
    return tuple(path), index + 1


def _path_flaws(path: Path, fields: Fields, word: Word) -> Iterator[Flaw]:
    name = str(path[0])
    if name not in fields:
        yield Flaw(word.offset, unknown_name(name, fields))
    elif len(path) > 1 and not has_parts(fields[name]):
        yield Flaw(word.offset, no_parts(name))


def _too_much(words: tuple[Word, ...]) -> Iterator[Flaw]:
    """CEL's own budget of steps bounds neither loops in loops that grow a text, nor the length of sums."""
    open_loops: list[bool] = []
    sums = 0
    for index, word in enumerate(words):
        if word.text == "(":
            is_loop = index > 1 and words[index - 1].text in LOOPS and words[index - 2].text == "."
            open_loops.append(is_loop)
            if is_loop and sum(open_loops) == _DEEPEST_LOOPS + 1:
                yield Flaw(
                    words[index - 1].offset, f"`{words[index - 1].text}` is nested too deep; at most {_DEEPEST_LOOPS}"
                )
        elif word.text == ")" and open_loops:
            open_loops.pop()
        elif word.text == "+":
            sums += 1
            if sums == _MOST_SUMS + 1:
                yield Flaw(word.offset, f"more than {_MOST_SUMS} times `+` in one expression")


def conjuncts(words: tuple[Word, ...], first: int = 0, last: int | None = None) -> Iterator[tuple[int, int]]:
    """Where the parts joined by `&&` at the top begin and end in `words`, without parentheses around the whole."""
    last = len(words) if last is None else last
    depths = list(_depths(words[first:last]))
    while last - first > 2 and words[first].text == "(" and min(depths[:-1]) > 0:
        first, last = first + 1, last - 1
        depths = [depth - 1 for depth in depths[1:-1]]
    top = [words[first + at].text if depth == 0 else "" for at, depth in enumerate(depths)]
    if "&&" not in top or "||" in top or "?" in top:
        yield first, last
        return
    begin = first
    for at in [*(first + at for at, text in enumerate(top) if text == "&&"), last]:
        yield from conjuncts(words, begin, at)
        begin = at + 1


def _depths(words: tuple[Word, ...]) -> Iterator[int]:
    """How many brackets are open behind each word."""
    depth = 0
    for word in words:
        depth += (word.text in ("(", "[", "{")) - (word.text in (")", "]", "}"))
        yield depth

"""Silences as people ask for them: read, checked whole, stored beside a daemon or without one; listed and lifted."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from otpushd.config.load import Config
from otpushd.derive.catalogue import CATALOGUE
from otpushd.files.duration import local_doubt, parse_duration, parse_instant
from otpushd.files.suggest import did_you_mean
from otpushd.files.yaml_document import read_yaml
from otpushd.model.delivery import Priority
from otpushd.model.glob import glob
from otpushd.model.silence import Phase, Scope, Silence
from otpushd.routing.event_type import known_types
from otpushd.store import silence as table
from otpushd.store.command import is_there, open_for
from otpushd.store.opening import Database

LONGEST_NAME = 200
LONGEST_REASON = 1000
LONGEST = timedelta(days=36500)
NOTHING = "say what is held back: --rule, --dataset, --person, --type or --priority; or --all for every message"
BOTH = "--all is every message; leave it out, or leave the other options out"
HOW_LONG = "say how long: either --for 2h or --until 2026-03-02T17:00"


class Refused(Exception):
    """Nothing was stored or changed; `reasons` says why, a line each."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for, as texts. `lasting` is a duration, `start` and `until` are instants."""

    author: str
    reason: str
    rule: str | None = None
    dataset: str | None = None
    person: str | None = None
    type: str | None = None
    priorities: tuple[str, ...] = ()
    everything: bool = False
    lasting: str | None = None
    start: str | None = None
    until: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """The options that are texts, without those that were not given."""
        texts = {"--rule": self.rule, "--dataset": self.dataset, "--person": self.person, "--type": self.type}
        return {option: text for option, text in texts.items() if text is not None}


def add(config: Config, request: Request, now: datetime, ids: Iterator[str]) -> tuple[Silence, list[str]]:
    """Store a silence durably, under the first of `ids` that is free; and what is odd about it, a sentence each.

    Raises Refused, and StoreUnusable where the store cannot take it.
    """
    wrong = [*_wrong_scope(config, request), *_wrong_words(request)]
    starts, ends = _times(config, request, now, wrong)
    if wrong:
        raise Refused(*wrong)
    scope = Scope(
        request.rule, request.dataset, request.person, request.type, frozenset(map(Priority, request.priorities))
    )
    with _opened(config, next(ids)) as database:
        doubts = [*_doubts(config, request), *_unknown_dataset(request.dataset, table.dataset_names(database))]
        for id in ids:
            silence = Silence(id, scope, starts, ends, request.author.strip(), request.reason.strip(), now)
            if table.add(database, silence):
                return silence, doubts
    raise Refused("there is no free id left")


def listed(config: Config, now: datetime, ended: bool, token: str) -> list[Silence]:
    """Those in force and to come, by their start; with `ended` also those that are over and not forgotten.

    Makes no store. Raises StoreUnusable.
    """
    if not is_there(config.store_url):
        return []
    with _opened(config, token) as database:
        return table.of(database, datetime(1, 1, 1, tzinfo=UTC) if ended else now)


def lift(config: Config, id: str, now: datetime, author: str, reason: str | None, token: str) -> Silence | str:
    """End a silence, so that what it holds back is looked at anew at once; or why there is none to lift, in a sentence.

    Makes no store. Raises Refused, and StoreUnusable where the store cannot take it.
    """
    if wrong := [*_wrong_text("--author", author, LONGEST_NAME), *_wrong_text("--reason", reason, LONGEST_REASON)]:
        raise Refused(*wrong)
    if not is_there(config.store_url):
        return f"there is no silence {id!r}"
    with _opened(config, token) as database:
        found = table.lift(database, id, now, author.strip(), reason and reason.strip())
        if found is not None:
            return found
        if (over := table.find(database, id)) is not None:
            how = f"was lifted by {over.lifted_by}" if over.phase(now) is Phase.LIFTED else "ended"
            return f"the silence {id!r} is over, it {how} at {_shown(over.ends, config)}"
        return f"there is no silence {id!r}" + did_you_mean(id, [one.id for one in table.of(database, now)])


@contextmanager
def _opened(config: Config, token: str) -> Iterator[Database]:
    database = open_for(config.store_url, config.store_secrets, "silence", token)
    try:
        yield database
    finally:
        database.close()


def _wrong_scope(config: Config, request: Request) -> Iterator[str]:
    if not request.everything and not request.named and not request.priorities:
        yield NOTHING
    if request.everything and (request.named or request.priorities):
        yield BOTH
    for option, text in request.named.items():
        yield from _wrong_text(option, text, LONGEST_NAME)
    if request.type:
        yield from filter(None, [known_types(request.type, {**config.declared, **CATALOGUE})[1]])
    known = [one.value for one in Priority]
    for name in sorted(set(request.priorities) - set(known)):
        yield f"no priority {name!r}{did_you_mean(name, known)}; there is {', '.join(known)}"


def _wrong_words(request: Request) -> Iterator[str]:
    yield from _wrong_text("--reason", request.reason, LONGEST_REASON)
    yield from _wrong_text("--author", request.author, LONGEST_NAME)


def _wrong_text(option: str, text: str | None, longest: int) -> Iterator[str]:
    if text is not None and not (text.strip() and text.isprintable() and len(text) <= longest):
        yield f"{option} is of 1 to {longest} printable characters, on one line"


def _times(config: Config, request: Request, now: datetime, wrong: list[str]) -> tuple[datetime, datetime]:
    """Start and end; what is wrong with them goes into `wrong`, and then they mean nothing."""
    zone, starts, ends, before = config.settings.timezone, now, now, len(wrong)
    option = "--for" if request.until is None else "--until"
    try:
        starts = parse_instant(request.start, zone) if request.start is not None else now
    except ValueError as error:
        wrong.append(f"--from: {error}")
    try:
        if request.until is not None:
            ends = parse_instant(request.until, zone)
        elif request.lasting is not None:
            ends = starts + parse_duration(request.lasting)
    except ValueError as error:
        wrong.append(f"{option}: {error}")
    except OverflowError:
        ends = now + 2 * LONGEST
    if (request.lasting is None) == (request.until is None):
        wrong.append(HOW_LONG)
    elif len(wrong) > before:
        pass
    elif ends > now + LONGEST:
        wrong.append(f"{option}: the end is more than 100 years away; lift it when it is over instead")
    elif ends <= starts:
        wrong.append(f"{option}: it ends before it begins" if request.start is not None else f"{option}: that is over")
    elif ends <= now:
        wrong.append(f"{option}: it would have ended at {_shown(ends, config)}, which is over")
    return max(starts, now), ends


def _shown(instant: datetime, config: Config) -> str:
    return f"{instant.astimezone(config.settings.timezone):%Y-%m-%d %H:%M %Z}"


def _doubts(config: Config, request: Request) -> Iterator[str]:
    """What is not wrong, and probably not meant."""
    for option, text in (("--from", request.start), ("--until", request.until)):
        if text is not None and (doubt := local_doubt(text, config.settings.timezone)):
            yield f"{option}: {doubt}"
    rules = _rule_names(config)
    if request.rule is not None and not any(map(glob(request.rule), rules)):
        yield f"no rule is called like {request.rule!r}{did_you_mean(request.rule, rules)}"
    person, people = request.person, config.people
    if person is None or person in people.people:
        return
    if (known := people.named(person)) is not None:
        yield f"nobody has the id {person!r}, that is how Prodigy knows {known.id!r}; name that id"
    elif person in people.groups:
        yield f"nobody has the id {person!r}, that is a group; a silence is of one person, or of all"
    else:
        yield f"nobody has the id {person!r}{did_you_mean(person, people.people)}"


def _unknown_dataset(pattern: str | None, names: Iterable[str]) -> Iterator[str]:
    """Nothing is said while no dataset is known at all: then the daemon has never run."""
    known = list(names)
    if pattern is not None and known and not any(map(glob(pattern), known)):
        yield f"no dataset that was seen is called like {pattern!r}{did_you_mean(pattern, known)}"


def _rule_names(config: Config) -> list[str]:
    """Names as they stand in the files: a rule with an error has one too, and compiling all of them takes long."""
    documents = (read_yaml(path)[0] for path in config.rule_paths)
    roots = (document.data for document in documents if document is not None and isinstance(document.data, dict))
    lists = (rules for root in roots if isinstance(rules := root.get("rules"), list))
    found = (rule.get("name") for rules in lists for rule in rules if isinstance(rule, dict))
    return [name for name in found if isinstance(name, str)]

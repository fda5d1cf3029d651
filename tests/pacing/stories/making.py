"""Random stories: rules that remember, people who want to be left alone, and what happens to them in a few days.

What a rule says is kept as plain values, so that a rule file can be written of it and a slow oracle can read it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from otpushd.model.calendar import Span
from otpushd.model.event import Event
from otpushd.model.people import Person
from otpushd.model.quiet import Quiet
from otpushd.model.rate import Rate
from otpushd.model.silence import Scope, Silence
from tests.pacing.world import NINE, person

THINGS, DATASETS, PEOPLE = ("a", "b"), ("x", "y"), ("ann", "bob", "cal")
DAY = 24 * 3600


@dataclass(frozen=True)
class End:
    """An event of that type; `by` names a field that must be equal, else source and dataset must."""

    on: str
    by: str | None = None

    def written(self) -> str:
        return (
            f"{{on: {self.on}}}"
            if self.by is None
            else f"{{on: {self.on}, when: event.{self.by} == trigger.{self.by}}}"
        )


@dataclass(frozen=True)
class StepSpec:
    """A step of an escalation; without `until` the one before it, else the rule's."""

    after: int
    to: tuple[str, ...]
    until: End | None = None


@dataclass(frozen=True)
class RuleSpec:
    """Durations are seconds. `key` are the fields of `collect.by` where `wait` is given."""

    name: str
    on: str = "thing.opened"
    dataset: str | None = None
    to: tuple[str, ...] = ("ann",)
    priority: str = "normal"
    expires: int | None = None
    key: tuple[str, ...] = ()
    wait: int | None = None
    max_wait: int | None = None
    at_least: int = 1
    repeat: tuple[int, int] | None = None
    remind: tuple[int, int] | None = None
    until: End | None = None
    resolve: End | None = None
    steps: tuple[StepSpec, ...] = ()

    def written(self) -> str:
        collects = self.wait is not None
        texts = {"title": f"{self.name} {{{{ thing }}}}", "body": "{{ score }}"}
        if collects:
            texts["body"] = "{{ count }} {{ score_min }} {{ score_max }} {{ thing_list | join('+') }}"
        if self.repeat:
            texts["body"] += " {{ suppressed }}"
        lines = [f"name: {self.name}", f"on: {self.on}", f"to: [{', '.join(self.to)}]", f"priority: {self.priority}"]
        lines += [f'{name}: "{text}"' for name, text in texts.items()]
        lines += [f"datasets: {self.dataset}"] * (self.dataset is not None)
        lines += [f"expires: {self.expires}s"] * (self.expires is not None)
        by = f"[{', '.join(self.key)}]"
        if collects:
            most = "" if self.max_wait is None else f", max_wait: {self.max_wait}s"
            lines.append(f"collect: {{by: {by}, wait: {self.wait}s{most}, at_least: {self.at_least}}}")
        elif self.key:
            lines.append(f"key: {by}")
        for name, pauses in (("repeat", self.repeat), ("remind_every", self.remind)):
            if pauses is not None:
                lines.append(f"{name}: {{first: {pauses[0]}s, factor: {pauses[1]}, max: {4 * pauses[0]}s}}")
        if self.until is not None:
            lines.append(f"until: {self.until.written()}")
        if self.resolve is not None:
            lines.append(f'resolve: {self.resolve.written()[:-1]}, title: "{self.name} over {{{{ thing }}}}"}}')
        if self.steps:
            lines.append("escalate:")
        for number, step in enumerate(self.steps):
            until = f"until: {step.until.written()}, " if step.until is not None else ""
            title = f'title: "{self.name} step {number} {{{{ thing }}}}"'
            lines.append(f"  - {{after: {step.after}s, {until}to: [{', '.join(step.to)}], {title}}}")
        return "  - " + "\n    ".join(lines)


@dataclass(frozen=True)
class MuteSpec:
    """Holds `rules` back while `outage.started` is open."""

    name: str
    rules: tuple[str, ...]
    until: End

    def written(self) -> str:
        rules, until = ", ".join(self.rules), self.until.written()
        return f"  - {{name: {self.name}, rules: [{rules}], while: {{on: outage.started, until: {until}}}}}"


@dataclass(frozen=True)
class Rules:
    """A rule file."""

    rules: tuple[RuleSpec, ...]
    mutes: tuple[MuteSpec, ...] = ()

    def written(self) -> str:
        mutes = "".join(f"{one.written()}\n" for one in self.mutes)
        return (
            f"{f'mute:{chr(10)}{mutes}' if mutes else ''}rules:\n"
            + "\n".join(one.written() for one in self.rules)
            + "\n"
        )


@dataclass(frozen=True)
class Happens:
    """An event, so many seconds after nine; or other rules come into force."""

    at: int
    kind: str = ""
    dataset: str | None = None
    thing: str | None = None
    score: int = 0
    rules: Rules | None = None

    def event(self, number: int) -> Event:
        data: dict[str, Any] = {"thing": self.thing, "score": self.score}
        return Event(self.kind, f"e{number}", "main", instant(self.at), self.dataset, data)


@dataclass(frozen=True)
class Story:
    """`seed` made it. What happens is in order."""

    seed: int
    rules: Rules
    people: tuple[Person, ...]
    rates: tuple[Rate, ...]
    silences: tuple[Silence, ...]
    happens: tuple[Happens, ...] = field(default=())

    def shown(self) -> str:
        """To be read by people."""
        lines = [f"again with --stories {self.seed}-{self.seed}", self.rules.written()]
        lines += [f"silence {one.scope} {one.starts} to {one.ends}" for one in self.silences]
        lines += [f"rates of push: {self.rates}"] * bool(self.rates)
        lines += [f"{one.id}: {one.quiet} {one.rates} {one.opt_out}" for one in self.people if one != person(one.id)]
        for one in self.happens:
            what = f"{one.kind} {one.dataset} {one.thing} {one.score}" if one.rules is None else one.rules.written()
            lines.append(f"{one.at}: {what}")
        return "\n".join(lines)

    @property
    def end(self) -> datetime:
        """By then nothing is held back any more but by a mute."""
        return instant(max([one.at for one in self.happens], default=0) + DAY + DAY // 4)

    def events(self) -> list[Event]:
        """Those that are events."""
        return [one.event(number) for number, one in enumerate(self.happens) if one.rules is None]

    def smaller(self) -> Iterator["Story"]:
        """The story without one thing each."""
        for index in range(len(self.happens)):
            yield replace(self, happens=(*self.happens[:index], *self.happens[index + 1 :]))
        for index in range(len(self.silences)):
            yield replace(self, silences=(*self.silences[:index], *self.silences[index + 1 :]))
        if not any(one.rules for one in self.happens):
            rules = self.rules
            for index in range(len(rules.rules)):
                left = (*rules.rules[:index], *rules.rules[index + 1 :])
                if left:
                    yield replace(self, rules=replace(rules, rules=left))
            for number, rule in enumerate(rules.rules):
                for less in _simpler(rule):
                    yield replace(
                        self, rules=replace(rules, rules=(*rules.rules[:number], less, *rules.rules[number + 1 :]))
                    )
            if rules.mutes:
                yield replace(self, rules=replace(rules, mutes=()))
        if self.rates:
            yield replace(self, rates=())
        for index, one in enumerate(self.people):
            plain = person(one.id)
            if one != plain:
                yield replace(self, people=(*self.people[:index], plain, *self.people[index + 1 :]))


def _simpler(rule: RuleSpec) -> Iterator[RuleSpec]:
    yield from (replace(rule, **{name: None}) for name in ("repeat", "expires", "dataset") if getattr(rule, name))
    if rule.remind:
        yield replace(rule, remind=None)
    if rule.steps:
        yield replace(rule, steps=rule.steps[:-1])
    if len(rule.to) > 1:
        yield replace(rule, to=rule.to[:1])
    if rule.resolve and not rule.remind:
        yield replace(rule, resolve=None)


def instant(seconds: int) -> datetime:
    """So many seconds after nine."""
    return NINE + timedelta(seconds=seconds)


def random_story(seed: int, *, coarse: bool = False, reloads: bool = False) -> Story:
    """The story of a seed. A `coarse` one knows only half hours, so that much falls together; else nothing does."""
    random = Random(seed)
    make = _Making(random, 1800 if coarse else 1)
    rules = Rules(tuple(make.rule(f"r{n}") for n in range(random.randint(1, 4))), ())
    names = [rule.name for rule in rules.rules]
    if random.random() < 0.5:
        rules = replace(rules, mutes=tuple(make.mute(f"m{n}", names) for n in range(random.randint(1, 2))))
    people = tuple(make.person(name) for name in PEOPLE)
    rates = (make.rate(),) if random.random() < 0.2 else ()
    silences = tuple(make.silence(str(n), names) for n in range(random.choice([0, 0, 1, 2])))
    happens = make.happens(random.randint(5, 40))
    if reloads:
        for _ in range(random.randint(1, 3)):
            rules_now = next((one.rules for one in reversed(happens) if one.rules), rules)
            at = max(happens[-1].at, 0) if random.random() < 0.2 else random.randrange(happens[-1].at + 1)
            later = max([at, *(one.at for one in happens if one.rules)])
            happens = sorted([*happens, Happens(later, rules=make.changed(rules_now))], key=lambda one: one.at)
    return Story(seed, rules, people, rates, silences, tuple(happens))


def shrunk(story: Story, fails: Any) -> Story:
    """The story with nothing in it that can be left out while it still fails."""
    going = True
    while going:
        going = False
        for less in story.smaller():
            if fails(less):
                story, going = less, True
                break
    return story


class _Making:
    def __init__(self, random: Random, grain: int) -> None:
        self.random, self.grain = random, grain

    def seconds(self, least: int, most: int) -> int:
        return max(self.grain, self.random.randint(least, most) // self.grain * self.grain)

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def some(self, of: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.random.sample(of, self.random.randint(1, len(of))))

    def end(self) -> End:
        return End("thing.closed", self.random.choice([None, None, "thing"]))

    def rule(self, name: str) -> RuleSpec:
        random = self.random
        ends = self.maybe(0.7)
        until, resolve = (self.end(), None) if self.maybe(0.4) else (None, self.end())
        rule = RuleSpec(
            name,
            dataset=random.choice([None, None, "x"]),
            to=self.some(PEOPLE),
            priority=random.choice(["normal", "normal", "critical"]),
            expires=self.seconds(1800, 40000) if self.maybe(0.3) else None,
            key=random.choice([(), ("dataset",), ("thing",), ("dataset", "thing")]),
            repeat=(self.seconds(600, 20000), random.choice([1, 2])) if self.maybe(0.35) else None,
            until=until if ends else None,
            resolve=resolve if ends else None,
            remind=(self.seconds(6000, 20000), random.choice([1, 2])) if ends and self.maybe(0.4) else None,
            steps=self.steps() if self.maybe(0.4) else (),
        )
        if self.maybe(0.4):
            wait = self.seconds(300, 9000)
            most = wait + self.seconds(0, 9000) if self.maybe(0.5) else None
            rule = replace(rule, wait=wait, max_wait=most, at_least=random.choice([1, 1, 2, 3]))
        return rule

    def steps(self) -> tuple[StepSpec, ...]:
        first, second = self.seconds(900, 15000), self.seconds(900, 15000)
        steps = [StepSpec(first, self.some(PEOPLE), self.end() if self.maybe(0.6) else None)]
        if self.maybe(0.5):
            steps.append(StepSpec(first + second, self.some(PEOPLE), self.end() if self.maybe(0.3) else None))
        return tuple(steps)

    def mute(self, name: str, rules: Sequence[str]) -> MuteSpec:
        return MuteSpec(name, self.some(rules), End("outage.ended", self.random.choice([None, "thing"])))

    def person(self, name: str) -> Person:
        random, quiet = self.random, None
        if self.maybe(0.5):
            start = random.randrange(48) * 30
            quiet = Quiet((Span(start, start + random.randint(2, 28) * 30),), frozenset(), self.maybe(0.5), UTC)
        rates = tuple(self.rate() for _ in range(random.choice([0, 0, 1, 2])))
        return person(name, quiet, rates, ["r0"] if self.maybe(0.1) else ())

    def rate(self) -> Rate:
        return Rate(self.random.randint(1, 4), timedelta(seconds=self.seconds(600, 20000)))

    def silence(self, id: str, rules: Sequence[str]) -> Silence:
        start = self.seconds(0, DAY)
        scope = Scope(
            rule=self.random.choice([None, *rules]),
            person=self.random.choice([None, "ann"]),
            dataset=self.random.choice([None, None, "x"]),
        )
        return Silence(id, scope, instant(start), instant(start + self.seconds(600, 40000)), "lea", "why", NINE)

    def happens(self, count: int) -> list[Happens]:
        random, found, at = self.random, list[Happens](), 0
        kinds = ["thing.opened"] * 6 + ["thing.closed"] * 2 + ["outage.started", "outage.ended"]
        for _ in range(count):
            at += self.seconds(1, random.choice([60, 2000, 9000]))
            if self.grain > 1 and self.maybe(0.4) and found:
                at = found[-1].at
            dataset = random.choice([*DATASETS, *DATASETS, None])
            thing = random.choice([*THINGS, *THINGS, None])
            found.append(Happens(at, random.choice(kinds), dataset, thing, random.randint(0, 9)))
        return found

    def changed(self, rules: Rules) -> Rules:
        """A rule is gone, renamed or another; a mute is gone, or mutes others."""
        index = self.random.randrange(len(rules.rules))
        old = rules.rules[index]
        new: tuple[RuleSpec, ...] = (self.rule(old.name),)
        if self.maybe(0.3) and len(rules.rules) > 1:
            new = ()
        elif self.maybe(0.3):
            new = (replace(old, name=f"{old.name}x"),)
        mutes = () if self.maybe(0.2) else rules.mutes
        if mutes and self.maybe(0.4):
            mutes = (replace(mutes[0], rules=self.some([rule.name for rule in rules.rules])), *mutes[1:])
        return Rules((*rules.rules[:index], *new, *rules.rules[index + 1 :]), mutes)

"""What people must have been sent, worked out slowly from product.md: plain lists, everything looked at each time.

It shares no code with pacing/ and no shape of data: nothing is indexed, joined, filed or remembered but what happened.
Only of two things due at the same instant it takes that first whose id is, which nobody can know otherwise.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from otpushd.model.event import event_id
from otpushd.model.joining import joined
from otpushd.model.people import Person
from tests.pacing.stories.making import End, Happens, Rules, RuleSpec, StepSpec, Story, instant

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
Said = tuple[datetime, str, str, str]
"""When, to whom, title, body."""


@dataclass(eq=False)
class Cause:
    """What a rule has going on. `heard` is what came already of what it waits for."""

    id: str
    rule: RuleSpec
    key: tuple[object, ...]
    events: list[Happens]
    began: datetime
    people: list[str]
    collected: bool
    closes: datetime | None = None
    told: datetime | None = None
    heard: set[str] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    overs: dict[str, set[int]] = field(default_factory=dict)
    blind: set[str] = field(default_factory=set)
    lingers: str = ""
    closed: bool = False
    reminded: int = 0
    reminds: datetime | None = None


@dataclass(eq=False)
class Letter:
    """A message decided. `state` is waiting, sent, resolved or expired; what waits does so until `until`."""

    rule: str
    person: str
    title: str
    body: str
    critical: bool
    dataset: str | None
    made: datetime
    expires: datetime | None
    cause: Cause | None
    first: bool
    state: str = "waiting"
    until: datetime | None = None
    why: str = ""
    step: str | None = None


class Oracle:
    """Follows a story."""

    def __init__(self, story: Story) -> None:
        self.people = {one.id: one for one in story.people}
        self.channel_rates, self.silences = story.rates, story.silences
        self.rules: Rules = story.rules
        self.causes: list[Cause] = []
        self.mutes: list[tuple[str, Happens]] = []
        self.letters: list[Letter] = []
        self.said: list[Said] = []
        self.marks: dict[tuple[str, tuple[object, ...], str], tuple[datetime, int, int]] = {}
        self.closed: set[tuple[object, ...]] = set()
        self.since = instant(0)
        """Since when the rules are in force: what they want earlier comes then."""

    def follow(self, story: Story) -> list[Said]:
        """All that is said in a story."""
        for number, one in enumerate(story.happens):
            self.pass_time(instant(one.at))
            if one.rules is not None:
                self.reload(one.rules, instant(one.at))
            else:
                self.hear(one, number, instant(one.at))
            self.pass_time(instant(one.at))
        self.pass_time(story.end)
        return self.said

    def pass_time(self, to: datetime) -> None:
        """Do what is due, in order."""
        while True:
            due = [(at, cause.id, do) for cause in self.causes for at, do in self.chores(cause)]
            for person in self.people:
                at = min((one.until for one in self.letters if one.person == person and one.until), default=NEVER)
                due.append((at, "~", lambda now, who=person: self.release(who, now)))
            at, _, do = min(due, key=lambda one: one[:2])
            if at > to:
                return
            do(max(at, self.since))

    def chores(self, cause: Cause) -> list[tuple[datetime, Callable[[datetime], None]]]:
        """What a cause has to do, and when."""
        if cause.closes is not None:
            return [(cause.closes, lambda now: self.close(cause, now))]
        found: list[tuple[datetime, Callable[[datetime], None]]] = []
        if cause.reminds is not None:
            found.append((cause.reminds, lambda now: self.remind(cause, now)))
        for number, step in enumerate(cause.rule.steps):
            if number not in cause.done and cause.told is not None:
                at = cause.told + timedelta(seconds=step.after)
                found.append((at, lambda now, n=number: self.escalate(cause, n, now)))
        return found

    def goes_on(self, cause: Cause) -> bool:
        """Whether anything may still come of it."""
        waiting = any(one.cause is cause and one.state == "waiting" and one.until is not None for one in self.letters)
        awaited = ("resolve" in cause.heard and not cause.closed) or ({"until", "resolve"} & cause.heard and waiting)
        if awaited and any(
            number not in cause.overs.get(what, ()) and (end.by is None or getattr(one, end.by) is not None)
            for what, end in waits(cause.rule)
            if what in ("until", "resolve") and cause.lingers in ("", what)
            for number, one in enumerate(cause.events)
            if number
        ):
            return True
        ends = [end for what, end in waits(cause.rule) if what not in cause.heard | {str(one) for one in cause.done}]
        first = cause.events[0]
        kept = [end for what, end in waits(cause.rule) if what in cause.kept - cause.heard]
        found = (getattr(first, one.by) for one in (*ends, *kept) if one.by is not None)
        return (
            bool(self.chores(cause))
            or any(one.by is None for one in (*ends, *kept))
            or any(value is not None for value in found)
        )

    def hear(self, event: Happens, number: int, now: datetime) -> None:
        """First what it ends, then what it says, then what it mutes."""
        for rule in self.rules.rules:
            for what, end in waits(rule):
                for cause in [one for one in self.causes if one.rule is rule]:
                    if cause in self.causes and (not cause.lingers or cause.lingers == what):
                        self.may_end(cause, what, end, event, now)
        for mute in self.rules.mutes:
            ended = [one for one in self.mutes if one[0] == mute.name and fits(mute.until, event, one[1])]
            self.mutes = [one for one in self.mutes if one not in ended]
            if ended and not self.muted(mute.name):
                self.unmute(mute.name, now)
        matching = [one for one in self.rules.rules if event.kind == one.on and one.dataset in (None, event.dataset)]
        for rule in sorted(matching, key=remembers):
            if rule.wait is not None:
                self.collect(rule, event, number, now)
                continue
            key = tuple([getattr(event, name) for name in rule.key]) if rule.key else (number,)
            self.tell(Cause(id_of(rule, event, number), rule, key, [event], now, list(rule.to), collected=False), now)
        for mute in self.rules.mutes:
            if event.kind == "outage.started" and not (mute.until.by == "thing" and event.thing is None):
                self.mutes.append((mute.name, event))

    def collect(self, rule: RuleSpec, event: Happens, number: int, now: datetime) -> None:
        """It joins the group of its key."""
        key = tuple([getattr(event, name) for name in rule.key])
        open = [one for one in self.causes if one.rule is rule and one.key == key and one.closes is not None]
        if not open:
            open = [Cause(id_of(rule, event, number), rule, key, [], now, [], collected=True)]
            self.causes += open
        (cause,) = open
        cause.events.append(event)
        cause.people += [one for one in rule.to if one not in cause.people]
        assert rule.wait is not None
        most = 10 * rule.wait if rule.max_wait is None else rule.max_wait
        cause.closes = min(now + timedelta(seconds=rule.wait), cause.began + timedelta(seconds=most))

    def close(self, cause: Cause, now: datetime) -> None:
        """The group gathers no more."""
        cause.closes = None
        self.causes.remove(cause)
        if cause.rule.wait is None or len(cause.events) >= cause.rule.at_least:
            self.tell(cause, now)

    def tell(self, cause: Cause, now: datetime) -> None:
        """The first message."""
        rule, told, repeated = cause.rule, [], 0
        for name in cause.people:
            if self.people[name].opted_out(rule.name):
                continue
            mark, suppressed, turn = (rule.name, cause.key, name), 0, 0
            if rule.repeat is not None and mark in self.marks:
                last, turn, suppressed = self.marks[mark]
                if now < last + pause(rule.repeat, turn):
                    self.marks[mark] = (last, turn, suppressed + 1)
                    repeated += 1
                    continue
                turn = turn + 1 if suppressed else 0
            told.append(name)
            self.send(cause, name, title(rule, cause.events[0]), body(cause, suppressed), now, first=True)
            one = self.letters[-1]
            if rule.repeat is not None and (None in (one.until, one.expires) or one.expires > one.until):  # type: ignore[operator]
                self.marks[mark] = (now, turn, 0)
        follows = bool(rule.steps or rule.remind or rule.until or rule.resolve)
        if follows and not (cause.people and repeated == len(cause.people)):
            cause.told, cause.people = now, told
            self.causes.append(cause)
            if rule.remind is not None and not cause.heard & {"until", "resolve"}:
                cause.reminds = now + pause(rule.remind, 0)

    def remind(self, cause: Cause, now: datetime) -> None:
        """Once more, to those who are not still to get what was said before."""
        assert cause.rule.remind is not None
        cause.reminded += 1
        cause.reminds = now + pause(cause.rule.remind, cause.reminded)
        held = {one.person for one in self.letters if one.cause is cause and one.state == "waiting" and one.until}
        for name in cause.people:
            if name not in held and not self.people[name].opted_out(cause.rule.name):
                self.send(cause, name, title(cause.rule, cause.events[0]), body(cause, 0), now)

    def escalate(self, cause: Cause, number: int, now: datetime) -> None:
        """The next ones."""
        cause.done.add(number)
        step = cause.rule.steps[number]
        text = f"{cause.rule.name} step {number} {cause.events[0].thing or ''}".strip()
        for name in step.to:
            if not self.people[name].opted_out(cause.rule.name):
                self.send(cause, name, text, body(cause, 0), now, step=str(number))
        if any(one.cause is cause and one.step == str(number) and one.until is not None for one in self.letters):
            cause.kept.add(str(number))

    def may_end(self, cause: Cause, what: str, end: End, event: Happens, now: datetime) -> None:
        """What ended of a cause: its first event, or another one of its group."""
        if what not in ("until", "resolve"):
            if what not in cause.heard and fits(end, event, cause.events[0]):
                self.end(cause, what, end, event, now)
            return
        overs = cause.overs.setdefault(what, set())
        new = {number for number, one in enumerate(cause.events) if number not in overs and fits(end, event, one)}
        if what in cause.blind:
            new &= {0}
        overs |= new
        if 0 in new and what not in cause.heard:
            self.end(cause, what, end, event, now)
        elif new and 0 in overs and self.all_over(cause, what, end):
            if what == "resolve" and cause.told is not None and not cause.closed:
                self.say_it_is_over(cause, event, now)
            self.over(cause)

    def all_over(self, cause: Cause, what: str, end: End) -> bool:
        """Whether the whole group is over with its first event, or was before."""
        if len(cause.events) == 1 or (end.by or "dataset") in cause.rule.key:
            return True
        return what not in cause.blind and len(cause.overs.get(what, ())) == len(cause.events)

    def over(self, cause: Cause, recall: bool = True) -> None:
        """Nothing is left of it."""
        if recall:
            self.recall(cause, [one for one in self.letters if one.cause is cause])
        self.forget_marks(cause)
        self.causes.remove(cause)

    def forget_marks(self, cause: Cause) -> None:
        for mark in [(cause.rule.name, cause.key, name) for name in cause.people]:
            if mark in self.marks and self.marks[mark][0] == cause.told:
                self.marks[mark] = (datetime(1970, 1, 1, tzinfo=UTC), *self.marks[mark][1:])

    def recall(self, cause: Cause, letters: list[Letter]) -> None:
        """What was not said yet never is."""
        for one in letters:
            if one.state == "waiting" and one.until is not None:
                one.state = "resolved"
                self.forget(cause, one)

    def end(self, cause: Cause, what: str, end: End, event: Happens, now: datetime) -> None:
        """Something that a cause waits for came."""
        all = self.all_over(cause, what, end)
        if what in ("until", "resolve") and (all or cause.closes is None):
            if what == "resolve" and cause.told is not None:
                self.say_it_is_over(cause, event, now)
            waiting = [one for one in self.letters if one.cause is cause and one.state == "waiting" and one.until]
            if all or not waiting:
                self.over(cause, recall=all)
                return
            self.forget_marks(cause)
            cause.lingers, cause.closed, cause.reminds = what, True, None
            cause.done |= set(range(len(cause.rule.steps)))
            cause.heard.add(what)
            return
        if what not in ("until", "resolve") and int(what) in cause.done:
            self.recall(cause, [one for one in self.letters if one.cause is cause and one.step == what])
        cause.heard.add(what)
        if what not in ("until", "resolve"):
            cause.done.add(int(what))

    def forget(self, cause: Cause, one: Letter) -> None:
        """What was never said is not said again."""
        mark = (cause.rule.name, cause.key, one.person)
        if one.first and mark in self.marks and self.marks[mark][0] == one.made:
            self.marks[mark] = (datetime(1970, 1, 1, tzinfo=UTC), *self.marks[mark][1:])

    def say_it_is_over(self, cause: Cause, event: Happens, now: datetime) -> None:
        """To those who got the first; once where several causes of a key are over."""
        rule = cause.rule
        what = cause.key if rule.key or rule.wait is not None else (id(cause),)
        for one in [one for one in self.letters if one.cause is cause and one.first and one.state == "sent"]:
            once = (rule.name, what, id(event), one.person)
            if once not in self.closed and not self.people[one.person].opted_out(rule.name):
                self.closed.add(once)
                self.send(
                    None, one.person, f"{rule.name} over {event.thing or ''}".strip(), "", now, rule=rule, at=event
                )

    def send(
        self,
        cause: Cause | None,
        person: str,
        title: str,
        body: str,
        now: datetime,
        *,
        first: bool = False,
        rule: RuleSpec | None = None,
        at: Happens | None = None,
        step: str | None = None,
    ) -> None:
        """A message is decided: it goes, or waits."""
        rule = rule or (cause.rule if cause else None)
        assert rule is not None
        dataset = cause.events[0].dataset if cause else (at.dataset if at else None)
        expires = now + timedelta(seconds=rule.expires) if rule.expires is not None and cause else None
        one = Letter(
            rule.name, person, title, body, rule.priority == "critical", dataset, now, expires, cause, first, step=step
        )
        self.letters.append(one)
        one.why, one.until = self.own(one, now) or self.quiet(one, now) or self.rate(person, now) or ("", None)
        if one.until is None:
            self.leave([one], one.title, one.body, now)

    def leave(self, letters: list[Letter], title: str, body: str, now: datetime) -> None:
        """Off it goes."""
        self.said.append((now, letters[0].person, title, body.strip()))
        for one in letters:
            one.state, one.until = "sent", None

    def own(self, one: Letter, now: datetime) -> tuple[str, datetime] | None:
        """Silences and mutes."""
        ends = [
            each.ends
            for each in self.silences
            if each.starts <= now < each.ends
            and each.scope.rule in (None, one.rule)
            and each.scope.person in (None, one.person)
            and each.scope.dataset in (None, one.dataset)
        ]
        if ends:
            return "silence", max(ends)
        for mute in self.rules.mutes:
            if one.rule in mute.rules and self.muted(mute.name):
                return mute.name, NEVER
        return None

    def muted(self, name: str) -> bool:
        return any(one[0] == name for one in self.mutes)

    def unmute(self, name: str, now: datetime) -> None:
        for one in self.letters:
            if one.until == NEVER and one.why == name:
                one.until = now

    def quiet(self, one: Letter, now: datetime) -> tuple[str, datetime] | None:
        """Quiet hours, which all lie in one span a day here."""
        quiet = self.people[one.person].quiet
        if quiet is None or (quiet.passes and one.critical):
            return None
        (span,) = quiet.daily
        for days in (-1, 0):
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
            end = midnight + timedelta(minutes=span.end)
            if midnight + timedelta(minutes=span.start) <= now < end:
                return "quiet", end
        return None

    def rate(self, person: str, now: datetime) -> tuple[str, datetime] | None:
        """The first instant at which one more is not one too many."""
        rates = (*self.people[person].rates, *self.channel_rates)
        times = [at for at, name, _, _ in self.said if name == person]
        for free in sorted([now, *(at + rate.per for at in times for rate in rates if at + rate.per > now)]):
            if all(sum(free - rate.per < at <= free for at in times) < rate.count for rate in rates):
                return ("rate", free) if free > now else None
        raise AssertionError("there is always room at last")

    def release(self, person: str, now: datetime) -> None:
        """What held back these messages has ended."""
        due = [one for one in self.letters if one.person == person and one.until is not None and one.until <= now]
        living, over, quiet = [], [], []
        for one in sorted(due, key=lambda each: each.made):
            if hindrance := self.own(one, now):
                one.why, one.until = hindrance
            elif one.state == "resolved" or (one.expires is not None and one.expires <= now):
                over.append(one)
            elif self.quiet(one, now):
                quiet.append(one)
            else:
                living.append(one)
        for one in quiet:
            one.why, one.until = self.quiet(one, now) or ("", None)
        if not living and quiet:
            for one in over:
                one.why, one.until = quiet[0].why, quiet[0].until
            return
        if living and (hindrance := self.rate(person, now)):
            for one in (*living, *over):
                one.why, one.until = hindrance
            return
        for one in over:
            one.state, one.until = ("expired" if one.state == "waiting" else one.state), None
        if len(living) == 1 and not over:
            self.leave(living, living[0].title, living[0].body, now)
        elif living:
            several = f"{len(living)} messages held back for you"
            self.leave(living, several if len(living) > 1 else living[0].title, digest(living, over), now)

    def reload(self, rules: Rules, now: datetime) -> None:
        """Other rules: what has none any more ends, the rest goes on by the new ones."""
        by_name, mutes = {one.name: one for one in rules.rules}, {one.name for one in rules.mutes}
        self.rules, self.since = rules, now
        self.causes = [one for one in self.causes if self.goes_on(one)]
        for cause in list(self.causes):
            rule = by_name.get(cause.rule.name)
            before, after = dict(waits(cause.rule)), dict(waits(rule)) if rule is not None else {}
            for what in ("until", "resolve"):
                if what not in before or what not in after or before[what].by != after[what].by:
                    cause.blind.add(what)
            if rule is None or not remembers(rule):
                self.causes.remove(cause)
                continue
            cause.rule = rule
            if rule.remind is None or cause.heard & {"until", "resolve"}:
                cause.reminds = None
            elif cause.told is not None and cause.reminds is None:
                cause.reminds = cause.told + pause(rule.remind, 0)
        self.mutes = [one for one in self.mutes if one[0] in mutes]
        for one in self.letters:
            if one.until == NEVER:
                one.until = now


def id_of(rule: RuleSpec, event: Happens, number: int) -> str:
    named = joined([getattr(event, name) for name in rule.key], nulls=True)
    return event_id("case", rule.name, named if rule.key or rule.wait is not None else f"e{number}", f"e{number}")


def remembers(rule: RuleSpec) -> bool:
    return any((rule.wait is not None, rule.repeat, rule.remind, rule.until, rule.resolve, rule.steps))


def waits(rule: RuleSpec) -> list[tuple[str, End]]:
    """What the rule and its steps wait for, by name; a step without an end of its own for what the one before does."""
    found = [(name, end) for name, end in (("until", rule.until), ("resolve", rule.resolve)) if end is not None]
    before, steps = None, list[tuple[str, End]]()
    for number, step in enumerate(rule.steps):
        before = own_end(step) or before
        end = before or rule.until or rule.resolve
        if end is not None:
            steps.append((str(number), end))
    return [*found, *steps]


def own_end(step: StepSpec) -> End | None:
    return step.until


def fits(end: End, event: Happens, trigger: Happens) -> bool:
    """Whether the event is the counterpart of the trigger."""
    if event.kind != end.on or event is trigger:
        return False
    if end.by is None:
        return event.dataset == trigger.dataset
    ours: object = getattr(event, end.by)
    return ours is not None and ours == getattr(trigger, end.by)


def pause(pauses: tuple[int, int], number: int) -> timedelta:
    """The first, each so many times the one before, at most four times the first."""
    first, factor = pauses
    return timedelta(seconds=min(first * factor**number, 4 * first))


def title(rule: RuleSpec, event: Happens) -> str:
    return f"{rule.name} {event.thing or ''}".strip()


def body(cause: Cause, suppressed: int) -> str:
    """The words of a rule for what happened."""
    rule, events = cause.rule, cause.events
    if rule.wait is None:
        text = str(events[0].score)
    elif cause.collected:
        scores, things = [one.score for one in events], [one.thing for one in events if one.thing is not None]
        text = f"{len(events)} {min(scores)} {max(scores)} {'+'.join(dict.fromkeys(things))}"
    else:
        text = "   "
    return (f"{text} {suppressed}" if rule.repeat else text).strip()


def digest(living: list[Letter], over: list[Letter]) -> str:
    """What each is called, and what is missing."""
    titles = Counter(one.title for one in living)
    lines = [name if count == 1 else f"{name} ({count} times)" for name, count in titles.items()]
    lines = [living[0].body] if len(living) == 1 else lines
    lines = [*lines[:10], f"and {len(lines) - 10} more"] if len(lines) > 10 else lines
    gone = Counter("resolved" if one.state == "resolved" else "expired" for one in over)
    parts = []
    for what, count in sorted(gone.items()):
        parts.append(f"{count} expired" if what == "expired" else f"{count} {'was' if count == 1 else 'were'} resolved")
    return "\n".join([*filter(None, lines), *([f"Meanwhile {' and '.join(parts)}."] if parts else [])])


def people_of(story: Story) -> dict[str, Person]:
    return {one.id: one for one in story.people}

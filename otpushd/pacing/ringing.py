"""The time has come for something that a case has to do: close its group, say it again, tell the next one."""

from datetime import datetime

from otpushd.model.case import CLOSE, REMIND, SAID, Case
from otpushd.model.cases import Cases
from otpushd.model.delivery import Fault, State, notification_id
from otpushd.model.people import Person
from otpushd.pacing import members
from otpushd.pacing.listeners import step_name, step_number, trigger_of, waits_of
from otpushd.pacing.say import Saying, base_of, say
from otpushd.pacing.telling import close, due_of, go_on, is_waiting
from otpushd.routing.recipients import resolve
from otpushd.routing.route import Rulebook
from otpushd.routing.rule import Rule


def ring(book: Rulebook, cases: Cases, case: Case, now: datetime) -> None:
    """Do the first thing that is due."""
    what = min(case.due, key=lambda name: (case.due[name], name))
    rule = book.rules.get(case.rule)
    if rule is None:
        lose(cases, case, "its rule is no longer there", now)
    elif what == CLOSE:
        close(book, cases, rule, case, now)
    else:
        del case.due[what]
        number = step_number(what)
        if what == REMIND:
            _remind(book, cases, rule, case, now)
        elif number is not None and number < len(rule.escalate):
            _escalate(book, cases, rule, case, number, now)
        go_on(cases, case)


def renew(book: Rulebook, cases: Cases, case: Case, now: datetime) -> None:
    """Bring a case up to date with rules that may be others than those which began it."""
    found = next((one for one in book.mutes if one.id == case.rule), None) or book.rules.get(case.rule)
    if found is None or (isinstance(found, Rule) and not found.remembers):
        lose(cases, case, "its rule is no longer there" if found is None else "its rule remembers nothing now", now)
        cases.free(case.rule, now)
        return
    if not isinstance(found, Rule):  # it may hold back other rules than before
        cases.free(case.rule, now)
    if case.told_at is not None and not is_waiting(cases, case):
        cases.end(case)
        return
    before = (case.waits, case.due, case.rest)
    if isinstance(found, Rule):
        members.renew(found, case)
    if SAID in case.over:
        go_on(cases, case)
        return
    held = steps_held(cases, found, case) if isinstance(found, Rule) else ()
    case.waits = waits_of(found, case, held)
    if isinstance(found, Rule) and case.told_at is not None:
        case.due = due_of(found, case)
    if before == (case.waits, case.due, case.rest):
        return
    go_on(cases, case)


def steps_held(cases: Cases, rule: Rule, case: Case) -> set[str]:
    """The steps of which some message is held back."""
    held = [one.notification for one in cases.letters_of(case.id) if one.state is State.HELD and one.digest is None]
    base, names = base_of(rule, case), [step_name(number) for number in range(len(rule.escalate))]
    return {name for one in held for name in names if one.id == notification_id(rule.name, base, one.person, name)}


def lose(cases: Cases, case: Case, why: str, now: datetime) -> None:
    """Let a case end that cannot go on, so that it is seen. What was decided before is said all the same."""
    count = case.figures.count
    lost = (
        f"{count} collected event{'s are' if count != 1 else ' is'} not sent" if case.gathers else "it is not followed"
    )
    if not case.rule.startswith("mute "):
        cases.faults.append(Fault(case.trigger.id, case.rule, None, f"{why}: {lost}", now))
    cases.remark_all(case, f"{why}: {lost}", now)
    cases.end(case)


def _remind(book: Rulebook, cases: Cases, rule: Rule, case: Case, now: datetime) -> None:
    if rule.remind_every is None:
        return
    case.reminded += 1
    case.due[REMIND] = now + rule.remind_every.after(case.reminded)
    held = {one.notification.person for one in cases.letters_of(case.id) if one.state is State.HELD and not one.digest}
    known = book.directory.people.people
    people = [known[name] for name in case.people if name in known and name not in held]
    for name in sorted(held.intersection(case.people)):
        cases.remark(case.id, rule.name, name, "not said again: what was said before is still held back", now)
    step = f"remind {case.reminded}"
    saying = Saying(rule, rule.wording, trigger_of(case), case.document, base_of(rule, case), case.key, step)
    say(book, cases, saying, people, case, now)


def _escalate(book: Rulebook, cases: Cases, rule: Rule, case: Case, number: int, now: datetime) -> None:
    step, trigger = rule.escalate[number], trigger_of(case)
    name = step_name(number)
    case.over.append(name)
    people: list[Person]
    people, unresolved = resolve(step.targets, trigger, book.directory, now)
    cases.faults += [Fault(trigger.id, rule.name, None, f"escalation: {what}", now) for what in unresolved]
    cases.remark(case.id, rule.name, None, f"escalation {number + 1}", now)
    saying = Saying(rule, step.wording, trigger, case.document, base_of(rule, case), case.key, name)
    say(book, cases, saying, people, case, now)
    # What stops it may still come before they are told, if it is held back.
    case.waits = waits_of(rule, case, steps_held(cases, rule, case))

"""`integrity.problem` of single rows: content, answer, hashes, and the JSON Schema that the plan gives their dataset.

Of each problem in each dataset the first row is told, the others are counted for an hour (quiet.py). Of history nothing
is told. Damage to old rows is the sweep's, half a save the inspection's (detect/).
"""

from collections.abc import Iterable, Iterator

from otpushd.derive.quiet import Tidings, end, hear, pack, unpack
from otpushd.derive.seen import Around, Seen, Standing
from otpushd.model.event import Event, event_id
from otpushd.model.instants import to_micros
from otpushd.model.integrity import OF_ROWS, PROBLEM, SCHEMA_VIOLATION, Flaw
from otpushd.model.task_schema import TaskSchema

WHOSE = WHOSE_TIMERS = "integrity"
MOST_PATHS = 3


def look(seen: Seen, around: Around) -> Iterator[Event]:
    """What is wrong with one more row. A row that was seen before was judged then, unless it was decided anew."""
    fact = seen.fact
    if fact.past or (seen.again and not (fact.corrects or fact.handed_in)):
        return
    flaws = fact.flaws
    if seen.planned is not None and seen.planned.schema is not None:
        flaws = (*flaws, *violations(fact.event, seen.planned.schema))
    for flaw in flaws:
        if news := heard(seen.entry.dataset, flaw, fact.event.value("example"), around):
            cause = event_id(PROBLEM.name, flaw.problem, fact.event.id)
            yield problem_event(cause, flaw.problem, news, around, fact.event.source, fact.event.dataset)


def violations(event: Event, schema: TaskSchema) -> tuple[Flaw, ...]:
    """How a row's stored task breaks the schema, as one flaw; none where there is no task to be read.

    In structured storage the stored task is the envelope, as it is for `task` in conditions.
    """
    task = event.task()
    if task is None:
        return ()
    found = schema.violations(task)
    if not found:
        return ()
    places = [f"{one.path or 'the task'} ({one.keyword})" for one in found[:MOST_PATHS]]
    more = " and more" if len(found) > MOST_PATHS else ""
    return (Flaw(SCHEMA_VIOLATION, f"{schema.name}: {', '.join(places)}{more}"),)


def heard(dataset: int, flaw: Flaw, example: int | None, around: Around) -> Tidings | None:
    """What is to be told now that a dataset has one more row with a flaw."""
    ledger = around.ledger
    before = unpack(ledger.note(dataset, WHOSE, flaw.problem))
    quiet, news = hear(before, Tidings(flaw.detail, example), to_micros(around.now))
    ledger.put(dataset, WHOSE, flaw.problem, pack(quiet))
    return news


def timers(standing: Standing, around: Around) -> Iterable[tuple[str, int]]:
    """One for each hour in which further rows are only counted."""
    for problem in OF_ROWS:
        if quiet := unpack(around.ledger.note(standing.dataset, WHOSE, problem)):
            yield f"{problem} {quiet.since}", quiet.until


def ring(about: str, standing: Standing, around: Around) -> Iterator[Event]:
    """An hour is over. Nothing is left of its timer: there may be one every hour, for years."""
    problem, _, since = about.partition(" ")
    ledger, dataset = around.ledger, standing.dataset
    ledger.set_timer(dataset, WHOSE_TIMERS, about, None)
    before = unpack(ledger.note(dataset, WHOSE, problem))
    if before is None or str(before.since) != since:
        return
    quiet, news = end(before, to_micros(around.now))
    ledger.put(dataset, WHOSE, problem, None if quiet is None else pack(quiet))
    if news is not None:
        cause = event_id(PROBLEM.name, problem, dataset, before.since)
        yield problem_event(cause, problem, news, around, standing.tally.source, standing.tally.name)


def problem_event(cause: str, problem: str, news: Tidings, around: Around, source: str, dataset: str | None) -> Event:
    """The event, whose id is made of its `cause`: a row, or an hour that began at some moment."""
    return Event(
        type=PROBLEM.name,
        id=cause,
        source=source,
        time=around.now,
        dataset=dataset,
        data={"problem": problem, "example": news.example, "detail": news.detail},
    )

"""All that was found, as JSON and as a page."""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otpushd.files.problem import Problem, Severity
from otpushd.rehearse.compare import Change, Comparison, Moved
from otpushd.rehearse.document import document
from otpushd.rehearse.history import Rehearsal, parse_span
from otpushd.rehearse.outcome import Outcome, Past
from otpushd.rehearse.page import page
from otpushd.rehearse.report import Cast
from otpushd.rehearse.rule_tests import Ran
from otpushd.rehearse.tally import Example, Tally
from otpushd.rehearse.tally_limits import LIMITS, Beyond

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Zurich")
SCRIPT = "<script>alert(1)</script>"


def outcome() -> Outcome:
    """One of everything; what people wrote is nasty."""
    hello = Example(AT + timedelta(minutes=5), SCRIPT, "&\n\ud800")
    change = Change(4, 5, 1, 1, 1, 1, Counter(old=1), Counter(new=1), [hello], [hello], [Moved(AT, hello)])
    change.altered_examples.append((hello, hello))
    compared = Comparison({("saved", "ann"): change, ("saved", "bob"): Change(1, 1)})
    compared.orders[0]["again", "q.jsonl"] = 1
    compared.faults[1]["saved to lea: no address"] = 1
    found = Rehearsal(
        ZONE,
        Counter({"answer.saved": 1234}),
        {("saved", "ann"): Tally(3, Counter({AT: 2, AT + timedelta(days=1): 1}), [hello])},
        Counter({"saved to lea: no address": 2}),
        Counter({"not JSON": 1}),
        queues={("again", "q.jsonl"): {1, 2}},
        newest=AT,
        compared=compared,
    )
    return Outcome(
        (Problem("r.yaml", 3, 5, f"title {SCRIPT}", Severity.WARNING),),
        Ran(2, 1, 1, ()),
        rules=2,
        files=1,
        span=parse_span("30d"),
        cast=Cast(("ann", "lea"), ("saved", "again", "quiet")),
        zone=ZONE,
        against="old.yaml",
        pasts=(Past("main", found), Past("other", unread="it is away")),
        beyond=(Beyond("push", "ann", LIMITS[0], 7, AT),),
    )


def test_everything_found_is_in_the_document() -> None:
    """Its keys are a contract: README.md names them."""
    made = document(outcome())
    main, other = made["sources"]
    (ann,) = made["people"]

    assert made["problems"] == [
        {"file": "r.yaml", "line": 3, "column": 5, "severity": "warning", "text": f"title {SCRIPT}"}
    ]
    assert (made["good"], made["tests"]) == (True, {"count": 2, "passed": 1, "not_run": 1})
    assert other == {"name": "other", "not_rehearsed": "it is away"}
    assert (main["events"], main["silent_rules"], main["silent_people"]) == ({"answer.saved": 1234}, ["quiet"], ["lea"])
    assert main["queues"] == [{"rule": "again", "file": "q.jsonl", "entries": 2}]
    assert main["faults"] == [{"text": "saved to lea: no address", "count": 2}]
    assert (ann["person"], ann["count"], ann["limits"][0]["messages"]) == ("ann", 3, 7)


def keys(made: Any) -> set[str]:
    """All names in a document, but not those that people gave."""
    if isinstance(made, list):
        return {name for one in made for name in keys(one)}
    if not isinstance(made, dict) or made.keys() & {"answer.saved", "old", "new"}:
        return set()
    return {*made} | {name for one in made.values() for name in keys(one)}


def test_every_key_is_named_where_people_read() -> None:
    """Who reads the document by a program needs to know them."""
    section = (ROOT / "README.md").read_text().partition("The document of `--json`")[2].partition("\n## ")[0]

    assert keys(document(outcome())) - {*re.findall(r"`(\w+)`", section)} == set()


def test_messages_say_how_many_and_when_on_the_zones_clock() -> None:
    """Nine in UTC is ten in Zürich; instants are UTC."""
    (message,) = document(outcome())["sources"][0]["messages"]

    assert (message["count"], message["busiest"]) == (3, {"hour": "2026-03-02T09:00:00Z", "count": 2})
    assert [(day, hour, n) for day, each in enumerate(message["histogram"]) for hour, n in enumerate(each) if n] == [
        (0, 10, 2),
        (1, 10, 1),
    ]
    assert message["examples"][0]["at"] == "2026-03-02T09:05:00Z"


def test_a_comparison_has_every_rule_and_person_also_those_without_a_change() -> None:
    """With what was before, what is after, and examples."""
    changed, same = document(outcome())["sources"][0]["comparison"]["changes"]

    assert (same["person"], same["same"], same["before"], changed["same"]) == ("bob", True, 1, False)
    assert [changed[name] for name in ("removed", "added", "moved", "altered")] == [1] * 4
    assert (changed["from_rules"], changed["to_rules"]) == ({"old": 1}, {"new": 1})
    assert changed["examples"]["moved"][0]["before"] == "2026-03-02T09:00:00Z"


@pytest.mark.parametrize(("strict", "good"), [(False, True), (True, False)])
def test_warnings_make_it_bad_only_if_strict(strict: bool, good: bool) -> None:
    """As the exit status has it."""
    assert document(outcome(), strict=strict)["good"] is good


def test_the_document_is_json_whatever_people_wrote() -> None:
    """Lone surrogates too."""
    made = document(outcome())

    assert json.loads(json.dumps(made).encode("ascii")) == made


class Looking(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_needs_nothing_beside_it_and_runs_nothing() -> None:
    """Whatever a title says; and each element is closed."""
    looking = Looking()
    text = page(document(outcome()))
    looking.feed(text)

    assert not looking.open
    assert not looking.tags & {"script", "link", "img", "iframe", "object", "a"}
    assert not looking.attributes & {"src", "href", "onclick", "onload"}
    assert not re.search(r"url\(|@import|https?:", text)
    assert SCRIPT in looking.text


@pytest.mark.parametrize(
    "words",
    [
        "r.yaml:3:5",
        "1,234 answer.saved",
        "busiest hour 2 on Mon 2026-03-02 at 10",
        "Mon 2026-03-02 10:05",
        "it is away",
        "7 more than 20 collapsible",
        "Compared with old.yaml",
        "No message to: lea",
        "q.jsonl",
        "1 from the rule old",
        "not JSON",
    ],
)
def test_a_page_says_what_the_document_says(words: str) -> None:
    """In the zone's time."""
    assert words in page(document(outcome()))


def test_a_page_without_history_says_why() -> None:
    """The problems are there all the same."""
    text = page(document(replace(outcome(), pasts=(), beyond=(), skipped="not rehearsed without --config FILE")))

    assert "not rehearsed without --config FILE" in text
    assert "r.yaml:3:5" in text

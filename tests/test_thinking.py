"""What is kept of events, so that they can be explained: what rules said of them, and of which events."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from otpushd.derive.catalogue import CATALOGUE
from otpushd.model.event import Event
from otpushd.model.heard import Heard
from otpushd.model.ledger import Ledger
from otpushd.model.memory import SourceMemory, Step
from otpushd.model.people import People, Person
from otpushd.model.plan import Plan
from otpushd.routing.load import load_rules
from otpushd.routing.route import Router
from otpushd.thinking import Thinking

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = People({"ann": Person("ann", "Ann", (), {"push": "a"})})
RULES = """
rules:
  - {name: high, on: answer.saved, datasets: [news], match: {score: {at_least: 0.8}}, to: ann, title: high}
  - {name: long, on: answer.saved, datasets: [news], when: "task.text.size() > 3", to: [ann, bob], title: long}
"""


@pytest.fixture
def thinking(tmp_path: Path) -> Thinking:
    (tmp_path / "rules.yaml").write_text(RULES)
    files, _ = load_rules(
        [tmp_path / "rules.yaml"], catalogue=CATALOGUE, people=None, channels=["push"], expose=["task.lang"]
    )
    rules = [rule for file in files for rule in file.rules]
    assert [rule.name for rule in rules] == ["high", "long"]
    return Thinking("main", Plan(), Router(rules, PEOPLE, ["push"], ["task.lang"]))


def answer(dataset: str = "news", text: str = "secret", **data: object) -> Event:
    content = json.dumps({"text": text, "lang": "de"}).encode()
    return Event("answer.saved", "e", "main", NOW, dataset, data, content)


def kept(thinking: Thinking, event: Event) -> list[Heard]:
    return list(thinking.route(Step(SourceMemory(), events=(event,)), NOW).heard)


def test_of_each_rule_that_was_tried_it_is_kept_what_it_said(thinking: Thinking) -> None:
    [one] = kept(thinking, answer(score=0.31))
    assert (one.event.id, one.at, one.met) == ("e", NOW, {"long": ("ann",)})
    assert one.missed == {"high": "score: at_least 0.8, was 0.31"}


def test_no_verdict_shows_content(thinking: Thinking) -> None:
    [one] = kept(thinking, answer(text="qq", score=0.1))
    assert one.expose == ("task.lang",)
    assert one.missed["long"].endswith("task.text was something that `expose` does not name")


def test_of_an_event_on_which_no_rule_is_tried_nothing_is_kept(thinking: Thinking) -> None:
    assert kept(thinking, answer("old")) == []


def test_what_was_handed_in_is_kept_for_whoever_has_its_id(thinking: Thinking) -> None:
    outcome = thinking.handed_in(SourceMemory(), [(answer("old"), 1)], Ledger(), NOW)
    assert [(one.event.id, one.met, one.missed) for one in outcome.heard if one.event.id == "e"] == [("e", {}, {})]

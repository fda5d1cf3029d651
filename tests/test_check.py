"""All that is wrong with configuration, people and rules comes at once, whatever else is wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from otpushd.check import Checked, check, router_for
from otpushd.files.problem import Severity
from otpushd.model.event import Event
from otpushd.model.rate import Rate

CONFIG = """version: 1
sources: [{name: main, url: "sqlite:///prodigy.db"}]
store: {url: "sqlite:///store.db"}
channels:
  push:
    kind: opentext-push
    base_url: http://127.0.0.1:18080
    auth: {basic: {user: u, password: p}}
rules: [rules/]
people: people.yaml
expose: [meta.doc_id]
events: {contract.signed: {customer: string}}
"""
PEOPLE = "people:\n  ann: {push: a}\n  bob: {push: b}\ngroups: {team: [ann, bob]}\n"
WRONG = """rules:
  - name: r
    on: answer.saved
    to: [anne, group:teem]
    channel: puhs
    title: "{{ meta.name }}!"
  - {name: signed, on: contract.signed, to: ann, title: "{{ custumer }}"}
"""
ITS_ERRORS = [
    "rules/a.yaml:4:10: no person 'anne' in people.yaml; did you mean 'ann'?",
    "rules/a.yaml:4:16: no group 'teem' in people.yaml; did you mean 'team'?",
    "rules/a.yaml:5:14: no channel of the configuration 'puhs'; did you mean 'push'?",
    "rules/a.yaml:6:16: `meta.name` is content, which does not leave this machine; to allow it write "
    "`expose: [meta.doc_id, meta.name]` in otpushd.yaml",
    "rules/a.yaml:7:61: unknown field `custumer`; did you mean 'customer'?",
]
RIGHT = "rules: [{name: r, on: answer.saved, to: ann, title: x}]\n"
Run = Callable[..., Checked]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Checks a configuration made of texts, in its own folder."""
    monkeypatch.chdir(tmp_path)

    def checked(config: str | None = CONFIG, people: str = PEOPLE, rules: str = RIGHT, **other: object) -> Checked:
        Path("rules").mkdir()
        for name, text in {"otpushd.yaml": config, "people.yaml": people, "rules/a.yaml": rules}.items():
            if text is not None:
                Path(name).write_text(text)
        return check(Path("otpushd.yaml") if config is not None else None, {}, **other)  # type: ignore[arg-type]

    return checked


def said(checked: Checked) -> list[str]:
    return [str(one) for one in checked.problems]


def test_good_files_give_a_configuration_and_rules(run: Run) -> None:
    """And a router over them."""
    checked = run()

    assert checked.good
    assert said(checked) == []
    assert checked.config is not None
    assert router_for(checked.config, checked.rule_files)


@pytest.mark.parametrize(
    ("config", "people", "also"),
    [
        (CONFIG, PEOPLE, []),
        (CONFIG + "retension: 9d\n", PEOPLE, ["otpushd.yaml:13:1: unknown key `retension`; did you mean 'retention'?"]),
        (CONFIG, PEOPLE.replace("push: b", "push: 7"), ["people.yaml:3:15: an address is a text; write it in quotes"]),
        (CONFIG, PEOPLE.replace("bob]", "bo]"), ["people.yaml:4:22: nobody has the id `bo`; did you mean 'bob'?"]),
        (
            CONFIG.replace("kind: opentext-push", "kind: opentext-sms"),
            PEOPLE,
            ["otpushd.yaml:6:11: `opentext-sms` is not supported by this version of otpushd; supported: opentext-push"],
        ),
    ],
    ids=["nothing", "an unknown key", "a wrong address", "a wrong group", "a wrong channel"],
)
def test_the_rules_errors_come_beside_those_of_everything_else(
    run: Run, config: str, people: str, also: list[str]
) -> None:
    """One run says all there is to mend; names are known although something else is wrong with them."""
    checked = run(config, people, WRONG)

    assert said(checked) == [*also, *ITS_ERRORS]
    assert (checked.config is None) == bool(also)


def test_right_rules_stay_right_beside_a_wrong_configuration(run: Run) -> None:
    """Nothing is said of them that is not so."""
    rules = RIGHT.replace("to: ann", "to: ['group:team', bob], channel: push").replace(
        "title: x", 'title: "{{ meta.doc_id }}"'
    )
    checked = run(CONFIG + "retension: 9d\n", PEOPLE + "grups: {}\n", rules)

    assert [line.partition(":")[0] for line in said(checked)] == ["otpushd.yaml", "people.yaml"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("expose: [meta.doc_id]", "expose: meta"), ("people: people.yaml", "people: gone.yaml")],
    ids=["expose cannot be read", "no people file"],
)
def test_what_cannot_be_known_is_not_held_against_the_rules(run: Run, old: str, new: str) -> None:
    """They may be right."""
    checked = run(CONFIG.replace(old, new), rules=WRONG)

    assert "unknown field `custumer`" in said(checked)[-1]
    assert not any(("meta.name" if "meta" in new else "'anne'") in line for line in said(checked))


def test_rules_are_not_judged_by_event_types_that_cannot_be_read(run: Run) -> None:
    """Each of them would seem unknown."""
    checked = run(CONFIG.replace("customer: string", "customer: strng"), rules=WRONG)

    assert [line.partition(" ")[0] for line in said(checked)] == ["otpushd.yaml:12:38:"]


@pytest.mark.parametrize(
    "key",
    [
        "until: contract.signed",
        "escalate: [{after: 1h, to: bob, until: [contract.signed]}]",
        "resolve: {on: contract.signed, title: over}",
    ],
)
def test_nor_by_those_that_only_end_something(run: Run, key: str) -> None:
    """In `until`, wherever it stands, and in `resolve`."""
    rules = f"rules: [{{name: r, on: answer.saved, to: ann, title: x, {key}}}]\n"
    checked = run(CONFIG.replace("customer: string", "customer: strng"), rules=rules)

    assert [line.partition(" ")[0] for line in said(checked)] == ["otpushd.yaml:12:38:"]


def test_what_a_channel_lacks_is_told_beside_a_misspelt_key(run: Run) -> None:
    """Secrets, documents and schemas are looked at although the configuration is wrong."""
    config = CONFIG.replace("password: p", "password: {file: gone}") + "retension: 9d\n"
    lines = said(run(config))

    assert [line.partition(": ")[0] for line in lines] == ["otpushd.yaml:13:1", "otpushd.yaml:8:5"]


@pytest.mark.parametrize("severity", list(Severity))
def test_a_secret_that_cannot_be_read_is_as_bad_as_the_caller_says(run: Run, severity: Severity) -> None:
    """Fatal to the daemon, but a dry run need not be allowed to read it."""
    checked = run(CONFIG.replace("password: p", "password: {file: gone}"), unreadable_secret=severity)

    assert [one.severity for one in checked.problems] == [severity]
    assert checked.good == (severity is Severity.WARNING)


def test_a_type_that_is_built_in_cannot_be_declared(run: Run) -> None:
    """Its fields are fixed."""
    lines = said(run(CONFIG.replace("contract.signed", "answer.saved")))

    assert lines == ["otpushd.yaml:12:10: the type 'answer.saved' is built in; choose another name"]


def test_given_rule_files_replace_the_configurations(run: Run, tmp_path: Path) -> None:
    """With its people and channels."""
    other = tmp_path / "other.yaml"
    other.write_text(RIGHT.replace("ann", "anne"))
    checked = run(rules=WRONG, rule_paths=[other])

    assert said(checked) == [f"{other}:1:41: no person 'anne' in people.yaml; did you mean 'ann'?"]


def test_without_a_configuration_names_are_warnings(run: Run, tmp_path: Path) -> None:
    """What the file itself gets wrong is an error all the same."""
    checked = run(None, rules=WRONG, rule_paths=[tmp_path / "rules"])

    errors = [one.text for one in checked.problems if one.severity is Severity.ERROR]
    assert errors == ["no event type `contract.signed`; did you mean 'task.assigned'?", "unknown field `custumer`"]
    assert len(checked.problems) == 6
    assert not checked.good


@pytest.mark.parametrize(
    "content", [None, "", "a: [", "[]", "\x00"], ids=["missing", "empty", "broken", "a list", "NUL"]
)
def test_a_configuration_that_cannot_be_read_is_a_problem_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    """Rules given beside it are still checked."""
    monkeypatch.chdir(tmp_path)
    Path("rules.yaml").write_text("rules: [{name: r, on: answer.saved, to: ann}]")
    if content is not None:
        Path("otpushd.yaml").write_text(content)

    checked = check(Path("otpushd.yaml"), {}, [Path("rules.yaml")])

    assert checked.config is None
    assert said(checked)[0].startswith("otpushd.yaml:1:")
    assert said(checked)[-1] == "rules.yaml:1:9: `title` is missing"


def test_a_plans_mistakes_come_with_all_others(run: Run) -> None:
    """And what has passed is a warning, in the daemon's sight of time."""
    Path("plan.yaml").write_text(
        "datasets:\n  a: {owners: [anne]}\n  b: {owners: ann, target: 2, deadline: 2026-01-01}\n"
    )
    checked = run(CONFIG + "plan: plan.yaml\n", rules=WRONG, now=datetime(2026, 11, 23, tzinfo=UTC))

    assert said(checked) == [
        "plan.yaml:2:16: there is no person or group `anne`; did you mean 'ann'?",
        "plan.yaml:3:41: warning: this instant has passed already; nobody is reminded of it any more",
        *ITS_ERRORS,
    ]


def test_rules_reach_whom_the_plan_names(run: Run) -> None:
    """The router of a configuration knows its plan."""
    Path("plan.yaml").write_text("datasets: {a: {owners: team}}")
    checked = run(CONFIG + "plan: plan.yaml\n", rules=RIGHT.replace("to: ann", "to: dataset.owners"))
    assert checked.config is not None
    event = Event("answer.saved", "e", "main", datetime(2026, 11, 23, tzinfo=UTC), "a")
    routed = router_for(checked.config, checked.rule_files).route(event)

    assert said(checked) == []
    assert [one.person for one in routed.notifications] == ["ann", "bob"]


def test_a_name_that_no_rule_has_opts_out_of_nothing(run: Run) -> None:
    """Each once; a rule with errors has its name all the same."""
    people = PEOPLE.replace("push: a", "push: a, opt_out: [signd, r, 'zz-*']").replace(
        "push: b", "push: b, opt_out: signd"
    )
    checked = run(people=people, rules=WRONG)

    assert [line for line in said(checked) if line.startswith("people.yaml")] == [
        "people.yaml:2:28: warning: no rule is called 'signd', so that this opts out of nothing; "
        "did you mean 'signed'?",
        "people.yaml:2:38: warning: no rule is called 'zz-*', so that this opts out of nothing",
    ]


def test_opt_outs_are_not_judged_by_some_of_the_rules(run: Run) -> None:
    """Those of other files are unknown then."""
    people = PEOPLE.replace("push: a", "push: a, opt_out: [milestones]")

    assert said(run(people=people, rule_paths=[Path("rules/a.yaml")])) == []


def test_people_in_fixtures_wish_and_take_turns_as_all_do(run: Run) -> None:
    """Their clocks are those of UTC unless they say otherwise."""
    fixtures = """fixtures:
  people:
    ann: {push: a, quiet: {daily: "20:00-07:30"}, rates: 5 per 10m, opt_out: r}
    bob: {push: b, timezone: Europe/Zurich, quiet: {days: Sat}}
  groups: {oncall: {rotation: [ann, bob], handover: "09:00", from: 2026-01-05}, both: [ann, bob]}
"""
    checked = run(rules=RIGHT + fixtures)
    (file,) = checked.rule_files

    assert said(checked) == []
    assert file.fixtures
    ann, bob = file.fixtures.people.people.values()
    assert ann.quiet and bob.quiet
    assert (ann.rates, ann.opt_out, ann.addresses) == ((Rate(5, timedelta(minutes=10)),), {"r"}, {"push": "a"})
    assert (str(ann.quiet.zone), str(bob.quiet.zone), bob.addresses) == ("UTC", "Europe/Zurich", {"push": "b"})
    at = datetime(2026, 1, 6, 9, tzinfo=UTC)
    assert [file.fixtures.people.members(name, at) for name in ("oncall", "both")] == [("bob",), ("ann", "bob")]


def test_a_rotation_of_the_configuration_reaches_whoever_is_on_call(run: Run) -> None:
    """When the event came."""
    people = PEOPLE + "  oncall: {rotation: [bob, ann], handover: Mon 09:00, from: 2026-01-05}\n"
    people = people.replace("groups: {team: [ann, bob]}", "groups:\n  team: [ann, bob]")
    checked = run(people=people, rules=RIGHT.replace("to: ann", "to: group:oncall"))
    assert said(checked) == [] and checked.config
    router = router_for(checked.config, checked.rule_files)

    told = []
    for day in (11, 12, 13):
        event = Event("answer.saved", "e", "main", datetime(2026, 1, day, 9, tzinfo=UTC), "d", {})
        told += [one.person for one in router.route(event).notifications]
    assert told == ["bob", "ann", "ann"]

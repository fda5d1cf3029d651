"""Rule files: all problems at once, each at its line and column."""

from pathlib import Path

import pytest

from otpushd.routing.load import load_rules


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"name": "a b"}, "rules.yaml:2:11: a rule's name is letters"),
        ({"name": None}, "rules.yaml:2:5: `name` is missing"),
        ({"to": None}, "rules.yaml:2:5: `to` is missing"),
        ({"to": "[]"}, "rules.yaml:4:9: `to` names nobody"),
        ({"title": None}, "rules.yaml:2:5: `title` is missing"),
        ({"title": '" "'}, "rules.yaml:5:12: `title` is empty"),
        ({"on": "answer.savd"}, "rules.yaml:3:9: no event type `answer.savd`; did you mean 'answer.saved'?"),
        ({"on": "[answer.saved, 'foo.*']"}, "rules.yaml:3:24: no event type is like `foo.*`"),
        ({"to": "anne"}, "rules.yaml:4:9: no person 'anne' in people.yaml; did you mean 'ann'?"),
        (
            {"to": "reviewers"},
            "rules.yaml:4:9: no person 'reviewers' in people.yaml; for the group write 'group:reviewers'",
        ),
        (
            {"to": "[ann, 'group:reviewer']"},
            "rules.yaml:4:15: no group 'reviewer' in people.yaml; did you mean 'reviewers'?",
        ),
        (
            {"to": "dataset.owner"},
            "rules.yaml:4:9: no person 'dataset.owner' in people.yaml; did you mean 'dataset.owners'?",
        ),
        ({"to": "{a: b}"}, "rules.yaml:4:9: expected a text or a list of texts, got a mapping"),
        ({"to": "[1]"}, "rules.yaml:4:10: expected a text, got a number"),
        ({"channel": "psh"}, "rules.yaml:6:14: no channel of the configuration 'psh'; did you mean 'push'?"),
        ({"priority": "urgent"}, "rules.yaml:6:15: must be one of low, normal, high, critical"),
        ({"expires": "4"}, "rules.yaml:6:14: the duration has no unit"),
        ({"datasets": "[]"}, "rules.yaml:6:15: `datasets` names none; leave it out for any"),
        (
            {"match": "score > 1"},
            "rules.yaml:6:12: expected fields and values, such as {answer: reject}, got a text; an",
        ),
        ({"when": "{score: 1}"}, "rules.yaml:6:11: expected an expression, got a mapping; fields and values belong"),
        ({"to": "annotator"}, "rules.yaml:4:9: no person 'annotator' in people.yaml; for whom that field names write"),
        ({"expires": "0s"}, "rules.yaml:6:14: `expires` must be more than nothing"),
        ({"match": "{answer: rejct}"}, "rules.yaml:6:21: `answer` is never 'rejct'; did you mean 'reject'?"),
        ({"match": "{answr: reject}"}, "rules.yaml:6:13: unknown field `answr`; did you mean 'answer'?"),
        ({"match": "{score: {at_leest: 1}}"}, "rules.yaml:6:21: unknown test `at_leest`"),
        ({"when": "score < 1 && scor > 0"}, "rules.yaml:6:24: unknown field `scor`; did you mean 'score'?"),
        ({"when": '"\'x\' == \\"y\\" && scor > 0"'}, "rules.yaml:6:28: unknown field `scor`"),
        ({"when": "|\n      score < 1 &&\n      scor > 0"}, "rules.yaml:8:7: unknown field `scor`"),
        ({"body": '"{{ answer }} {{ answr }}"'}, "rules.yaml:6:28: unknown field `answr`"),
        (
            {"link": "https://x/{{ recipient.sesion }}"},
            "rules.yaml:6:34: unknown: `recipient.sesion`; did you mean 'session'?",
        ),
        ({"body": "'{{ meta.secret }}'"}, "rules.yaml:6:15: `meta.secret` is content"),
        ({"tilte": "x"}, "rules.yaml:6:5: unknown key `tilte`; did you mean 'title'?"),
        ({"body": ""}, "rules.yaml:6:5: `body` has no value"),
        ({"collect": "[30s]"}, "rules.yaml:6:14: expected a mapping, such as {by: [dataset], wait: 30s}, got a list"),
        ({"escalate": "[]"}, "rules.yaml:6:15: `escalate` has no steps"),
        ({"resolve": "answer.saved"}, "rules.yaml:6:14: expected a mapping, got a text"),
        ({"repeat": "{first: 1h, factor: 0.9}"}, "rules.yaml:6:33: `factor` must be at least 1"),
        ({"key": "[meta]", "repeat": "1h"}, "rules.yaml:6:11: `meta` is an object; name one of its parts"),
        ({"until": "[answer.saved, 3]"}, "rules.yaml:6:12: expected event types, or {on: …, when: …}"),
        ({"until": "[]"}, "rules.yaml:6:12: `until` names no event type"),
        ({"confirm": "10m"}, "rules.yaml:6:5: `confirm` is not supported by this version of otpushd"),
    ],
    ids=str,
)
def test_a_wrong_key_is_reported_where_it_stands(load_rule, keys, said):
    """One mistake is one problem, and no rule comes of it."""
    loaded = load_rule(**keys)
    assert len(loaded.said) == 1
    assert loaded.said[0].startswith(said)
    assert not loaded.rules


def test_all_problems_of_a_rule_are_reported_at_once_in_order(load_rule):
    """Fields are checked against the nearest type where the type is wrong."""
    said = load_rule(
        on="answer.savd", to="anne", match="{answr: x}", when="scor < 1", title='"{{ nope }}"', expires="x"
    ).said
    assert [line.split(":")[1] for line in said] == ["3", "4", "5", "6", "7", "8"]


@pytest.mark.parametrize(
    ("to", "warning"),
    [
        ("lea", "warning: 'lea' has no address for push, sms and will get nothing"),
        ("group:reviewers", None),
    ],
)
def test_somebody_who_can_never_be_reached_is_a_warning(load_rule, to, warning):
    """Known when the rules are loaded, so said then."""
    loaded = load_rule(to=f'"{to}"')
    assert len(loaded.rules) == 1
    assert [line.split(": ", 1)[1] for line in loaded.said] == ([warning] if warning else [])


def test_single_braces_around_a_field_are_a_warning(load_rule):
    """They may be meant all the same, so the rule stands; around another word they are."""
    loaded = load_rule(body='"{ answer } {x} {{ answer }}"')
    (said,) = loaded.said
    assert said.startswith(
        "rules.yaml:6:12: warning: `{ answer }` is sent as it stands; for the field's value write two"
    )
    assert len(loaded.rules) == 1


def test_without_a_configuration_unknown_people_and_content_are_warnings(load_rule):
    """Shipped rules can be checked by themselves."""
    loaded = load_rule(configured=False, to="zoe", body='"{{ meta.secret }}"', channel="telex")
    assert len(loaded.rules) == 1
    assert all(": warning: " in line for line in loaded.said)
    assert len(loaded.said) == 2


def test_without_a_configuration_the_files_own_fixtures_are_looked_up(load):
    """Names, groups and channels."""
    rule = "rules: [{name: r, on: answer.saved, to: [eve, 'group:all', ev], title: t, channel: [push, fax]}]\n"
    loaded = load(rule + "fixtures: {people: {eve: {push: e}}, groups: {all: [eve]}}\n", configured=False)
    assert [line.split(": ", 2)[2] for line in loaded.said] == [
        "no person 'ev' in this file's fixtures; did you mean 'eve'?",
        "no person of the fixtures has 'fax'; there is push",
    ]


def test_a_rule_name_stands_for_one_rule_in_all_files(load):
    """It is part of what makes a message the same one."""
    one = "rules: [{name: same, on: answer.saved, to: ann, title: t}]\n"
    loaded = load(one, zweite=one)
    assert loaded.said == ["zweite.yaml:1:16: the rule name 'same' is taken at rules.yaml:1:16"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", ["rules.yaml:1:1: `rules` is missing"]),
        ("[]", ["rules.yaml:1:1: a rule file begins with `rules:`, and below it the list of rules"]),
        ("x", ["rules.yaml:1:1: expected a mapping, got a text"]),
        ("", ["rules.yaml:1:1: the file is empty"]),
        ("rules: 3", ["rules.yaml:1:8: expected a list of values, got a number"]),
        ("rules: [3]", ["rules.yaml:1:9: expected a mapping, got a number"]),
        ("rules: []\nmute: []", []),
        ("rules: []\nmute: [3]", ["rules.yaml:2:8: expected a mapping, got a number"]),
        ("rules: []\nrule: []", ["rules.yaml:2:1: unknown key `rule`; did you mean 'rules'?"]),
    ],
    ids=str,
)
def test_a_file_of_another_shape_is_refused(load, text, said):
    """Without a stack trace."""
    assert load(text).said == said


def test_a_folder_gives_its_yaml_files_once_and_not_deeper(tmp_path: Path, catalogue, people):
    """`*.yaml` and `*.yml`, by name."""
    for name in ("b.yml", "a.yaml", "c.txt", "deeper/d.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("rules: []")
    paths = [tmp_path, tmp_path / "a.yaml"]
    files, problems = load_rules(paths, catalogue=catalogue, people=people, channels=[], expose=[], root=tmp_path)
    assert [file.document.file for file in files] == ["a.yaml", "b.yml"]
    assert not problems


def test_a_path_that_is_not_there_or_empty_is_a_problem(tmp_path: Path, catalogue):
    """Rather than no rules, silently."""
    (tmp_path / "empty").mkdir()
    paths = [tmp_path / "empty", tmp_path / "gone.yaml"]
    files, problems = load_rules(paths, catalogue=catalogue, people=None, channels=None, expose=None, root=tmp_path)
    assert not files
    assert sorted(map(str, problems)) == [
        "empty:1:1: no *.yaml or *.yml file in this folder",
        "gone.yaml:1:1: the file cannot be read: No such file or directory",
    ]


OWNED = """
rules: [{name: r, on: answer.saved, datasets: %s, to: dataset.owners, title: x}]
fixtures: {people: {ann: {push: a}}, plan: {datasets: {contracts-*: {owners: [ann]}}}}
"""


@pytest.mark.parametrize(
    ("datasets", "said"),
    [
        ("contracts-a", []),
        ("['*-a', invoices]", []),
        (
            "[invoices, bills-*]",
            [
                "rules.yaml:2:72: warning: the plan of the fixtures names no owners of any dataset like invoices,"
                " bills-*, so that this reaches nobody"
            ],
        ),
    ],
    ids=str,
)
def test_without_a_configuration_datasets_have_the_people_of_the_fixtures_plan(load, datasets, said):
    """A rule whose datasets no entry of it can match reaches nobody."""
    assert load(OWNED % datasets, configured=False).said == said


def test_whom_the_plan_names_without_an_address_is_a_warning(load_rule):
    """As anybody else in `to`."""
    loaded = load_rule(datasets="invoices", to="dataset.owners")
    assert loaded.said == ["rules.yaml:4:9: warning: 'lea' has no address for push, sms and will get nothing"]

"""The whole configuration: what a good one gives, and what every bad one says, and where."""

import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otpushd.config.load import load_config
from otpushd.config.settings import Settings
from otpushd.files.problem import Severity
from otpushd.model.event import Field, Kind
from otpushd.model.plan import Plan


def test_the_shortest_configuration_has_its_defaults(load, folder: Path) -> None:
    """UTC, one poll a second, 90 days, nothing exposed; paths are relative to the file."""
    config, problems = load()
    assert problems == []
    assert config.sources[0].url == "sqlite:////srv/prodigy.db"
    assert config.sources[0].poll == timedelta(seconds=1)
    assert config.store_url == f"sqlite:///{folder}/otpushd.db"
    assert (config.settings.timezone, config.settings.retention) == (UTC, timedelta(days=90))
    assert (config.expose, config.declared) == ((), {})
    assert config.rule_paths == (folder / "rules" / "a.yaml",)
    assert config.channels["push"].loft == "roof"
    assert list(config.people.people) == ["ann", "bob"]


def test_what_is_written_is_what_is_had(load) -> None:
    """Every optional key of this version."""
    config, problems = load(
        version="version: 1\ntimezone: Europe/Zurich\nretention: 30d\nexpose: [meta.doc_id, task.a.b]",
        store="store: {url: 'sqlite:////x.db'}\nevents: {contract.signed: {customer: string, value: number}}",
    )
    assert problems == []
    assert config.settings.timezone == ZoneInfo("Europe/Zurich")
    assert config.settings.retention == timedelta(days=30)
    assert config.expose == ("meta.doc_id", "task.a.b")
    assert config.declared["contract.signed"].fields == {
        "customer": Field(Kind.STRING),
        "value": Field(Kind.NUMBER),
    }


@pytest.mark.parametrize("key", ["store", "rules", "people", "channels", "sources"])
def test_a_required_key_that_is_missing_is_named(problem_at, key: str) -> None:
    """At the first character, because there is no better place."""
    config, problem = problem_at("«version: 1", **{key: ""})
    assert config is None
    assert problem.text == f"`{key}` is missing"


@pytest.mark.parametrize(
    ("part", "said"),
    [
        pytest.param("version: «2", "this version of otpushd reads `version: 1`", id="version 2"),
        pytest.param("version: «true", "this version of otpushd reads `version: 1`", id="version true"),
        pytest.param("«timezon: UTC", "unknown key `timezon`; did you mean 'timezone'?", id="unknown key"),
        pytest.param("store: {url: a}\n«store: {url: 'sqlite:///a'}", "the key 'store' stands here twice", id="twice"),
        pytest.param("timezone: «Europe/Zurch", "did you mean 'Europe/Zurich'?", id="zone"),
        pytest.param("retention: «90", "write 90s", id="retention without unit"),
        pytest.param("retention: «0d", "longer than nothing", id="no retention"),
        pytest.param("expose: [meta.a, «score]", "name a field below `meta` or `task`", id="expose a count"),
        pytest.param("expose: [«meta]", "such as meta.doc_id", id="expose all of meta"),
        pytest.param("expose: «meta.a", "expected a list of texts, got a text", id="expose a text"),
        pytest.param("rules: [«gone.yaml]", "there is no file or folder", id="no rule file"),
        pytest.param("rules: «gone", "there is no file or folder", id="no rule folder"),
        pytest.param("rules: [rules, «3]", "expected a text, got a number", id="a number for a rule file"),
        pytest.param("rules: «[]", "must not be empty", id="no rules"),
        pytest.param("people: «gone.yaml", "there is no file", id="no people file"),
        pytest.param("plan: «gone.yaml", "there is no file", id="no plan"),
        pytest.param("plan: «[a]", "expected a text, got a list", id="a list of plans"),
        pytest.param("people: «[a]", "expected a text, got a list", id="a list of people files"),
        pytest.param(
            "store: {«uri: a, url: 'sqlite:///a'}", "unknown key `uri`; did you mean 'url'?", id="store's key"
        ),
        pytest.param("store: {url: «'sqlite:///:memory:'}", "in memory", id="store in memory"),
        pytest.param(
            "store: {url: «'sqlite:////srv/prodigy.db'}", "source `main`, which is never", id="prodigy's file"
        ),
        pytest.param("store: {url: «'sqlite:////srv/../srv/prodigy.db'}", "never written", id="its other path"),
    ],
)
def test_a_bad_configuration_says_what_is_wrong_and_where(problem_at, part: str, said: str) -> None:
    """One mistake, one error at its character, and no configuration."""
    config, problem = problem_at(part)
    assert config is None
    assert problem.severity is Severity.ERROR
    assert said in problem.text


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param("{a.b: {x: «strng}}", "did you mean 'string'?", id="kind of field"),
        pytest.param("{a.b: {«source: string}}", "`source` cannot be a field's name", id="a field every event has"),
        pytest.param("{a.b: {«in: string}}", "`in` cannot be a field's name", id="a word of CEL"),
        pytest.param("{a.b: {«a-b: string}}", "a field's name is made of", id="field's name"),
        pytest.param("{«a b: {}}", "a name is made of", id="type's name"),
        pytest.param("{a.b: «string}", "expected a mapping, got a text", id="no fields"),
    ],
)
def test_a_bad_event_type_says_what_is_wrong_and_where(problem_at, events: str, said: str) -> None:
    """One mistake, one error at its character."""
    assert said in problem_at(f"events: {events}")[1].text


@pytest.mark.parametrize(
    ("part", "said"),
    [
        pytest.param("«metrics: {listen: x}", "`metrics` is not supported by this version", id="metrics"),
        pytest.param("rules: [rules, «empty]", "holds no rules", id="an empty folder"),
    ],
)
def test_what_has_no_effect_is_a_warning(problem_at, folder: Path, part: str, said: str) -> None:
    """The configuration can be used all the same."""
    (folder / "empty").mkdir()
    config, problem = problem_at(part)
    assert config is not None
    assert problem.severity is Severity.WARNING
    assert said in problem.text


def test_a_missing_configuration_is_a_problem_of_its_first_character(tmp_path: Path) -> None:
    """Like every other."""
    config, problems = load_config(tmp_path / "none.yaml", {}, {})
    assert config is None
    assert [str(one) for one in problems] == [
        f"{tmp_path}/none.yaml:1:1: the file cannot be read: No such file or directory"
    ]


def test_the_problems_of_all_files_come_at_once(load, folder: Path) -> None:
    """First the configuration's, in its order, then those of the files it names."""
    (folder / "prodigy.json").write_text('{"db": "mysql"}')
    (folder / "people.yaml").write_text("people: {ann: {push: 4}}\n")
    _, problems = load(
        version="version: 1\ntimezone: Mars",
        sources="sources: [{name: a, prodigy: prodigy.json}]",
        channels="channels: {push: {kind: pigeon}}",
        rules="rules: gone",
    )
    assert [(Path(one.file).name, one.line) for one in problems] == [
        ("otpushd.yaml", 2),
        ("otpushd.yaml", 5),
        ("otpushd.yaml", 6),
        ("people.yaml", 1),
        ("prodigy.json", 1),
    ]


def test_the_plan_is_read_with_the_people_and_the_zone(load, folder: Path) -> None:
    """Its own paths are relative to it; what has passed is a warning where the time is known."""
    (folder / "plans").mkdir()
    (folder / "plans" / "p.yaml").write_text(
        "datasets: {a: {owners: ann, target: 2, deadline: 2026-12-01T17:00, schema: s}}"
    )
    (folder / "plans" / "s").write_text("{}")
    parts = {"version": "version: 1\ntimezone: Europe/Zurich", "plan": "plan: plans/p.yaml"}
    config, problems = load(**parts)
    assert problems == []
    assert config.plan.entry_for("a").owners == ("ann",)
    assert config.plan.entry_for("a").deadline == datetime(2026, 12, 1, 16, tzinfo=UTC)
    _, (problem,) = load(now=datetime(2026, 12, 2, tzinfo=UTC), **parts)
    assert problem.severity is Severity.WARNING
    assert problem.file == str(folder / "plans" / "p.yaml")


def test_without_a_plan_there_is_none(load) -> None:
    """No dataset has an entry."""
    config, _ = load()
    assert config.plan == Plan()
    assert config.plan.entry_for("a") is None


def test_people_with_an_error_are_still_known_to_the_plan(load, folder: Path) -> None:
    """One mistake makes no other."""
    (folder / "people.yaml").write_text("people: {ann: {push: 4}}\n")
    (folder / "p.yaml").write_text("datasets: {a: {owners: [ann, zoe]}}\n")
    _, problems = load(plan="plan: p.yaml")
    assert [(Path(one.file).name, one.column) for one in problems] == [("p.yaml", 30), ("people.yaml", 22)]


def test_a_folder_of_rules_is_read_in_order_and_not_deeper(load, folder: Path) -> None:
    """*.yaml and *.yml, no hidden files, no folders, and no file twice."""
    for name in ("c.yml", "b.yaml", ".hidden.yaml", "note.txt", "deeper/d.yaml", "e.yaml/f.yaml"):
        (folder / "rules" / name).parent.mkdir(exist_ok=True)
        (folder / "rules" / name).touch()
    config, _ = load(rules="rules: [rules/c.yml, rules]")
    assert [path.name for path in config.rule_paths] == ["c.yml", "a.yaml", "b.yaml"]


def test_a_relative_configuration_shows_relative_names(load, folder: Path, monkeypatch) -> None:
    """Problems name files as the reader named the configuration."""
    load(people="people: people.yaml")
    monkeypatch.chdir(folder)
    (folder / "people.yaml").write_text("people: 3\n")
    _, problems = load_config(Path("otpushd.yaml"), {}, {})
    assert problems[-1].file == "people.yaml"


def test_editors_can_be_told_the_shape() -> None:
    """Every field has a JSON Schema, without warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = Settings.model_json_schema()
    assert schema["required"] == ["version", "sources", "store", "channels", "rules", "people"]

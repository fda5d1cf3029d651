"""Where Prodigy's own settings say that its database is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.config.place import Place
from otpushd.config.prodigy_json import locate, read_prodigy_json
from otpushd.files.problem import Severity

HOME = Path("/home/p/.prodigy")
SAMPLES = Path(__file__).parents[3] / "shared" / "prodigy-samples" / "config"


def located(text: str, **environ: str):
    return locate(text, "prodigy.json", HOME, Place(Path("/etc/otpushd.yaml"), environ))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("{}", "/home/p/.prodigy/prodigy.db", id="nothing said"),
        pytest.param('{"db": "sqlite"}', "/home/p/.prodigy/prodigy.db", id="no settings"),
        pytest.param('{"db": null, "db_settings": null}', "/home/p/.prodigy/prodigy.db", id="nulls"),
        pytest.param('{"db_settings": {"sqlite": {"name": "x.db"}}}', "/home/p/.prodigy/x.db", id="no db, a name"),
        pytest.param('{"db_settings": {"sqlite": {"path": "/srv"}}}', "/srv/prodigy.db", id="a path"),
        pytest.param('{"db_settings": {"sqlite": {"path": "~/d"}}}', "/home/p/d/prodigy.db", id="a home"),
        pytest.param(
            '{"db_settings": {"postgresql": {"password": "s3cret"}}}', "/home/p/.prodigy/prodigy.db", id="unused"
        ),
    ],
)
def test_the_database_is_where_prodigy_would_look(text: str, path: str) -> None:
    """sqlite, prodigy.db and the file's folder are the defaults."""
    assert located(text, HOME="/home/p") == (f"sqlite:///{path}", [])


def test_a_relative_path_is_taken_from_the_files_folder_with_a_warning() -> None:
    """Prodigy would take it from its own working directory, which nobody here knows."""
    url, [problem] = located('{"db_settings": {"sqlite": {\n  "path": "./"}}}')
    assert url == "sqlite:////home/p/.prodigy/prodigy.db"
    assert (problem.line, problem.column, problem.severity) == (2, 11, Severity.WARNING)
    assert problem.text.startswith("`db_settings.sqlite.path` is relative")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param('{"db": «"mysql"}', "Prodigy's sqlite and postgresql databases only", id="mysql"),
        pytest.param('{"db": «3}', "`db` must be a text", id="no text"),
        pytest.param('{"db_settings": «[]}', "`db_settings` must be an object", id="settings"),
        pytest.param('{"db_settings": {"sqlite": «"s3cret"}}', "`db_settings.sqlite` must be an object", id="sqlite"),
        pytest.param('{"db_settings": {"sqlite": {"name": «":memory:"}}}', "is in memory", id="in memory"),
        pytest.param(
            '{"db_settings": {"sqlite": {"name": «"${s3cret}"}}}',
            "`db_settings.sqlite.name` still holds",
            id="placeholder",
        ),
        pytest.param('{"db_settings": {"sqlite": {"name": «"a\\u0000"}}}', "must be a text", id="zero byte"),
        pytest.param('{"db_settings": {"sqlite": {"path": «"~/d"}}}', "whose meaning is not known", id="no home"),
        pytest.param('{"api_key": "s3cret", «}', "this is not JSON", id="broken"),
        pytest.param(
            '{\n "a": 1\n« "b": 2}'.replace("« ", " «"), "this is not JSON: Expecting ',' delimiter", id="no comma"
        ),
        pytest.param("«[]", "expected a JSON object", id="no object"),
        pytest.param("«", "this is not JSON", id="empty"),
        pytest.param("«" + "[" * 100_000, "this is not JSON", id="too deep"),
    ],
)
def test_what_cannot_be_watched_is_said_at_its_place(text: str, said: str, marked) -> None:
    """By the key, never with a value that might be a password."""
    text, place = marked(text)
    url, [problem] = located(text)
    assert url is None
    assert (problem.line, problem.column) == place
    assert said in problem.text
    assert "s3cret" not in problem.text


POSTGRES = '{"db": "postgresql", "db_settings": {"postgresql": %s}}'


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        pytest.param("null", "postgresql:///", id="all from the environment"),
        pytest.param(
            '{"dbname": "p", "user": "u", "host": "db", "port": 5433}', "postgresql://u@db:5433/p", id="parts"
        ),
        pytest.param('{"database": "p"}', "postgresql:///p", id="psycopg2's other name"),
        pytest.param(
            '{"host": "/run/pg", "sslmode": "disable"}', "postgresql:///?host=/run/pg&sslmode=disable", id="socket"
        ),
        pytest.param(
            '{"options": "-c search_path=a b"}', "postgresql:///?options=-c%20search_path%3Da%20b", id="options"
        ),
        pytest.param('{"client_encoding": "utf8", "user": null}', "postgresql:///", id="what is not for us"),
        pytest.param('{"password": "a/b@c"}', "postgresql:///?password=a/b%40c", id="password"),
    ],
)
def test_postgresql_is_where_psycopg2_would_look(settings: str, url: str) -> None:
    """Any of its connection parameters (prodigy.md, section 3)."""
    assert located(POSTGRES % settings) == (url, [])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param('«"s3cret"', "`db_settings.postgresql` must be an object", id="object"),
        pytest.param('{"password": «"${s3cret}"}', "`db_settings.postgresql.password` still holds", id="placeholder"),
        pytest.param('{"password": «["s3cret"]}', "must be a text or a number", id="list"),
        pytest.param('{"sslmode": «true}', "must be a text or a number", id="boolean"),
        pytest.param('{"port": «"s3cret"}', "a port is a number from 1 to 65535", id="port"),
        pytest.param('{"dsn": «"host=s3cret"}', "`dsn` is no connection parameter", id="dsn"),
    ],
)
def test_postgresql_settings_that_cannot_be_used_are_named_without_their_value(
    settings: str, said: str, marked
) -> None:
    """Any of them may be a password."""
    text, place = marked(POSTGRES % settings)
    url, [problem] = located(text)
    assert url is None
    assert (problem.line, problem.column) == place
    assert said in problem.text
    assert "s3cret" not in problem.text


def test_a_keyword_that_postgresql_does_not_know_is_left_out_with_a_warning() -> None:
    """Prodigy would not have started with it, but another version of it may."""
    url, [problem] = located(POSTGRES % '{"dbname": "p", "usr": "s3cret"}')
    assert (url, problem.severity) == ("postgresql:///p", Severity.WARNING)
    assert "did you mean 'user'" in problem.text


def test_overrides_lie_over_the_file() -> None:
    """PRODIGY_CONFIG_OVERRIDES, as Prodigy reads it."""
    overrides = json.dumps({"db_settings": {"sqlite": {"path": "/over"}}})
    assert located("{}", PRODIGY_CONFIG_OVERRIDES=overrides)[0] == "sqlite:////over/prodigy.db"


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ('{"db": "mysql"}', "`db` (from PRODIGY_CONFIG_OVERRIDES) is 'mysql'"),
        ('{"db":', "PRODIGY_CONFIG_OVERRIDES is not a JSON object"),
        ("[]", "PRODIGY_CONFIG_OVERRIDES is not a JSON object"),
    ],
)
def test_bad_overrides_are_named(overrides: str, said: str) -> None:
    """The reader must not look for them in the file."""
    url, [problem] = located("{}", PRODIGY_CONFIG_OVERRIDES=overrides)
    assert url is None
    assert said in problem.text


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.just("s3cret"),
        lambda inner: st.dictionaries(st.sampled_from(["db", "db_settings", "sqlite", "name", "path"]), inner),
    )
)
def test_no_settings_make_locating_fail(settings: object) -> None:
    """A URL, or an error, whatever JSON stands there."""
    url, problems = located(json.dumps(settings))
    assert (url is None) == any(problem.severity is Severity.ERROR for problem in problems)


@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        ("no-db-settings.json", f"sqlite:///{SAMPLES}/prodigy.db", []),
        (
            "mysql_v1.12.json",
            None,
            ["`db` is 'mysql'; otpushd can watch Prodigy's sqlite and postgresql databases only"],
        ),
    ],
)
def test_real_settings_are_understood(name: str, url: str | None, said: list[str]) -> None:
    """Files that teams have published."""
    if not SAMPLES.is_dir():
        pytest.skip(f"the real prodigy.json files are not in {SAMPLES}")
    found, problems = read_prodigy_json(SAMPLES / name, name, Place(Path("/etc/otpushd.yaml"), {}))
    assert found == url
    assert [problem.text for problem in problems] == said


@pytest.mark.parametrize(("content", "said"), [(b'{"a": "\xff"}', "not UTF-8"), (None, "cannot be read")])
def test_an_unreadable_file_is_a_problem(tmp_path: Path, content: bytes | None, said: str) -> None:
    """At its first character."""
    if content is not None:
        (tmp_path / "prodigy.json").write_bytes(content)
    url, [problem] = read_prodigy_json(tmp_path / "prodigy.json", "p", Place(tmp_path / "c.yaml", {}))
    assert url is None
    assert str(problem).startswith("p:1:1:")
    assert said in problem.text

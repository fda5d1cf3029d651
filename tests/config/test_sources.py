"""Sources and the store: where they are, and what cannot be one."""

import os
from pathlib import Path

import pytest

from otpushd.files.problem import Severity


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        pytest.param("«[]", "must not be empty", id="none"),
        pytest.param("[«{url: 'sqlite:////a'}]", "`name` is missing", id="no name"),
        pytest.param("[{name: «a b, url: 'sqlite:////a'}]", "a name is made of", id="name"),
        pytest.param("[«{name: a}]", "takes either `prodigy`", id="neither prodigy nor url"),
        pytest.param("[«{name: a, url: 'sqlite:////a', prodigy: b}]", "one of them", id="both"),
        pytest.param("[{name: a, url: 'sqlite:////a', poll: «5ms}]", "the shortest poll is 10ms", id="poll"),
        pytest.param(
            "\n- {name: a, url: 'sqlite:////a'}\n- {name: «a, url: 'sqlite:////b'}",
            "called `a` already",
            id="equal names",
        ),
        pytest.param("[{name: a, url: «'postgresql://u:s3cret@h/p?sslmod=x'}]", "mean 'sslmode'", id="postgresql"),
        pytest.param("[{name: a, url: «'mysql://u:s3cret@h/p'}]", "supported: sqlite", id="mysql"),
        pytest.param("[{name: a, url: «'sqlite:////a?mode=ro'}]", "query string", id="query"),
        pytest.param("[{name: a, prodigy: «gone/prodigy.json}]", "there is no file", id="no prodigy.json"),
        pytest.param("[{name: a, prodigy: «rules}]", "rules/prodigy.json", id="no prodigy.json in the folder"),
        pytest.param("[{name: a, prodigy: «~/x}]", "the meaning of `~` is not known", id="no home"),
        pytest.param('[{name: a, prodigy: «"a\\0b"}]', "there is no file", id="no path at all"),
    ],
)
def test_a_bad_source_says_what_is_wrong_and_where(problem_at, sources: str, said: str) -> None:
    """One mistake, one error at its character; a URL may hold a password and is not shown."""
    config, problem = problem_at(f"sources: {sources}")
    assert config is None
    assert problem.severity is Severity.ERROR
    assert said in problem.text
    assert "s3cret" not in problem.text


@pytest.mark.parametrize("entry", [".prodigy/prodigy.json", ".prodigy", "~/.prodigy"], ids=["file", "folder", "home"])
def test_a_source_may_be_named_by_prodigys_own_settings(load, folder: Path, entry: str) -> None:
    """By the file, or the folder that holds it; the database need not exist yet."""
    (folder / ".prodigy").mkdir()
    (folder / ".prodigy" / "prodigy.json").write_text("{}")
    config, problems = load({"HOME": str(folder)}, sources=f"sources: [{{name: a, prodigy: '{entry}'}}]")
    assert problems == []
    assert config.sources[0].url == f"sqlite:///{folder}/.prodigy/prodigy.db"


@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_a_link_to_prodigys_database_is_no_store(problem_at, folder: Path, link) -> None:
    """Prodigy's database is never written, under whatever name."""
    (folder / "prodigy.db").touch()
    link(folder / "prodigy.db", folder / "store.db")
    sources = "sources: [{name: main, url: 'sqlite:///prodigy.db'}]"
    config, problem = problem_at("store: {url: «'sqlite:///store.db'}", sources=sources)
    assert config is None
    assert "never written" in problem.text


def test_two_sources_of_one_database_are_a_warning(problem_at) -> None:
    """Everything would be announced twice, which somebody may want."""
    config, problem = problem_at("sources:\n- {name: a, url: 'sqlite:////a'}\n- {name: b, url: «'sqlite:////a'}")
    assert config is not None
    assert (problem.severity, "announced twice" in problem.text) == (Severity.WARNING, True)


def test_a_password_in_a_sources_url_is_kept_where_nothing_prints_it(load) -> None:
    """`repr` is what ends up in a failing assertion or a trace."""
    config, problems = load(sources="sources: [{name: a, url: 'postgresql://ro:s3cret@db:5433/prodigy'}]")
    assert problems == []
    assert config.sources[0].url == "postgresql://ro@db:5433/prodigy"
    assert config.sources[0].secrets == {"password": "s3cret"}
    assert "s3cret" not in repr(config.sources)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("postgres://other:s3cret@db:5432/prodigy?sslmode=require", True),
        ("postgresql://ro@db/other", False),
        ("sqlite:////srv/prodigy", False),
    ],
)
def test_one_database_under_two_urls_is_found(load, other: str, same: bool) -> None:
    """By server and name, whoever connects."""
    text = f"sources: [{{name: a, url: 'postgresql://ro@db/prodigy'}}, {{name: b, url: '{other}'}}]"
    _, problems = load(sources=text)
    assert ["announced twice" in problem.text for problem in problems] == [True] * same


def test_a_store_on_postgresql_is_taken_and_its_password_stays_out_of_its_url(load) -> None:
    config, problems = load(store="store: {url: 'postgresql://u:s3cret@h/otpushd'}")
    assert (config.store_url, config.store_secrets, problems) == (
        "postgresql://u@h/otpushd",
        {"password": "s3cret"},
        [],
    )


def test_prodigys_database_on_postgresql_is_no_store(problem_at) -> None:
    """Whoever connects, and whichever schema is meant: a slip there would write into Prodigy's tables."""
    sources = "sources: [{name: main, url: 'postgresql://ro:s3cret@h/p'}]"
    config, problem = problem_at("store: {url: «'postgresql://rw:s3cret@h/p'}", sources=sources)
    assert config is None
    assert problem.text.endswith("which is never written; give the store its own database")

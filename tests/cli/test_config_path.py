"""Which configuration a command takes."""

from pathlib import Path

import click
import pytest

from otpushd.cli.config_path import demand_config, find_config


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """A file in each of the four places."""
    places = {name: tmp_path / name / "otpushd.yaml" for name in ("given", "variable", "local", "system")}
    for path in places.values():
        path.parent.mkdir()
        path.touch()
    return places


@pytest.mark.parametrize("first", ["given", "variable", "local", "system"])
def test_the_first_place_that_has_one_wins(places: dict[str, Path], first: str) -> None:
    """--config, then the variable, then the working folder, then /etc."""
    order = list(places)
    for earlier in order[: order.index(first)]:
        places[earlier].unlink()
    given = places["given"] if first == "given" else None
    environ = {"OTPUSHD_CONFIG": str(places["variable"])} if first in ("given", "variable") else {}

    found = find_config(given, environ, places["local"].parent, places["system"])

    assert found == places[first]


@pytest.mark.parametrize("by", ["--config", "$OTPUSHD_CONFIG"])
def test_a_file_that_was_named_must_be_there(places: dict[str, Path], by: str) -> None:
    """Nothing else is taken in its stead."""
    missing = Path("/nowhere/otpushd.yaml")
    given, environ = (missing, {}) if by == "--config" else (None, {"OTPUSHD_CONFIG": str(missing)})

    with pytest.raises(click.UsageError) as refused:
        find_config(given, environ, places["local"].parent, places["system"])

    assert refused.value.message == f"{by} names /nowhere/otpushd.yaml, which is no file"
    assert refused.value.exit_code == 2


def test_without_any_file_none_is_found(tmp_path: Path) -> None:
    """`check-rules` works without a configuration."""
    assert find_config(None, {}, tmp_path, tmp_path / "none.yaml") is None


def test_the_working_folders_own_is_named_in_few_words(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every problem's line begins with it."""
    monkeypatch.chdir(places["local"].parent)

    assert find_config(None, {}, Path.cwd(), places["system"]) == Path("otpushd.yaml")


def test_a_place_where_nobody_may_look_is_passed_over(tmp_path: Path) -> None:
    """Such as root's /etc/otpushd; here a name that no file can have, for root may look anywhere."""
    assert find_config(None, {}, tmp_path, tmp_path / ("x" * 300)) is None
    with pytest.raises(click.UsageError):
        find_config(tmp_path / ("x" * 300), {}, tmp_path)


def test_where_one_is_needed_every_place_is_named(tmp_path: Path) -> None:
    """`run` says where it looked."""
    with pytest.raises(click.UsageError) as refused:
        demand_config(None, {}, tmp_path, tmp_path / "etc.yaml")

    for place in (str(tmp_path / "otpushd.yaml"), str(tmp_path / "etc.yaml"), "$OTPUSHD_CONFIG", "--config FILE"):
        assert place in refused.value.message

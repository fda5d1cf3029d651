"""Channels are judged by the model of their kind, each mistake at its place."""

from datetime import timedelta
from pathlib import Path

import pytest

from otpushd.model.rate import Rate


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        pytest.param("{«push: {loft: a}}", "`kind` is missing; supported: pigeon", id="no kind"),
        pytest.param(
            "{push: {kind: «pigon, loft: a}}", "no kind of channel `pigon`; did you mean 'pigeon'?", id="typo"
        ),
        pytest.param("{push: {kind: «smoke}}", "no kind of channel `smoke`; supported: pigeon", id="unknown kind"),
        pytest.param(
            "{sms: {kind: «opentext-sms}}", "`opentext-sms` is not supported by this version", id="later kind"
        ),
        pytest.param("{push: {kind: «[a]}}", "expected a channel's kind", id="a list for a kind"),
        pytest.param("{push: «3}", "expected a mapping, got a number", id="a number for a channel"),
        pytest.param("{«a b: {kind: pigeon, loft: a}}", "a name is made of", id="channel's name"),
        pytest.param("{«name: {kind: pigeon, loft: a}}", "a channel cannot be called `name`", id="a person's key"),
        pytest.param("{«push: {kind: pigeon}}", "`loft` is missing", id="a missing key of the kind"),
        pytest.param(
            "{push: {kind: pigeon, loft: a, «lofd: b}}", "unknown key `lofd`; did you mean 'loft'?", id="unknown key"
        ),
        pytest.param("{push: {kind: pigeon, loft: a, rates: [5 per 10m, «20]}}", "expected a rate, got", id="rates"),
        pytest.param("{push: {kind: pigeon, loft: a, «rates: }}", "`rates` has no value", id="no rates"),
        pytest.param("{push: {kind: pigeon, loft: a, concurrency: «many}}", "expected a whole number", id="wrong type"),
        pytest.param("{push: {kind: pigeon, loft: a, password: «{env: s3cret, file: b}}}", "not a secret", id="secret"),
    ],
)
def test_a_bad_channel_says_what_is_wrong_and_where(problem_at, folder: Path, channels: str, said: str) -> None:
    """One mistake, one error at its character."""
    (folder / "people.yaml").write_text("people: {}")
    config, problem = problem_at(f"channels: {channels}")
    assert config is None
    assert said in problem.text
    assert "s3cret" not in problem.text


def test_channels_keep_the_files_order(load) -> None:
    """Because a rule without `channel` uses the first for which a person has an address."""
    config, _ = load(channels="channels: {b: {kind: pigeon, loft: x}, push: {kind: pigeon, loft: y}}")
    assert list(config.channels) == ["b", "push"]


def test_a_channel_may_have_rates_whatever_its_kind(load) -> None:
    """A channel without any has no limit."""
    two = "channels: {push: {kind: pigeon, loft: x, rates: [5 per 10m, 20 per 1h]}, b: {kind: pigeon, loft: y}}"
    config, problems = load(channels=two)
    assert not problems
    assert config.rates == {"push": (Rate(5, timedelta(minutes=10)), Rate(20, timedelta(hours=1)))}

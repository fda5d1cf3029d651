"""What is said of a channel and of the way to its gateway."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from otpushd.doctor.channel import judge_channel, judge_reach
from otpushd.doctor.finding import Finding, Severity
from otpushd.push.certificate import Certificate
from otpushd.push.channel_facts import ChannelFacts
from otpushd.push.reach import Reached
from otpushd.push.target import target
from otpushd.push.way import Stage

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPENTEXT = target("https://t2api.us.cloudmessaging.opentext.com")
FACTS = ChannelFacts(OPENTEXT, Path("own.json.j2"), False, False, False, (Path("secret"),), (), None)
CERTIFICATE = Certificate(("a.example",), "Acme CA", NOW - timedelta(days=30), NOW + timedelta(days=60))
REACHED = Reached("a.example", Stage.ANSWER, "", 0, None, CERTIFICATE, timedelta(0), timedelta(milliseconds=80))


def bad(found: "list[Finding]") -> list[Finding]:
    return [one for one in found if one.severity is not Severity.OK]


def test_basic_credentials_are_not_guessed_about() -> None:
    (found,) = judge_channel("push", FACTS)

    assert (found.area, found.severity) == ("channel push", Severity.NOTE)
    assert "only when a message is sent" in found.what


@pytest.mark.parametrize(
    ("change", "severity", "words"),
    [
        pytest.param({"unverified": True}, Severity.PROBLEM, "a guess", id="unverified"),
        pytest.param({"unverified": True, "allow_unverified": True}, Severity.WARNING, "a guess", id="allowed"),
        pytest.param(
            {"unverified": True, "target": target("https://a.example")}, Severity.NOTE, "a guess", id="elsewhere"
        ),
        pytest.param({"allow_insecure": True}, Severity.NOTE, "not needed", id="needless permission"),
        pytest.param(
            {"allow_insecure": True, "target": target("http://a.example")}, Severity.WARNING, "plain http", id="http"
        ),
    ],
)
def test_what_its_settings_bring_about_is_said_with_the_mend(
    change: dict[str, object], severity: Severity, words: str
) -> None:
    _, found = judge_channel("push", replace(FACTS, **change))  # type: ignore[arg-type]

    assert found.severity is severity
    assert words in found.what
    assert found.mend


@pytest.mark.parametrize(
    ("file", "severity"),
    [("/run/credentials/otpushd.service/opentext", Severity.NOTE), ("/etc/otpushd/secret", Severity.PROBLEM)],
)
def test_a_secret_that_cannot_be_read_is_a_problem_unless_systemd_hands_it_over(file: str, severity: Severity) -> None:
    (found,) = judge_channel("push", replace(FACTS, secret_files=(Path(file),), unreadable="auth: no such file"))

    assert found.severity is severity
    assert found.mend


def test_a_local_stand_in_needs_no_true_document() -> None:
    facts = replace(FACTS, target=target("http://127.0.0.1:18080"), unverified=True)

    assert len(list(judge_channel("push", facts))) == 1


def test_a_gateway_that_answers_is_good() -> None:
    found = list(judge_reach("push", REACHED, NOW))

    assert bad(found) == []
    assert [one.what for one in found] == [
        "a.example answers in 80 ms; nothing was sent",
        "its certificate is trusted, and good until 2027-01-22",
        "a.example's clock agrees with this machine's to within 30 s",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"ahead": timedelta(minutes=5)}, "5 min ahead", id="clock"),
        pytest.param(
            {"certificate": replace(CERTIFICATE, expires=NOW + timedelta(days=13))}, "13 d from now", id="ends soon"
        ),
    ],
)
def test_what_will_go_wrong_is_a_warning(change: dict[str, object], words: str) -> None:
    (found,) = bad(list(judge_reach("push", replace(REACHED, **change), NOW)))  # type: ignore[arg-type]

    assert found.severity is Severity.WARNING
    assert words in found.what


@pytest.mark.parametrize(
    ("code", "what", "mend"),
    [
        (10, "has expired", "renew"),
        (9, "is not valid before 2026-10-24", "clock"),
        (18, "vouched for by nobody but `Acme CA`", "SSL_CERT_FILE"),
        (19, "vouched for by nobody but `Acme CA`", "SSL_CERT_FILE"),
        (20, "issued by `Acme CA`, whom this machine does not trust", "ca-certificates"),
        (62, "is not for a.example but for b.example", "base_url"),
        (64, "is not for a.example but for b.example", "base_url"),
    ],
)
def test_a_certificate_that_is_refused_is_explained(code: int, what: str, mend: str) -> None:
    shown = replace(CERTIFICATE, names=("b.example",))

    (found,) = judge_reach("push", Reached("a.example", Stage.TLS, code=code, certificate=shown), NOW)

    assert found.severity is Severity.PROBLEM
    assert what in found.what
    assert mend in found.mend


@pytest.mark.parametrize(("stage", "why"), [(stage, "so") for stage in Stage if stage is not Stage.ANSWER])
def test_wherever_the_way_ends_there_is_one_finding_with_a_mend(stage: Stage, why: str) -> None:
    (found,) = judge_reach("push", Reached("a.example", stage, why, proxy="p:3128"), NOW)

    assert found.severity in (Severity.PROBLEM, Severity.WARNING)
    assert found.mend


@pytest.mark.parametrize("code", [9, 10, 18, 20, 62])
def test_a_certificate_that_cannot_be_had_is_explained_all_the_same(code: int) -> None:
    (found,) = judge_reach("push", Reached("a.example", Stage.TLS, code=code), NOW)

    assert found.severity is Severity.PROBLEM

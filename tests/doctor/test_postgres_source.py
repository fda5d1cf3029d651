"""What is said of a Prodigy database in PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from otpushd.doctor.finding import Finding, Severity
from otpushd.doctor.postgres_source import judge_postgres
from otpushd.prodigy.facts import PostgresFacts, Rights, Trouble, Writer

POLL = timedelta(seconds=1)
TABLES = tuple(Rights("public", f"public.{name}", True, True, ()) for name in ("dataset", "example", "link"))
GOOD = PostgresFacts(
    "postgresql://ro@db/prodigy",
    local=False,
    encrypted=True,
    sslmode="verify-full",
    version="15.18",
    role="ro",
    rights=TABLES,
    in_order=True,
    ahead=timedelta(seconds=1),
    round_trip=timedelta(milliseconds=2),
)
CACHE = (
    "sequence s has CACHE 20 (mend: ALTER SEQUENCE s CACHE 1, then restart its writers), so ids do not come in order"
)


def bad(facts: PostgresFacts) -> list[Finding]:
    return [one for one in judge_postgres("main", facts, POLL) if one.severity is not Severity.OK]


def test_a_good_one_is_good() -> None:
    assert bad(GOOD) == []
    assert len(list(judge_postgres("main", GOOD, POLL))) == 5


@pytest.mark.parametrize(
    ("change", "severity", "words", "mend"),
    [
        pytest.param({"encrypted": False}, Severity.WARNING, "not encrypted", "sslmode=verify-full", id="clear"),
        pytest.param({"sslmode": "require"}, Severity.NOTE, "nobody checks", "sslmode=verify-full", id="unchecked"),
        pytest.param({"superuser": True}, Severity.WARNING, "superuser", "CREATE ROLE", id="superuser"),
        pytest.param(
            {"rights": (*TABLES[:2], TABLES[2]._replace(more=("INSERT", "DELETE")))},
            Severity.WARNING,
            "may also INSERT, DELETE on public.link",
            "REVOKE INSERT, DELETE ON public.link FROM ro",
            id="more rights",
        ),
        pytest.param(
            {"in_order": False, "notes": (CACHE,)},
            Severity.WARNING,
            "sequence s has CACHE 20, so ids",
            "ALTER SEQUENCE s CACHE 1, then restart its writers",
            id="cache",
        ),
        pytest.param({"ahead": timedelta(minutes=-3)}, Severity.WARNING, "3 min behind", "time server", id="clock"),
        pytest.param(
            {"writers": (Writer("prodigy", timedelta(seconds=1), None),)},
            Severity.NOTE,
            "prodigy has been writing to link for 1 s or more",
            "import",
            id="young writer",
        ),
        pytest.param(
            {"writers": (Writer("prodigy", timedelta(hours=9), None),)},
            Severity.WARNING,
            "9 h or more",
            "pg_stat_activity",
            id="old writer",
        ),
        pytest.param(
            {"writers": (Writer("prodigy", timedelta(days=9), "it's"),)},
            Severity.WARNING,
            "prepared",
            "ROLLBACK PREPARED 'it''s'",
            id="prepared",
        ),
        pytest.param(
            {"idle_limit": POLL / 2}, Severity.NOTE, "connects anew", "SET idle_session_timeout = 0", id="idle"
        ),
        pytest.param(
            {
                "notes": (
                    "otpushd may not read public.structured_link; run: GRANT SELECT ON public.structured_link TO ro",
                )
            },
            Severity.WARNING,
            "may not read",
            "GRANT SELECT ON public.structured_link TO ro",
            id="v2 closed",
        ),
    ],
)
def test_what_should_be_mended_is_said_with_its_mend(
    change: dict[str, object], severity: Severity, words: str, mend: str
) -> None:
    (found,) = bad(replace(GOOD, **change))  # type: ignore[arg-type]

    assert found.severity is severity
    assert words in found.what
    assert mend in found.mend


def test_all_rights_that_are_lacking_are_one_problem_with_one_line_to_paste() -> None:
    denied = Trouble("permission_denied", "otpushd may not use schema prodigy; run: GRANT USAGE")
    rights = tuple(Rights("prodigy", f"prodigy.{name}", False, False, ()) for name in ("example", "link"))

    (found,) = bad(replace(GOOD, trouble=denied, rights=rights))

    assert found.what == "ro may not read prodigy.example, prodigy.link"
    assert found.mend == "GRANT USAGE ON SCHEMA prodigy TO ro; GRANT SELECT ON prodigy.example, prodigy.link TO ro"


@pytest.mark.parametrize("code", ["standby", "unreachable", "a code of tomorrow"])
def test_a_server_that_cannot_be_used_is_a_problem_with_a_mend(code: str) -> None:
    (found,) = bad(PostgresFacts("postgresql://db/p", Trouble(code, "postgresql://db/p: no; waiting for it")))

    assert (found.severity, found.what) == (Severity.PROBLEM, "postgresql://db/p: no")
    assert found.mend

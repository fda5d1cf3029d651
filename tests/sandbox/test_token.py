"""Tokens are issued to known clients in the published styles only, expire, and are never kept in clear."""

import base64
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from otpushd.sandbox.token import Style, TokenTable, check_token_request

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASIC = "Basic " + base64.b64encode(b"c:s").decode()
GRANT = ("grant_type", "client_credentials")
PAIR = [("client_id", "c"), ("client_secret", "s")]
LOGIN = [("grant_type", "password"), ("username", "u"), ("password", "p")]


def status_of(style: Style, members: list[tuple[str, Any]], authorization: list[str]) -> tuple[int, str]:
    refusal = check_token_request(style, members, authorization, {"c": "s"}, {"u": "p"})
    return (200, "") if refusal is None else (refusal.status, refusal.error)


@pytest.mark.parametrize(
    ("style", "members", "authorization", "answer"),
    [
        pytest.param(Style.OCP_FORM, [GRANT], [BASIC], (200, ""), id="form with Basic"),
        pytest.param(Style.OCP_FORM, [GRANT, ("scope", "x")], [BASIC], (200, ""), id="form with a scope"),
        pytest.param(Style.OCP_FORM, [GRANT], [], (401, "invalid_client"), id="form without Basic"),
        pytest.param(Style.OCP_FORM, [GRANT], [BASIC, BASIC], (401, "invalid_client"), id="Basic twice"),
        pytest.param(Style.OCP_FORM, [GRANT], ["Basic Yzp4"], (401, "invalid_client"), id="wrong secret"),
        pytest.param(Style.OCP_FORM, [GRANT, *PAIR], [BASIC], (400, "invalid_request"), id="secret in both places"),
        pytest.param(Style.OCP_FORM, [GRANT, GRANT], [BASIC], (400, "invalid_request"), id="parameter twice"),
        pytest.param(Style.OCP_FORM, [], [BASIC], (400, "invalid_request"), id="no grant"),
        pytest.param(Style.OCP_FORM, LOGIN, [BASIC], (400, "unsupported_grant_type"), id="password grant at OCP"),
        pytest.param(Style.OCP_JSON, [GRANT, *PAIR], [], (200, ""), id="JSON with the pair"),
        pytest.param(Style.OCP_JSON, [GRANT, *PAIR], [BASIC], (400, "invalid_request"), id="JSON and Basic"),
        pytest.param(Style.OCP_JSON, [GRANT], [], (400, "invalid_request"), id="JSON without the pair"),
        pytest.param(Style.OCP_JSON, [GRANT, PAIR[0], ("client_secret", 7)], [], (400, "invalid_request"), id="number"),
        pytest.param(Style.OCP_JSON, [("grant_type", 1), *PAIR], [], (400, "invalid_request"), id="grant a number"),
        pytest.param(Style.OCP_JSON, [GRANT, PAIR[0], ("client_secret", "x")], [], (401, "invalid_client"), id="wrong"),
        pytest.param(Style.OTDS_FORM, [GRANT, *PAIR], [], (200, ""), id="OTDS client"),
        pytest.param(Style.OTDS_FORM, LOGIN, [], (200, ""), id="OTDS user"),
        pytest.param(
            Style.OTDS_FORM, [*LOGIN[:2], ("password", "x")], [], (400, "invalid_grant"), id="OTDS wrong user"
        ),
        pytest.param(Style.OTDS_FORM, [("grant_type", "implicit")], [], (400, "unsupported_grant_type"), id="implicit"),
    ],
)
def test_a_token_request_is_judged(
    style: Style, members: list[tuple[str, Any]], authorization: list[str], answer: tuple[int, str]
) -> None:
    """The styles that OpenText's own samples use are served, everything else is an OAuth error."""
    assert status_of(style, members, authorization) == answer


def test_a_token_is_valid_until_its_last_moment() -> None:
    """The lifetime is counted from the moment of issue and excludes its end."""
    tokens = TokenTable(timedelta(seconds=60), (f"t{n}" for n in count()).__next__)
    answer = tokens.issue(NOON)
    assert answer == {"access_token": "t0", "token_type": "Bearer", "expires_in": 60}
    assert tokens.is_valid("t0", NOON + timedelta(seconds=59))
    assert not tokens.is_valid("t0", NOON + timedelta(seconds=60))
    assert not tokens.is_valid("t1", NOON)


def test_tokens_do_not_stand_in_the_table() -> None:
    """Only digests do, and those that expired are dropped when the next is issued."""
    tokens = TokenTable(timedelta(seconds=1), (f"token-{n}" for n in count()).__next__)
    tokens.issue(NOON)
    tokens.issue(NOON + timedelta(seconds=5))
    assert "token-" not in repr(tokens._expiry)
    assert len(tokens._expiry) == 1

"""An answer that says no, in the two shapes of the contract: the messaging API's and the token endpoint's.

Both bodies are INFERRED (opentext.md, sections 1.1 and 1.3): a sender decides by the status alone. Never a credential.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CHALLENGES = ('Basic realm="otpushd sandbox", charset="UTF-8"', 'Bearer realm="otpushd sandbox"')


@dataclass(frozen=True, slots=True)
class Refusal:
    """`status` is the HTTP status, `reason` one sentence for a person; `challenges` become WWW-Authenticate headers."""

    status: int
    reason: str
    challenges: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def unauthorized(reason: str) -> Refusal:
    """401 with both ways to do better, as RFC 9110 section 11.6.1 demands."""
    return Refusal(401, reason, CHALLENGES)


def mra_error(status: int, reason: str) -> dict[str, Any]:
    """The schema MraError, modelled on the SOAP twin's StatusType: code 1 is failure (EASY StatusType).

    `error_code` repeats the HTTP status, because the vendor's own codes for this operation are unknown.
    """
    return {
        "status_code": 1,
        "status_message": reason,
        "errors": [{"error_code": status, "error_message": reason}],
    }

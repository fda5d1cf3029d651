"""Messages that nothing holds back, as what is to be posted."""

from collections.abc import Sequence
from datetime import UTC, datetime

from otpushd.model.cases import WantedCases
from otpushd.model.delivery import Notification
from otpushd.model.posting import Posting


def plainly(notifications: Sequence[Notification]) -> Posting:
    """Without a silence nothing is to be decided about them."""
    return Posting(WantedCases(), lambda cases: None, datetime.now(UTC), plainly=True, notifications=notifications)

"""A message keeps its id over restarts, retries and replays, and no two messages share one."""

from otpushd.model.delivery import notification_id


def test_the_id_is_short_plain_and_always_the_same() -> None:
    """At most 80 characters, as OpenText advises; it is kept in the store and must not change with a version."""
    assert notification_id("rule", "event", "ann") == "otpushd-5a97614aa1ab0358237f8f0dc4127bf4dda459e4"


def test_rule_event_person_and_step_all_count() -> None:
    ids = {
        notification_id(*parts)
        for parts in [("r", "e", "p"), ("r", "ep", ""), ("re", "", "p"), ("r", "e", "p", "2"), ("r", "e", "q")]
    }
    assert len(ids) == 5

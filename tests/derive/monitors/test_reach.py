"""The reach of values: at least from 0 to 1, and a stray one is forgotten in time."""

from otpushd.derive.monitors.reach import TURN, Reach


def reach_of(*values: float) -> Reach:
    made = Reach()
    for value in values:
        made.add(value)
    return made


def test_shares_and_scores_reach_from_nothing_to_one():
    """However close together they are."""
    assert reach_of(0.4, 0.5).length == 1


def test_what_lies_beyond_widens_it():
    """On either side."""
    assert reach_of(-2.0, 0.5, 7.0).length == 9


def test_a_stray_value_is_forgotten_after_ten_thousand():
    """Not before five thousand."""
    made = reach_of(*[0.5] * 10, 1e6)
    for _ in range(TURN):
        made.add(0.5)
        assert made.length == 1e6
    for _ in range(TURN):
        made.add(0.5)

    assert made.length == 1


def test_what_was_packed_goes_on_the_same():
    """With both generations."""
    made = reach_of(*[0.5] * (TURN - 1), 9.0, -1.0)
    again = Reach()
    again.unpack(made.pack())

    assert again.length == made.length == 10
    assert again.pack() == made.pack()

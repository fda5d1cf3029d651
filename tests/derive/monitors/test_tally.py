"""Counts of labels in cells and in sums of cells."""

from otpushd.derive.monitors.tally import Cell, Tally


def test_a_cell_counts_answers_and_their_labels():
    """An answer without a label is one, too."""
    cell = Cell()
    for labels in ([0, 2], [2], []):
        cell.add(labels)

    assert (cell.answers, cell.counts) == (3, {0: 1, 2: 2})


def test_a_cell_that_is_taken_out_again_leaves_nothing():
    """Sums of windows move on by that."""
    tally, one, other = Tally(3), Cell(2, {0: 1, 2: 2}), Cell(1, {1: 1})
    tally.add(one)
    tally.add(other)
    assert (tally.answers, tally.counts) == (3, [1, 1, 2])

    tally.add(one, -1)

    assert (tally.answers, tally.counts) == (1, [0, 1, 0])

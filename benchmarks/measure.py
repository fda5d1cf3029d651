"""Taking turns and telling: each case runs once a round, so that a slow minute of the machine falls on all of them."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

Case = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """One case over all rounds."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def spread(self) -> str:
        """From the least to the greatest round."""
        return f"{shown(min(self.values))}..{shown(max(self.values))}"


def take_turns(cases: Mapping[str, Case], rounds: int) -> dict[str, Figure]:
    """Run every case once a round and keep what it returns. Garbage of one case is not paid for by the next."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            gc.collect()
            found[name].append(case())
    return {name: Figure(tuple(values)) for name, values in found.items()}


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep this thread, and the threads and processes it starts, on one core. `core` wraps around."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[core % len(before)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below or at which `share` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def shown(value: float) -> str:
    """A number with three digits that matter."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def tell(title: str, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print one table."""
    widths = [max(len(row[at]) for row in (head, *lines)) for at in range(len(head))]
    print(f"\n{title}")
    for row in (head, *lines):
        first, *others = [
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join([first, *others]).rstrip(), flush=True)


def tell_rates(title: str, unit: str, figures: Mapping[str, Figure], baseline: Callable[[str], str]) -> None:
    """Print rates, each beside the share of its baseline, the case that `baseline` names for it."""
    lines = [
        [name, shown(one.middle), one.spread, f"{one.middle / figures[baseline(name)].middle:.2f}"]
        for name, one in figures.items()
    ]
    tell(title, ["", unit, "rounds", "of bare"], lines)

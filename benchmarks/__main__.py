"""`python -m benchmarks`: all of them in turn, or those that are named."""

import argparse
import os
from importlib import import_module
from pathlib import Path

from otpushd import log

NAMES = ("rows", "pushes", "lock", "idle", "latency", "loss", "history", "detectors", "replay", "explain")


def main() -> None:
    """Run what was asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)} (all, if none is named)")
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: only shows that it runs")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in NAMES]:
        parser.error(f"no benchmark {', '.join(unknown)}; there is {', '.join(NAMES)}")
    with Path(os.devnull).open("w") as nowhere:
        log.configure(os.environ, nowhere)  # lines are made as the daemon makes them: that is part of the cost
        for name in given.names or NAMES:
            import_module(f"benchmarks.{name}").run(given.quick)


if __name__ == "__main__":
    main()

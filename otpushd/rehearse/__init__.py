"""The dry run: the same detectors and the same routing over a test's events or a team's history. It sends and writes nothing."""

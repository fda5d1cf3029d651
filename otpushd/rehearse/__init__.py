"""The dry run: the daemon's detectors and routing over a test's events or a team's history. Sends nothing."""

"""What people write: YAML with positions, durations, secrets, and the problems found in them. Knows no stage."""

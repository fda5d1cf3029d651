"""Rules: from the YAML that people write to the messages an event leads to. Reads no clock, opens only rule files."""

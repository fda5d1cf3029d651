"""otpushd.yaml and what it names: settings, channels, people, and where Prodigy's databases are. Writes nothing."""

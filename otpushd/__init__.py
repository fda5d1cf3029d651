"""otpushd: watches a Prodigy database and gets the right person to act, through OpenText push notifications."""

__version__ = "0.1.0"

"""SIGHUP in the real command: rules, people and plan anew, or refused whole; nothing is lost or said twice by it."""

from otpushd.sandbox.faults import FOREVER  # noqa: F401

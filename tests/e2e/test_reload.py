"""SIGHUP in the real command: rules, people and plan anew, or refused whole; nothing is lost or said twice by it."""

import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from world import CONFIG, Team, wait_for

from otpushd.sandbox.faults import FOREVER  # noqa: F401

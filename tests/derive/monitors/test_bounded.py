"""Rates, means and paces against bounds: when they trigger, when they recover, and when they keep still."""

from datetime import timedelta

import pytest

from otpushd.derive.monitors.definition import Definition, Measure, Turn, filled
from otpushd.derive.monitors.watch import freeze, thaw, tick, update

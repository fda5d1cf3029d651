"""Every event type that otpushd detects, with its fields: what rules may name anywhere."""

from types import MappingProxyType

from otpushd.derive import disagreement, progress, relabel, signals
from otpushd.derive.monitors import events as monitors
from otpushd.detect import answers, datasets, outage, sweep
from otpushd.model.event import Catalogue

_DETECTORS = (datasets, answers, outage, sweep, progress, disagreement, relabel, signals, monitors)
CATALOGUE: Catalogue = MappingProxyType({kind.name: kind for each in _DETECTORS for kind in each.TYPES})

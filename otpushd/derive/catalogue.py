"""Every event type that otpushd detects, with its fields: what rules may name anywhere."""

from types import MappingProxyType

from otpushd.derive import assignment, batch, deadlines, disagreement, progress, relabel, reviews, signals, silence
from otpushd.derive.monitors import events as monitors
from otpushd.detect import answers, datasets, outage, sweep
from otpushd.model.event import Catalogue

_SEEN = (datasets, answers, outage, sweep)
_TIMED = (deadlines, reviews, silence)
_DETECTORS = (*_SEEN, *_TIMED, progress, disagreement, assignment, batch, relabel, signals, monitors)
CATALOGUE: Catalogue = MappingProxyType({kind.name: kind for each in _DETECTORS for kind in each.TYPES})

"""Every event type that otpushd detects, with its fields: what rules may name anywhere."""

from types import MappingProxyType

from otpushd.derive import progress
from otpushd.detect import answers, datasets, outage, sweep
from otpushd.model.event import Catalogue

CATALOGUE: Catalogue = MappingProxyType(
    {kind.name: kind for kind in (*datasets.TYPES, *answers.TYPES, *outage.TYPES, *sweep.TYPES, *progress.TYPES)}
)

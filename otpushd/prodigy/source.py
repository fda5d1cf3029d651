"""The seam to a Prodigy database of any kind: one verb that reads a page, one that looks at old rows again, one that
lets go."""

from collections.abc import Collection
from typing import Protocol

from otpushd.model.row import Page, Reread
from otpushd.model.structured import StructuredMemory


class Source(Protocol):
    """A Prodigy database. Blocking, to be used from one thread; opened at the first read and again after a fault."""

    def read(
        self,
        mark: int,
        awaited: Collection[int],
        fingerprint: tuple[int, ...] | None,
        taken: Collection[int],
        *,
        structured: StructuredMemory | None = None,
    ) -> Page:
        """Links above `mark` and not `taken`, the sessions of `awaited` examples, datasets if not as in `fingerprint`.

        Structured storage is looked at in the same moment, if there is any, where it is told what is known of that.
        Raises SourceUnavailable. No transaction is open when it returns or raises.
        """
        ...

    def reread(self, above: int, upto: int, fingerprint: tuple[int, ...] | None, *, structured: bool = False) -> Reread:
        """A page of the links above `above` up to `upto`, taken or not, as they are now. Raises as `read` does."""
        ...

    def close(self) -> None:
        """Let go of the connection, if there is one."""
        ...

"""The seam to a Prodigy database of any kind: what it can be asked, a verb each, and one verb that lets go."""

from collections.abc import Collection, Sequence
from typing import Protocol

from otpushd.model.examples import Counted, Examples
from otpushd.model.row import Page, Reread
from otpushd.model.structured import StructuredMemory
from otpushd.prodigy.stored_task import Stored


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
        began: str | None = "",
    ) -> Page:
        """Links above `mark` and not `taken`, the sessions of `awaited` examples, datasets if not as in `fingerprint`.

        Structured storage is looked at in the same moment, if there is any, where it is told what is known of that.
        `began` is what Page.began was at the first look, None at the first look itself.
        Raises SourceUnavailable. No transaction is open when it returns or raises.
        """
        ...

    def reread(self, above: int, upto: int, fingerprint: tuple[int, ...] | None, *, structured: bool = False) -> Reread:
        """A page of the links above `above` up to `upto`, taken or not, as they are now. Raises as `read` does."""
        ...

    def tasks(self, places: Sequence[int]) -> Stored:
        """The tasks of examples by their ids, those of structured storage given as negative. Raises as `read` does.

        As many of the first as fit into one short look, at least one.
        """
        ...

    def examples(self, above: int, upto: int, *, structured: bool = False) -> Examples | None:
        """A page of the examples above `above` up to `upto`, whatever they are linked to. Raises as `read` does.

        None where there is no such storage, or it cannot be told without reading whole tables.
        """
        ...

    def count(self, dataset: str) -> Counted:
        """How many examples the main dataset of that name holds. Raises as `read` does."""
        ...

    def close(self) -> None:
        """Let go of the connection, if there is one."""
        ...

"""Notes of the ledger that are open while a page is worked on: to read the bytes for each row would cost too much."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from otpushd.model.ledger import Ledger, NoteKey


class Opened(Protocol):
    """What a detector works with instead of the bytes of a note."""

    def put_back(self, ledger: "Ledger") -> None:
        """Note what has changed since last asked."""
        ...


class Held(Protocol):
    """A single note that is opened."""

    def written(self) -> bytes:
        """What to note."""
        ...


H = TypeVar("H", bound=Held)


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A single note, and where it belongs."""

    key: "NoteKey"
    note: Held

    def put_back(self, ledger: "Ledger") -> None:
        """Note it."""
        ledger.put(*self.key, self.note.written())

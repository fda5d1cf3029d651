"""Reads Prodigy on PostgreSQL as the daemon does, with what its store would hold."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from otpushd.model.row import LinkRow, Page
from otpushd.prodigy.postgres_source import PostgresSource
from otpushd.prodigy.unavailable import SourceUnavailable
from tests.prodigy_on_postgres import ProdigyOnPostgres

Another = Callable[[], ProdigyOnPostgres]
"""Makes further writers to the same database."""


@dataclass
class Watch:
    """Reads as the daemon does, with the mark and the taken ids that its store would hold."""

    source: PostgresSource
    mark: int = 0
    taken: frozenset[int] = frozenset()
    fingerprint: tuple[int, ...] | None = None
    links: list[LinkRow] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def look(self) -> list[int]:
        """The ids that one poll reports."""
        before = len(self.links)
        while True:
            page = self.source.read(self.mark, (), self.fingerprint, self.taken)
            self.links += page.links
            self.pages.append(page)
            dealt_with = self.taken.union([link.id for link in page.links])
            self.taken = frozenset([number for number in dealt_with if page.mark < number <= page.highest])
            self.mark, self.fingerprint = page.mark, page.fingerprint
            if page.last:
                return [link.id for link in self.links[before:]]

    def close_all(self) -> None:
        """Look until everything is closed: the second look after a row asks nobody any more."""
        for _ in range(3):
            self.look()


def fault(source: PostgresSource) -> SourceUnavailable:
    """Why it cannot be read."""
    with pytest.raises(SourceUnavailable) as caught:
        source.read(0, (), None, ())
    return caught.value

"""What was not there at the first look is told by the ids that were missing and by the transactions that wrote it."""

from collections.abc import Callable

import pytest

from otpushd.model.row import Page
from otpushd.prodigy.first_look import FirstLook, read_text, take
from otpushd.prodigy.postgres_source import PostgresSource
from tests.postgres import Cluster
from tests.prodigy_on_postgres import READER, ProdigyOnPostgres

Another = Callable[[], ProdigyOnPostgres]


@pytest.mark.parametrize(
    ("number", "news"), [(1, False), (4, False), (5, True), (7, True), (8, False), (9, False), (10, True), (99, True)]
)
def test_an_id_that_was_missing_is_news(number: int, news: bool) -> None:
    look = read_text(FirstLook(900, None, ((10, 2**63 - 1), (5, 7))).written(4))
    assert look.news([number], (), 4) == ({number} if news else set())


def test_what_another_transaction_wrote_since_is_news_but_not_in_a_table_that_was_loaded_anew() -> None:
    look = FirstLook(900, 4)
    assert (look.news([1], [2], 4), look.news([1], [2], 5)) == ({2}, set())


def test_it_is_kept_at_the_first_look_only_and_of_nothing_nothing_is_known() -> None:
    assert (FirstLook(900, 4).written(4), FirstLook().written(4), read_text("")) == ("", "", FirstLook())


def test_the_missing_ids_are_those_between_and_above_the_ones_that_are_seen(writer: ProdigyOnPostgres) -> None:
    writer.links("news", writer.examples([{}] * 4))
    writer.execute("DELETE FROM link WHERE id IN (2, 3)")
    empty = "(SELECT * FROM link WHERE false)"
    look = take(writer.connection, ("link", f"{empty} AS l"))
    assert (look.classic, look.structured) == ([[5, 2**63 - 1], [2, 3]], [[1, 2**63 - 1]])


@pytest.mark.parametrize("columns_only", [False, True], ids=["SELECT on the table", "on Prodigy's columns only"])
def test_a_row_under_an_id_of_before_that_was_written_since_is_news(
    cluster: Cluster, postgres_database: str, writer: ProdigyOnPostgres, columns_only: bool
) -> None:
    """Even where the id was there: it was deleted and written anew."""
    writer.links("news", writer.examples([{}] * 3))
    writer.execute("DELETE FROM link WHERE id = 1")
    if columns_only:
        writer.execute(f"REVOKE SELECT ON link FROM {READER}")
        writer.execute(f"GRANT SELECT (id, example_id, dataset_id) ON link TO {READER}")
    source = PostgresSource(cluster.parameters(postgres_database, READER))
    first = source.read(0, (), None, (), began=None)
    writer.execute("DELETE FROM link WHERE id = 3")
    writer.execute("INSERT INTO link (id, example_id, dataset_id) VALUES (1, 1, 1), (3, 3, 1)")
    later: Page = source.read(0, (), None, (), began=first.began)
    source.close()
    assert (first.news, later.news) == (set(), {1} if columns_only else {1, 3})

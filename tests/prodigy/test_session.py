"""Session names say what kind of session it is, and whose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otpushd.model.row import DatasetRow
from otpushd.prodigy.session import SessionKind, is_time_name, kind_of, main_in, person_in

MAINS = {"news", "news-eu", "a-b"}
names = st.text("ab-", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("name", "bare", "kind"),
    [
        ("2023-10-27_16-51-38", False, SessionKind.SERVER),
        ("2023-10-27_16-51-38", True, SessionKind.IMPORT),
        ("news-ann", False, SessionKind.NAMED),
        ("news-ann", True, SessionKind.NAMED),
        ("news-2023-10-27_16-51-38", False, SessionKind.NAMED),
        ("2023-10-27_16-51-38x", True, SessionKind.NAMED),
    ],
)
def test_a_time_for_a_name_is_a_server_or_with_empty_meta_an_import(name: str, bare: bool, kind: SessionKind) -> None:
    assert kind_of(DatasetRow(1, name, 0, True, bare)) is kind


@pytest.mark.parametrize(
    ("name", "person"),
    [
        pytest.param("news-ann", "ann", id="dataset, hyphen, name"),
        pytest.param("news-eu-ann", "ann", id="the longest dataset name wins"),
        pytest.param("news-us-ann", "us-ann", id="a name with hyphens"),
        pytest.param("a-b-c-d", "c-d", id="both with hyphens"),
        pytest.param("ann", "ann", id="no dataset in front, as in an annotator id"),
        pytest.param("old-ann", "old-ann", id="a dataset that nobody knows"),
        pytest.param("newsann", "newsann", id="no hyphen"),
        pytest.param("news_ann", "news_ann", id="an underscore is none"),
        pytest.param("news-", None, id="nothing behind the hyphen"),
        pytest.param("-ann", "-ann", id="nothing in front of it"),
        pytest.param("2023-10-27_16-51-38", None, id="a time names nobody"),
        pytest.param("news-2023-10-27_16-51-38", None, id="a time behind the dataset names nobody"),
        pytest.param("news-ä ö@x.y", "ä ö@x.y", id="any characters"),
    ],
)
def test_a_person_is_the_name_without_the_datasets(name: str, person: str | None) -> None:
    assert person_in(name, MAINS) == person


@given(st.sets(names), names, names)
def test_the_longest_main_dataset_that_fits_is_taken_off(mains: set[str], main: str, person: str) -> None:
    name = f"{main}-{person}"
    fitting = [one for one in {*mains, main} if name.startswith(f"{one}-")]
    assert main_in(name, {*mains, main}) == max(fitting, key=len)


@given(st.lists(st.text()), st.text())
def test_any_names_at_all_give_a_person_or_nobody(mains: list[str], name: str) -> None:
    person = person_in(name, mains)
    assert person is None or (person and name.endswith(person) and not is_time_name(person))


def test_a_dataset_is_no_session_of_itself() -> None:
    assert main_in("news", MAINS) is None

"""A migration and what code writes is nobody's work, a correction somebody's, and a link names its session itself."""

from collections.abc import Sequence

import pytest

from otpushd.model.row import DatasetRow, Structured
from otpushd.prodigy.origin import Origin
from otpushd.prodigy.session import person_in
from otpushd.prodigy.structured_origin import structured_origin
from otpushd.prodigy.task import Task

MAINS = {"news", "news-eu"}
TASK, ACTOR, SITTING = (f"{digit * 8}-1111-4111-8111-{digit * 12}" for digit in "abc")
TIME = "2026-10-27_16-51-38"
ANN = DatasetRow(4, "news-ann", 0, True, False)
BOB = DatasetRow(5, "news-bob", 0, True, False)
SERVER = DatasetRow(6, TIME, 0, True, False)
IMPORT = DatasetRow(6, TIME, 0, True, True)
COPY = Task(migrated=True, annotator_id="news-ann", timed=True)
MIGRATION, SCRIPT = Origin("migration", None, None), Origin("script", None, None)


def link(session: str | None, *, corrects: bool = False) -> Structured:
    return Structured(session, superseded=False, corrects=corrects)


@pytest.mark.parametrize(
    ("task", "session", "datasets", "expected"),
    [
        pytest.param(Task(), "news-ann", [], Origin(None, "ann", "news-ann"), id="the link's session"),
        pytest.param(Task(), "news-ann", [BOB], Origin(None, "ann", "news-ann"), id="before a session dataset's"),
        pytest.param(Task(), "news-eu-cid", [], Origin(None, "cid", "news-eu-cid"), id="longest dataset first"),
        pytest.param(Task(), "jev-2", [], Origin(None, "jev-2", "jev-2"), id="any name"),
        pytest.param(Task(annotator_id="cid"), TIME, [], Origin(None, "cid", TIME), id="a server's session"),
        pytest.param(Task(), TIME, [IMPORT], Origin("import", None, TIME), id="an import's"),
        pytest.param(Task(timed=True), TIME, [SERVER], Origin(None, None, TIME), id="a server's, with its dataset"),
        pytest.param(Task(), None, [ANN], Origin(None, "ann", "news-ann"), id="no session: as classic"),
        pytest.param(Task(annotator_id="news-ann"), "", [], Origin(None, "ann", None), id="an empty one: as classic"),
        pytest.param(Task(), None, [], SCRIPT, id="nothing at all"),
        pytest.param(COPY, "migrated", [ANN], MIGRATION, id="migrated, with stamp and session dataset"),
        pytest.param(Task(annotator_id="x"), "migrated", [], MIGRATION, id="migrated, without stamp"),
        pytest.param(COPY, "winter", [], MIGRATION, id="a chosen name, with stamp"),
        pytest.param(COPY, None, [ANN], MIGRATION, id="a stamp alone"),
        pytest.param(Task(annotator_id="news-ann"), "default", [ANN], SCRIPT, id="written directly"),
        pytest.param(COPY, "default", [], SCRIPT, id="a migrated row copied by code"),
    ],
)
def test_a_row_is_told_by_its_link(
    task: Task, session: str | None, datasets: Sequence[DatasetRow], expected: Origin
) -> None:
    assert structured_origin(task, link(session), datasets, MAINS) == expected


@pytest.mark.parametrize(
    ("task", "session", "datasets", "annotator"),
    [
        pytest.param(Task(), "news-ann", [ANN], "ann", id="of whom it was"),
        pytest.param(Task(), "news-ann", [ANN, BOB], "bob", id="its editor, linked last"),
        pytest.param(Task(), "news-bob", [BOB, ANN], "ann", id="whichever dataset is older"),
        pytest.param(COPY, "migrated", [], "ann", id="of a migrated copy, which keeps its stamp"),
        pytest.param(COPY, "winter", [BOB], "bob", id="of one under a chosen name"),
        pytest.param(COPY, "winter", [], "ann", id="which names nobody"),
        pytest.param(Task(), "default", [], None, id="of what code wrote"),
        pytest.param(Task(), TIME, [IMPORT], None, id="of an import"),
    ],
)
def test_a_correction_is_somebodys(
    task: Task, session: str, datasets: Sequence[DatasetRow], annotator: str | None
) -> None:
    found = structured_origin(task, link(session, corrects=True), datasets, MAINS)
    assert (found.how, found.annotator) == (None, annotator)


@pytest.mark.parametrize(
    ("task", "session", "datasets", "expected"),
    [
        pytest.param(COPY, "migrated", [ANN], Origin(None, "ann", "news-ann"), id="a person's, by its session dataset"),
        pytest.param(COPY, "winter", [], Origin(None, "ann", None), id="by what it recorded"),
        pytest.param(Task(migrated=True), "migrated", [], SCRIPT, id="a script's"),
        pytest.param(Task(), "default", [], SCRIPT, id="a direct write stays one"),
    ],
)
def test_in_history_a_migrated_copy_is_what_it_stands_for(
    task: Task, session: str, datasets: Sequence[DatasetRow], expected: Origin
) -> None:
    assert structured_origin(task, link(session), datasets, MAINS, as_it_was=True) == expected


@pytest.mark.parametrize(
    ("name", "person"),
    [
        pytest.param(f"news-eu-{TASK}-{ACTOR}-{SITTING}", ACTOR, id="dataset, task, actor, sitting"),
        pytest.param(f"news-eu-{TASK}-{ACTOR}", ACTOR, id="dataset, task, actor"),
        pytest.param(f"news-eu-{ACTOR}", ACTOR, id="dataset, actor"),
        pytest.param(f"gone-{TASK}-{ACTOR}-{SITTING}", ACTOR, id="of a dataset that is not known"),
        pytest.param(f"{TASK}-{ACTOR}", ACTOR, id="without a dataset"),
        pytest.param(f"news-ann-{ACTOR}", f"ann-{ACTOR}", id="no Ellf name"),
        pytest.param(f"news-{TASK}-{ACTOR}-ann", f"{TASK}-{ACTOR}-ann", id="one with more behind it"),
    ],
)
def test_of_an_ellf_session_the_actor_is_the_person(name: str, person: str) -> None:
    assert person_in(name, MAINS) == person
    assert structured_origin(Task(), link(name), [], MAINS) == Origin(None, person, name)

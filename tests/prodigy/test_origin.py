"""Every fingerprint that tells a person's answer from an import, a script and what `review` took over."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from otpushd.model.row import DatasetRow
from otpushd.prodigy.origin import Origin, origin, voice
from otpushd.prodigy.task import Task

MAINS = {"news", "news-eu"}
TIME = "2023-10-27_16-51-38"
SERVER = DatasetRow(2, TIME, 0, True, False)
IMPORT = DatasetRow(3, TIME, 0, True, True)
ANN = DatasetRow(4, "news-ann", 0, True, False)
BOB = DatasetRow(5, "news-bob", 0, True, False)
UNNAMED = DatasetRow(6, "news-", 0, True, False)
TIMED = Task(timed=True, decided_at=datetime(2026, 1, 1, tzinfo=UTC))
BROKEN_CLOCK = Task(timed=True)
TAKEN_OVER = Task(taken_over=True, view="ner_manual", session_id="news-ann", annotator_id="news-ann")
NOBODY = Origin("script", None, None)


@pytest.mark.parametrize(
    ("task", "sessions", "expected"),
    [
        pytest.param(Task(), [ANN], Origin(None, "ann", "news-ann"), id="named session, whatever fields are missing"),
        pytest.param(Task(problem="not JSON"), [ANN], Origin(None, "ann", "news-ann"), id="named session, unreadable"),
        pytest.param(TAKEN_OVER, [ANN], Origin(None, "ann", "news-ann"), id="named session, with versions"),
        pytest.param(TIMED, [SERVER], Origin(None, None, TIME), id="server session of 1.11: nobody is named"),
        pytest.param(Task(), [SERVER], Origin(None, None, TIME), id="server session of 2018: no field at all"),
        pytest.param(
            Task(annotator_id="news-eu-cid"), [SERVER], Origin(None, "cid", TIME), id="annotator id, prefixed"
        ),
        pytest.param(Task(annotator_id="cid"), [SERVER], Origin(None, "cid", TIME), id="annotator id, bare"),
        pytest.param(Task(session_id=TIME, annotator_id=TIME), [SERVER], Origin(None, None, TIME), id="1.14: times"),
        pytest.param(Task(session_id="news-default"), [SERVER], Origin(None, "default", TIME), id="2019: default"),
        pytest.param(
            Task(session_id="news-dan"), [], Origin(None, "dan", "news-dan"), id="session id without its link"
        ),
        pytest.param(Task(session_id=TIME), [], Origin(None, None, TIME), id="a time as session id, without its link"),
        pytest.param(
            Task(annotator_id="x", session_id="news-y"), [], Origin(None, "x", "news-y"), id="annotator first"
        ),
        pytest.param(Task(annotator_id=TIME, session_id="news-y"), [], Origin(None, "y", "news-y"), id="else session"),
        pytest.param(TIMED, [], Origin(None, None, None), id="a time of decision is a person's"),
        pytest.param(BROKEN_CLOCK, [], Origin(None, None, None), id="even one that cannot be read"),
        pytest.param(
            Task(annotator_id="cid"), [UNNAMED], Origin(None, "cid", "news-"), id="a session that names nobody"
        ),
        pytest.param(Task(), [SERVER, ANN], Origin(None, "ann", "news-ann"), id="named before server session"),
        pytest.param(Task(), [BOB, ANN], Origin(None, "ann", "news-ann"), id="the oldest of two named"),
        pytest.param(Task(), [IMPORT], Origin("import", None, TIME), id="import"),
        pytest.param(Task(session_id="news-ann"), [IMPORT], Origin("import", None, TIME), id="import of an old export"),
        pytest.param(Task(view="ner"), [IMPORT], Origin(None, None, TIME), id="a view in a bare session is a person's"),
        pytest.param(TIMED, [IMPORT], Origin(None, None, TIME), id="so is a time of decision"),
        pytest.param(Task(), [], NOBODY, id="seed or script"),
        pytest.param(Task(view="ner_manual"), [], NOBODY, id="a script that sets a view"),
        pytest.param(Task(problem="no example"), [], NOBODY, id="nothing to read and no session"),
        pytest.param(TAKEN_OVER, [SERVER], Origin("review", None, TIME), id="taken over by a review server"),
        pytest.param(TAKEN_OVER, [IMPORT], Origin("review", None, TIME), id="taken over, in a bare session"),
        pytest.param(TAKEN_OVER, [], Origin("review", None, None), id="taken over, without a session"),
    ],
)
def test_a_row_is_told_by_its_fingerprint(task: Task, sessions: Sequence[DatasetRow], expected: Origin) -> None:
    assert origin(task, voice(sessions, MAINS), MAINS) == expected

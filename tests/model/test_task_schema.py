"""Tasks against a JSON Schema: what is told of one that does not match."""

import pytest

from otpushd.model.task_schema import TaskSchema, Violation

SPANS = {
    "type": "object",
    "required": ["text"],
    "properties": {"spans": {"items": {"properties": {"label": {"enum": ["ORG", "PER"]}}}}},
}


@pytest.fixture(scope="module")
def schema() -> TaskSchema:
    return TaskSchema.of("task.json", SPANS)


def test_a_task_that_matches_breaks_nothing(schema: TaskSchema) -> None:
    """Further fields are the schema's business."""
    assert schema.violations({"text": "a", "spans": [{"label": "ORG"}], "more": 1}) == ()


def test_what_is_broken_is_told_by_place_and_keyword_without_the_value(schema: TaskSchema) -> None:
    """A value is an annotator's content."""
    found = schema.violations({"spans": [{"label": "ORG"}, {"label": "a secret"}]})

    assert set(found) == {Violation("", "required"), Violation("/spans/1/label", "enum")}
    assert "secret" not in repr(found)


def test_no_more_is_told_than_asked_for(schema: TaskSchema) -> None:
    """A task of a thousand wrong spans is one event."""
    assert len(schema.violations({"text": "a", "spans": [{"label": "x"}] * 1000}, most=3)) == 3


@pytest.mark.parametrize(
    "task", [{"text": "\ud800"}, [1], "text", None, 1e400], ids=["surrogate", "list", "text", "null", "inf"]
)
def test_odd_tasks_are_judged_or_called_unreadable(schema: TaskSchema, task: object) -> None:
    """Nothing raises: one bad row stops nothing."""
    assert all(isinstance(one, Violation) for one in schema.violations(task))


def test_a_task_too_deep_to_be_judged_is_unreadable(schema: TaskSchema) -> None:
    """The library refuses it."""
    task: dict[str, object] = {}
    for _ in range(3000):
        task = {"deeper": task}

    assert schema.violations(task) == (Violation("", "unreadable"),)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "strng"}, "at /type"),
        ({"required": "text"}, "not of type"),
        ({"$ref": "http://127.0.0.1:9/x"}, "Retrieval is disabled"),
        ({"$ref": "#/none"}, "does not exist"),
        ({"$schema": "urn:x"}, "Unknown meta-schema"),
        ({"pattern": "("}, "regex"),
        ([], "is an object"),
        ("{}", "is an object"),
        (None, "is an object"),
    ],
    ids=str,
)
def test_what_is_no_schema_is_refused_with_the_reason(schema: object, why: str) -> None:
    """And nothing is fetched."""
    with pytest.raises(ValueError, match=why):
        TaskSchema.of("task.json", schema)


def test_a_path_names_only_what_the_schema_names() -> None:
    """The name of a property may be a person's."""
    schema = TaskSchema.of("s.json", {"properties": {"people": {"additionalProperties": {"type": "object"}}}})
    assert schema.violations({"people": {"Jane Roe": "ill"}}) == (Violation("/people/*", "type"),)

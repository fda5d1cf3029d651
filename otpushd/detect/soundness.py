"""What is wrong with a row by itself, told without Prodigy's code and without the plan. Pure.

Its hashes can be compared with those inside its content only: they are equal in every row of every real database seen
(prodigy.md, 1.2), while how Prodigy computes them is its own affair. Structured storage is not known to repeat them.
"""

from otpushd.model.integrity import ANSWER_MISSING, CONTENT_UNREADABLE, HASH_MISMATCH, Flaw
from otpushd.model.row import LinkRow
from otpushd.prodigy.task import Task


def flaws_of(task: Task, link: LinkRow, *, by_person: bool) -> tuple[Flaw, ...]:
    """The flaws of a row, given its decoded task. A row that nobody decided need not have an answer."""
    if task.problem is not None:
        return (Flaw(CONTENT_UNREADABLE, f"content: {task.problem}"),)
    unlike = _unlike(task, link) if link.structured is None else ()
    if task.answer is not None or not by_person:
        return unlike
    return (Flaw(ANSWER_MISSING, "answer is none of accept, reject and ignore"), *unlike)


def _unlike(task: Task, link: LinkRow) -> tuple[Flaw, ...]:
    """A row without hashes inside has nothing to compare, nor has a column that holds no integer."""
    pairs = (task.input_hash, link.input_hash), (task.task_hash, link.task_hash)
    wrong = [None not in pair and pair[0] != pair[1] for pair in pairs]
    if not any(wrong):
        return ()
    names = [name for name, one in zip(("_input_hash", "_task_hash"), wrong, strict=True) if one]
    return (Flaw(HASH_MISMATCH, f"{' and '.join(names)} in the content differ from the row's columns"),)

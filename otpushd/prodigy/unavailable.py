"""Why a source cannot be read at present. A state to wait in, never a reason to stop."""

NOT_ANSWERING = "the disk or network mount of the source does not answer; waiting"


class SourceUnavailable(Exception):
    """Prodigy's database cannot be read now. `code` is one word for rules and logs, `mend` what to do about it.

    The text never holds a value from the database.
    """

    def __init__(self, code: str, mend: str) -> None:
        super().__init__(f"{code}: {mend}")
        self.code = code
        self.mend = mend

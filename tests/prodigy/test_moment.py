"""The moment a row was decided, as a number, from whatever a task is."""

import pytest

from otpushd.prodigy.moment import moment_of


@pytest.mark.parametrize(
    ("content", "moment"),
    [
        (None, None),
        (b"", None),
        (b"not JSON", None),
        (b'"_timestamp" 5', None),
        (b'["_timestamp", 5]', None),
        (b'{"_timestamp": null}', None),
        (b'{"_timestamp": NaN}', None),
        (b'{"_timestamp": [5]}', None),
        (b'{"_timestamp": 5}', 5.0),
        (b'{"_timestamp": "5.0"}', 5.0),
        (b'{"_timestamp": 5, "score": NaN}', 5.0),
        (b'{"versions": [{"_timestamp": 5}]}', None),
        (b'{"text": "user_anns", "user_anns": 1, "_timestamp": 5}', 5.0),
        (b'{"input": {}, "user_anns": {}, "extras": {"_timestamp": 5}}', 5.0),
        (b'{"input": {}, "user_anns": {}, "extras": ["_timestamp"]}', None),
    ],
)
def test_the_moment(content: bytes | None, moment: float | None) -> None:
    assert moment_of(content) == moment

"""Lines that hold something are counted."""

from pathlib import Path

import pytest

from otpushd.files.lines import count_lines, is_path


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        pytest.param(b"", 0, id="empty"),
        pytest.param(b"{}\n{}\n", 2, id="two"),
        pytest.param(b"{}\n{}", 2, id="no end of line at the end"),
        pytest.param(b"\xef\xbb\xbf{}\r\n\r\n \t\n{}\r\n", 2, id="blank lines and a mark"),
        pytest.param(b"\xff\xfe\n", 1, id="no text at all"),
    ],
)
def test_lines_with_something_in_them(tmp_path: Path, content: bytes, lines: int) -> None:
    (tmp_path / "in.jsonl").write_bytes(content)
    assert count_lines(tmp_path / "in.jsonl") == lines


def test_whether_a_word_is_a_path(tmp_path: Path) -> None:
    assert is_path(str(tmp_path))
    assert not any(map(is_path, ("nothing", "x" * 5000, "a\0b")))

"""The history goes on without a seam, whatever the killed run left."""

from pathlib import Path

import pytest

from tfpaintsep.training.history import HistoryFile, read_history

ROWS = [(5, {"loss": 0.1 + 0.2}), (10, {"loss": 1e-30}), (15, {"loss": 3.0}), (20, {"loss": -0.25})]


def write(path: Path, rows: list[tuple[int, dict[str, float]]], resume_step: int = 0) -> None:
    history = HistoryFile(path, resume_step)
    for step, values in rows:
        history.advanced(step, values)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    path = tmp_path / "whole.csv"
    write(path, ROWS)
    return path


def test_numbers_come_back_exactly(whole: Path) -> None:
    assert read_history(whole) == [{"step": step, **values} for step, values in ROWS]
    assert whole.read_text().splitlines()[:2] == ["step,loss", "5,0.30000000000000004"]


def test_a_new_run_forgets_an_old_file(whole: Path) -> None:
    write(whole, ROWS[:1])
    assert len(read_history(whole)) == 1


@pytest.mark.parametrize("resume_step", [0, 4, 5, 10, 12, 20])
def test_rows_after_the_checkpoint_are_dropped_and_written_again(
    whole: Path, resume_step: int
) -> None:
    expected = whole.read_bytes()
    write(whole, [row for row in ROWS if row[0] > resume_step], resume_step)
    assert whole.read_bytes() == expected


def test_a_kill_may_cut_the_file_anywhere(whole: Path, tmp_path: Path) -> None:
    expected = whole.read_bytes()
    for length in range(len(expected)):
        path = tmp_path / "cut.csv"
        path.write_bytes(expected[:length])
        rows = read_history(path)
        assert rows == [{"step": step, **values} for step, values in ROWS][: len(rows)]
        # The checkpoint is written after the row, so all rows up to it are whole.
        done = int(rows[-1]["step"]) if rows else 0
        write(path, [row for row in ROWS if row[0] > done], done)
        assert path.read_bytes() == expected, length


def test_a_kill_while_old_rows_are_dropped_loses_none(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = whole.read_bytes()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        HistoryFile(whole, 10)
    assert whole.read_bytes() == expected


def test_no_file_is_no_history(tmp_path: Path) -> None:
    assert read_history(tmp_path / "none.csv") == []

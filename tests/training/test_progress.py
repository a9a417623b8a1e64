"""Progress: a bar on a terminal, one line now and then elsewhere."""

import io
import re
from collections.abc import Callable

import pytest

from tfpaintsep.training import progress
from tfpaintsep.training.progress import ProgressDisplay, track


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the time."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


def test_without_a_terminal_a_line_now_and_then(clock: Callable[[float], None]) -> None:
    stream = io.StringIO()
    with ProgressDisplay("Training", 1000, stream=stream) as display:
        for done in range(1, 1001):
            clock(0.1 * done)
            display.advance(done, f"loss {done}")
    lines = stream.getvalue().splitlines()
    assert len(lines) == 7  # every 15 of 100 seconds, and the end
    assert lines[0] == "Training: 150/1000, 0:15 elapsed, 1:25 left  loss 150"
    assert lines[-1] == "Training: 1000/1000, 1:40 elapsed, 0:00 left  loss 1000"
    assert not re.search(r"[\x1b\r]", stream.getvalue())


def test_time_left_counts_from_where_a_resumed_run_began(clock: Callable[[float], None]) -> None:
    stream = io.StringIO()
    display = ProgressDisplay("Training", 1000, done=900, stream=stream)
    clock(3600)
    display.advance(950)
    assert "950/1000, 1:00:00 elapsed, 1:00:00 left" in stream.getvalue()


def test_a_limit_to_the_time_shortens_what_is_left(clock: Callable[[float], None]) -> None:
    stream = io.StringIO()
    with ProgressDisplay("Training", 1000, stream=stream, seconds=60) as display:
        for done, now in ((10, 20), (20, 50), (25, 61)):
            clock(now)
            display.advance(done)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "Training: 10/1000, 0:20 elapsed, 0:40 left"
    assert lines[-1] == "Training: 25/1000, 1:01 elapsed, 0:00 left"  # said though it came early


def test_on_a_terminal_a_limit_is_told_beside_the_bar(clock: Callable[[float], None]) -> None:
    stream = Terminal()
    with ProgressDisplay("Training", 10, stream=stream, seconds=90) as display:
        clock(20)
        display.advance(4, "loss 0.5")
    assert "at most 1:10 more" in stream.getvalue()


def test_on_a_terminal_a_bar_with_time_left() -> None:
    stream = Terminal()
    with ProgressDisplay("Training", 10, stream=stream) as display:
        display.advance(4, "loss 0.5")
    assert "Training" in stream.getvalue()
    assert "4/10" in stream.getvalue()
    assert "loss 0.5" in stream.getvalue()
    display.close()  # twice does no harm


def test_short_loops_say_nothing_and_long_ones_do(
    clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(track("abc", "Tiles", 3)) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""
    seen = []
    for index, item in enumerate(track("abcd", "Tiles", 4)):
        seen.append(item)
        clock(20.0 * (index + 1))
    assert seen == ["a", "b", "c", "d"]
    assert capsys.readouterr().err.splitlines()[-1].startswith("Tiles: 4/4")


def test_of_loops_within_each_other_the_outermost_is_shown(
    clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    for _ in track(range(4), "Parts", 4):
        for _ in track(range(3), "Tiles", 3):
            now += 20
            clock(now)
    lines = capsys.readouterr().err.splitlines()
    assert lines
    assert all(line.startswith("Parts") for line in lines)
    for _ in track(range(3), "Tiles", 3):
        now += 20
        clock(now)
    assert "Tiles" in capsys.readouterr().err

"""Progress with time left: a bar on a terminal, one line now and then elsewhere."""

import math
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TextIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

T = TypeVar("T")

LINE_SECONDS = 15.0
"""Time between lines where there is no terminal."""


class ProgressDisplay:
    """Shows how far a long loop is.

    Args:
        title: What is being done.
        total: Number of steps.
        done: Steps already done before (a resumed run).
        stream: Where to write; standard error by default.
        seconds: A limit to the time, after which it ends whatever remains.
    """

    def __init__(
        self,
        title: str,
        total: int,
        done: int = 0,
        stream: TextIO | None = None,
        seconds: float | None = None,
    ) -> None:
        self.title = title
        self.total = total
        self.first = done
        self.seconds = seconds
        self._unsaid: tuple[int, str] | None = None
        self._stream = stream or sys.stderr
        self._began = self._last = time.monotonic()
        self._bar: Progress | None = None
        if self._stream.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed}/{task.total}"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(elapsed_when_finished=False),
                TextColumn("{task.fields[note]}"),
                console=Console(file=self._stream),
            )
            self._bar.start()
            self._task = self._bar.add_task(title, total=total, completed=done, note="")

    def advance(self, done: int, note: str = "") -> None:
        """Say that `done` of the total are finished."""
        now = time.monotonic()
        if self._bar:
            if self.seconds is not None:
                note += f", at most {_clock(self._until_limit(now))} more"
            self._bar.update(self._task, completed=done, note=note)
            return
        self._unsaid = (done, note)
        if now - self._last >= LINE_SECONDS or done >= self.total:
            self._last = now
            self._print_line()

    def _print_line(self) -> None:
        if self._unsaid is None:
            return
        (done, note), self._unsaid = self._unsaid, None
        now = time.monotonic()
        elapsed = now - self._began
        left = elapsed / max(done - self.first, 1) * (self.total - done)
        print(
            f"{self.title}: {done}/{self.total}, {_clock(elapsed)} elapsed, "
            f"{_clock(min(left, self._until_limit(now)))} left{'  ' + note if note else ''}",
            file=self._stream,
            flush=True,
        )

    def _until_limit(self, now: float) -> float:
        return math.inf if self.seconds is None else max(self._began + self.seconds - now, 0.0)

    def close(self) -> None:
        """Leave the last state on the screen."""
        if self._bar:
            self._bar.stop()
            self._bar = None
        if self.seconds is not None:  # it may have ended at any step
            self._print_line()

    def __enter__(self) -> "ProgressDisplay":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_shown: list[str] = []
"""The title of the loop that `track` shows, while there is one."""


def track(items: Iterable[T], title: str, total: int) -> Iterator[T]:
    """Iterate while showing progress, once the loop has lasted two seconds.

    Of loops within each other the outermost is shown.
    """
    if _shown:
        yield from items
        return
    began = time.monotonic()
    display: ProgressDisplay | None = None
    _shown.append(title)
    try:
        for done, item in enumerate(items):
            if display is None and time.monotonic() - began > 2:
                display = ProgressDisplay(title, total, done)
            if display:
                display.advance(done)
            yield item
        if display:
            display.advance(total)
    finally:
        _shown.clear()
        if display:
            display.close()


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"

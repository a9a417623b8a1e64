"""A picture as messages and files of points know it."""

from pathlib import Path
from typing import NamedTuple


class NamedSize(NamedTuple):
    """A picture's file, height and width in pixels."""

    path: Path
    size: tuple[int, int]

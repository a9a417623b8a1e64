"""Rows of numbers in a text file."""

import warnings
from collections.abc import Iterable

import numpy as np

SEPARATORS = ";\t,"


def separator_in(line: str) -> str | None:
    """What separates the columns of a line: semicolon, tab or comma; None for blanks."""
    return next((mark for mark in SEPARATORS if mark in line), None)


def read_numbers(lines: Iterable[str], separator: str | None) -> np.ndarray:
    """Read a table of numbers.

    Args:
        lines: Each may end in a separator, as some programs write them; empty ones are skipped.
        separator: As `separator_in` gives it. Decimals follow a point or, where commas do not
            separate the columns, a comma.

    Returns:
        (lines, columns) float32.

    Raises:
        ValueError: Lines differ in their number of columns, or hold something else than numbers.
        UserWarning: There is no line.
    """
    without_end = (line.rstrip().removesuffix(separator or " ") for line in lines)
    if separator != ",":  # a comma between digits is a decimal one, as spreadsheets write it
        without_end = (line.replace(",", ".") for line in without_end)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return np.loadtxt(without_end, np.float32, comments=None, delimiter=separator, ndmin=2)

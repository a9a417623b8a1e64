"""Rows of numbers in a text file."""

import re
import warnings
from collections.abc import Iterable, Sequence

import numpy as np

SEPARATORS = ";\t,"

_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")


def separator_in(line: str) -> str | None:
    """What separates the columns of a line: semicolon, tab or comma; None for blanks."""
    return next((mark for mark in SEPARATORS if mark in line), None)


def with_decimal_points(texts: Sequence[str]) -> list[str]:
    """Decimal commas, as spreadsheets write them, made points.

    Raises:
        ValueError: The commas may as well separate thousands.
    """
    with_commas = [text for text in texts if "," in text]
    marked = [word for text in with_commas for word in re.findall(r"[^\s;]*,[^\s;]*", text)]
    if marked and all(_THOUSANDS.fullmatch(word) for word in marked):
        raise ValueError(f"{marked[0]}, with decimals or thousands")
    return [text.replace(",", ".") for text in texts]


def read_numbers(lines: Iterable[str], separator: str | None) -> np.ndarray:
    """Read a table of numbers.

    Args:
        lines: Each may end in a separator, as some programs write them; empty ones are skipped.
        separator: As `separator_in` gives it. Decimals follow a point or, where commas do not
            separate the columns, a comma.

    Returns:
        (lines, columns) float32.

    Raises:
        ValueError: Lines differ in their number of columns, or hold something else than numbers,
            or commas of which nothing tells what they are.
        UserWarning: There is no line.
    """
    without_end = [line.rstrip().removesuffix(separator or " ") for line in lines]
    if separator != ",":
        without_end = with_decimal_points(without_end)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return np.loadtxt(without_end, np.float32, comments=None, delimiter=separator, ndmin=2)

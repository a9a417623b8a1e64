"""Element maps as a table: one line for each pixel, one column for each map.

    "row";"column";"Ca_K";"Fe_K"
    0;0;12.5;3
    0;1;11;2.75

PyMca's batch fit writes it as `.csv` (as above) and as `.dat` (no quotes, two blanks between the
columns), and XRF-Explorer takes it as its CSV. Columns are separated by semicolons, tabs, commas
or blanks, told by the first line. Uncertainties `s(...)` and mass fractions `w(...)` are columns
too. Lines may be in any order, but no pixel may be missing. A row is a row of the image, counted
from the top, which is what PyMca means by it; XRF-Explorer draws the same file mirrored at its
diagonal. The format has neither pixel size nor unit.

Reference:
    PyMca 5.9 (github.com/vasole/pymca), `PyMca5/PyMcaIO/ArraySave.py`, `save2DArrayListAsASCII`;
    XRF-Explorer (github.com/olive-groves/xrf-explorer), `cubes/convert_csv.py`.
"""

import re
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.element_names import names_an_element
from tfpaintsep.images.element_stack import RawMaps
from tfpaintsep.images.text_numbers import read_numbers, separator_in

BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t]*\"?(?:row|column)\"?[ \t]*[;,\t ][ \t]*\"?(?:row|column)\"?[;,\t ]",
    re.IGNORECASE,
)
FIRST_ROWS = (0, 1)
"""Rows and columns count from zero, or from one."""


def read_element_table(path: Path) -> RawMaps:
    """Read every column as a map.

    Raises:
        InputError: Pixels are missing or doubled, or rows and columns are no whole numbers.
        ValueError: A line has too few or too many columns, or something else than numbers.
    """
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline().rstrip("\r\n")
        separator = separator_in(header)
        columns = [name.strip().strip('"').strip() for name in _split(header, separator)]
        table = read_numbers(file, separator)
    if table.shape[1] != len(columns):
        raise ValueError(f"{len(columns)} names of columns, but {table.shape[1]} columns")
    titles = [name.lower() for name in columns[:2]]
    where = [table[:, titles.index(title)] for title in ("row", "column")]
    rows, height = _positions(path, "row", where[0])
    places, width = _positions(path, "column", where[1])
    _check_grid(path, rows * width + places, (height, width))
    names = tuple(columns[2:])
    values = np.empty((height, width, len(names)), dtype=table.dtype)
    values[rows, places] = table[:, 2:]
    return RawMaps(values, names, from_fit=names_an_element(names))


def _split(header: str, separator: str | None) -> list[str]:
    """The first line's columns; between blanks a name may hold a single one."""
    if separator is not None:
        return header.rstrip(separator).split(separator)
    wide = re.split(r"\s{2,}", header.strip())
    return wide if len(wide) > 2 else header.split()


def _positions(path: Path, axis: str, numbers: np.ndarray) -> tuple[np.ndarray, int]:
    """Rows or columns counted from zero, and how many there are."""
    whole = bool(np.all(numbers == np.floor(numbers)))  # NaN is not, an infinite one too far
    first, last = numbers.min(), numbers.max()
    if not whole or first not in FIRST_ROWS or last - first >= len(numbers):
        raise InputError(
            path,
            expected=f"whole numbers from 0 or 1 in the column `{axis}`, none left out",
            found=f"{'whole' if whole else 'other'} numbers from {first:g} to {last:g}",
            advice="Export the table again, all pixels of the scan.",
        )
    places = (numbers - first).astype(np.intp)
    return places, int(places.max()) + 1


def _check_grid(path: Path, pixels: np.ndarray, size: tuple[int, int]) -> None:
    """Every pixel is there, once."""
    height, width = size
    count = height * width
    distinct = len(np.unique(pixels))
    if distinct != count or len(pixels) != count:
        doubled = len(pixels) - distinct
        raise InputError(
            path,
            expected=f"a line for each of {height} x {width} pixels (height x width)",
            found=f"{count - distinct} pixels missing and {doubled} doubled",
            advice="The table is cut off or edited: export it again, all pixels of the scan.",
        )

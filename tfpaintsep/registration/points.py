"""Pairs of control points: the same spot in the radiograph or maps, and in the photograph."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.refusals import no_utf8
from tfpaintsep.images.text_numbers import with_decimal_points
from tfpaintsep.registration.butterfly import is_butterfly, parse_butterfly
from tfpaintsep.registration.named_size import NamedSize
from tfpaintsep.registration.warp import Points

COLUMNS = ("x", "y", "photo_x", "photo_y")
"""Of a file of our own; further columns, such as `name`, may stand beside them."""
_EXAMPLE = (
    "Write a first line x,y,photo_x,photo_y and a line of four numbers for each point, in pixels "
    "from the centre of the upper left one; numbers with decimal commas between semicolons."
)


@dataclass(frozen=True, eq=False)
class ControlPoints:
    """Pairs of points, in pixels from the centre of the upper left pixel.

    Attributes:
        fixed: (n, 2) x, y in the radiograph or maps.
        moving: (n, 2) x, y in the photograph.
        names: n names.
        kind: What kind of file they come from.
    """

    fixed: Points
    moving: Points
    names: tuple[str, ...]
    kind: str

    def __len__(self) -> int:
        return len(self.names)


def read_points(path: Path, fixed: NamedSize, moving: NamedSize) -> ControlPoints:
    """Read a file of control points.

    Either a CSV file with the columns `x`, `y` (radiograph or maps) and `photo_x`, `photo_y`,
    separated by commas, semicolons or tabs; or one that Butterfly Registrator has saved.

    Args:
        path: The file.
        fixed: The radiograph or the maps.
        moving: The photograph.

    Raises:
        InputError: The file cannot be read, lacks columns, holds other things than numbers, or
            points that lie outside the pictures.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            path, expected="control points", found="no such file", advice="Check the name."
        ) from None
    except UnicodeDecodeError as error:
        raise no_utf8(path, error) from None
    except IsADirectoryError:
        raise InputError(
            path, expected="control points as text", found="a folder", advice=_EXAMPLE
        ) from None
    if is_butterfly(text):
        values, kind = parse_butterfly(path, text, fixed, moving), "Butterfly Registrator"
        names = tuple(str(i + 1) for i in range(len(values)))
    else:
        (values, names), kind = _parse_own(path, text), "tfpaintsep"
    points = ControlPoints(values[:, :2], values[:, 2:], names, kind)
    _check_inside(path, points.fixed, fixed, points.names)
    _check_inside(path, points.moving, moving, points.names)
    return points


def _parse_own(path: Path, text: str) -> tuple[Points, tuple[str, ...]]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError(path, expected="control points", found="nothing", advice=_EXAMPLE)
    separator = next((mark for mark in ("\t", ";") if mark in lines[0]), ",")
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    except csv.Error as error:
        raise InputError(
            path, expected="control points", found=f"no table ({error})", advice=_EXAMPLE
        ) from None
    header = [word.strip().lower() for word in rows[0]]
    if missing := [name for name in COLUMNS if name not in header]:
        raise InputError(
            path,
            expected=f"the columns {', '.join(COLUMNS)}",
            found=f"no {', '.join(missing)} in the first line",
            advice=_EXAMPLE,
        )
    places = [header.index(name) for name in COLUMNS]
    if separator != ",":  # a semicolon goes with decimal commas, as spreadsheets write them
        try:
            with_decimal_points([row[i] for row in rows[1:] for i in places if i < len(row)])
        except ValueError as error:
            raise InputError(
                path,
                expected="numbers that can be read in one way",
                found=str(error),
                advice="Export the points again with decimal points.",
            ) from None
    named = header.index("name") if "name" in header else None
    values, names = [], []
    for number, row in enumerate(rows[1:], 1):
        try:
            if any(word.strip() for word in row[len(header) :]):
                raise ValueError
            words = [row[place].strip() for place in places]
            if separator != ",":
                words = [word.replace(",", ".") for word in words]
            values.append([float(word) for word in words])
            if not np.isfinite(values[-1]).all():
                raise ValueError
        except (ValueError, IndexError):
            raise InputError(
                path,
                expected="four numbers for each point",
                found=f"point {number}: {separator.join(row)}",
                advice=_EXAMPLE,
            ) from None
        name = row[named].strip() if named is not None and named < len(row) else ""
        names.append(name or str(number))
    return np.array(values, np.float64).reshape(-1, 4), tuple(names)


def _check_inside(path: Path, points: Points, picture: NamedSize, names: tuple[str, ...]) -> None:
    height, width = picture.size
    limit = np.array([width, height])
    for (x, y), name in zip(points, names, strict=True):
        if not (-1 <= x <= limit[0] and -1 <= y <= limit[1]):
            raise InputError(
                path,
                expected=f"points inside {picture.path.name}, {width} wide and {height} high",
                found=f"point {name} at x {x:.1f}, y {y:.1f}",
                advice="Check that x and y are not swapped, and that the points were set on files "
                "of these sizes.",
            )

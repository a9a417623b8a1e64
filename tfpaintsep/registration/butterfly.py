"""Control points as Butterfly Registrator saves them.

The layout was read in the program's public source (versions 1.x): lines with `|` between the
fields. Four of heading, then `target` and its file, `moving` and its files, a line `x|y|x|y`, and a
line for each point, target first. Places are counted from the *corner* of the picture. Those of the
moving picture are not its own: the program first makes it as wide or as high as the target,
whichever it meets first, and fills up below or to the right.
"""

import csv
import io
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.registration.named_size import NamedSize
from tfpaintsep.registration.warp import Points

_FIRST = "Butterfly Registrator"
_CORNER = 0.5  # pixels from the corner of a pixel to its centre


def is_butterfly(text: str) -> bool:
    """Whether a text begins as the program's files do."""
    return text.lstrip().startswith(_FIRST)


def parse_butterfly(path: Path, text: str, fixed: NamedSize, moving: NamedSize) -> Points:
    """The points of such a file, in the pixels of the two files.

    Which picture was the target is told by the names in the file, endings aside: photographs are
    often made the target, though here they are what is moved.

    Args:
        path: The file, for messages.
        text: What is in it.
        fixed: The radiograph or the maps.
        moving: The photograph.

    Returns:
        (n, 4): x, y of the radiograph or maps, and x, y of the photograph.

    Raises:
        InputError: It is damaged, or names other pictures.
    """
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter="|"))
        start = rows.index(["target"])
        target, others = rows[start + 1][0], rows[start + 3]
        places = [row for row in rows[start + 5 :] if row]
        values = np.array([[float(word) for word in row[:4]] for row in places]).reshape(-1, 4)
        if rows[start + 2] != ["moving"] or not np.isfinite(values).all():
            raise ValueError
    except (ValueError, IndexError, csv.Error):
        raise InputError(
            path,
            expected="a complete file of points from Butterfly Registrator",
            found="another layout",
            advice="Save the points there again.",
        ) from None
    is_target = [Path(target).stem == picture.path.stem for picture in (fixed, moving)]
    is_moving = [
        picture.path.stem in {Path(name).stem for name in others} for picture in (fixed, moving)
    ]
    if is_target[0] and is_moving[1]:
        onto, of = fixed, moving
    elif is_target[1] and is_moving[0]:
        onto, of = moving, fixed
    else:
        raise InputError(
            path,
            expected=f"points of {fixed.path.name} and {moving.path.name}",
            found=f"points of {target} (target) and {', '.join(others)} (moving)",
            advice="Give the pictures on which the points were set, or write their names, with any "
            "ending, into the lines below `target` and `moving`.",
        )
    first = values[:, :2] - _CORNER
    second = values[:, 2:] * _enlargement(onto.size, of.size) - _CORNER
    return np.hstack([first, second] if onto is fixed else [second, first])


def _enlargement(target: tuple[int, int], moving: tuple[int, int]) -> Points:
    """Pixels of the moving file, across and down, for one of the program's copy of it."""
    (height, width), (own_height, own_width) = target, moving
    proportions = own_width / own_height
    if proportions > width / height:
        shown = (width, int(width / proportions))
    else:
        shown = (int(height * proportions), height)
    return np.array([own_width / shown[0], own_height / shown[1]])

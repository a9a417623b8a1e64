"""Where nothing was recorded: uniform margins and wedges at the edges of a picture."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

_FLAT = 0.01
"""Range within a line of pixels, in units of the picture's, up to which it counts as uniform."""
_LEAST = 0.002
"""Share of the picture below which an area at the edge is no border."""


@dataclass(frozen=True, eq=False)
class Border:
    """A uniform margin.

    Attributes:
        top: Uniform rows at the top; the others likewise.
        right: Uniform columns.
        bottom: Uniform rows.
        left: Uniform columns.
        wedges: (h, w) bool, areas that a rotation leaves at the corners.
    """

    top: int
    right: int
    bottom: int
    left: int
    wedges: np.ndarray

    @property
    def share(self) -> float:
        """Share of all pixels in margins and wedges."""
        return 1 - np.count_nonzero(self.inside(~self.wedges)) / self.wedges.size

    def inside(self, values: np.ndarray) -> np.ndarray:
        """The part of a picture within the margins, (h, w) or (h, w, c)."""
        height, width = values.shape[:2]
        return values[self.top : height - self.bottom, self.left : width - self.right]

    def recorded(self, values: np.ndarray) -> np.ndarray:
        """All pixels that are neither in margins nor in wedges, (n,) or (n, c)."""
        return np.asarray(self.inside(values)[self.inside(~self.wedges)])


def find_border(values: np.ndarray) -> Border:
    """Measure the uniform margins of a picture.

    A margin is a run of rows or columns at an edge that are all but uniform. A wedge is an area
    of one and the same value, the picture's lowest or highest, which touches a corner: what a
    rotation to bring pictures into register leaves there.

    Args:
        values: (h, w), or (h, w, c) of which all channels must be uniform.
    """
    grey = values if values.ndim == 2 else values.mean(axis=-1)
    height, width = grey.shape
    low, high = float(values.min()), float(values.max())
    flat = _FLAT * (high - low)
    top, bottom = _run(grey, flat), _run(grey[::-1], flat)
    left, right = _run(grey.T, flat), _run(grey.T[::-1], flat)
    if top + bottom >= height or left + right >= width:  # nothing else: no border of something
        top = right = bottom = left = 0
    return Border(top, right, bottom, left, _wedges(values, low, high))


def _run(rows: np.ndarray, flat: float) -> int:
    """How many of the first rows are uniform, and as bright as the first one."""
    for count, row in enumerate(rows):
        if np.ptp(row) > flat or abs(float(row[0]) - float(rows[0, 0])) > flat:
            return count
    return len(rows)


def _wedges(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Areas of the lowest or highest value that touch a corner, (h, w) bool."""
    wedges = np.zeros(values.shape[:2], bool)
    corners = ((0, 0, -1, -1), (0, -1, 0, -1))
    for end in (low, high):
        here = values == end
        here = here if here.ndim == 2 else here.all(axis=-1)
        if here[corners].any():
            areas, count = label(here)
            kept = np.bincount(areas.ravel(), minlength=count + 1) > _LEAST * here.size
            kept &= np.isin(np.arange(count + 1), areas[corners])
            kept[0] = False
            wedges |= kept[areas]
    return wedges

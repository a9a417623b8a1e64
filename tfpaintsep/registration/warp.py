"""Where each pixel of the result lies in the photograph.

Points are (x, y): x to the right, y down, in pixels; (0, 0) is the centre of the upper left pixel.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

Points = NDArray[np.float64]


class Warp(Protocol):
    """A function from points of the result to points of the photograph."""

    def __call__(self, points: Points) -> Points:
        """Points (n, 2) of the result, as points (n, 2) of the photograph."""
        ...

    def as_dict(self) -> dict[str, Any]:
        """The function in JSON values."""
        ...


@dataclass(frozen=True, eq=False)
class MatrixWarp:
    """A similarity, an affine or a projective transform.

    Attributes:
        matrix: (3, 3), acts on (x, y, 1) from the left; the result is divided by its last value.
    """

    matrix: NDArray[np.float64]

    def __call__(self, points: Points) -> Points:
        """As `Warp`."""
        image = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return np.asarray(image[:, :2] / image[:, 2:], np.float64)

    def as_dict(self) -> dict[str, Any]:
        """As `Warp`."""
        return {"kind": "matrix", "matrix": self.matrix.tolist()}


class ThinPlateWarp:
    """The smoothest function through all pairs of points.

    Args:
        fixed: (n, 2) points of the result.
        moving: (n, 2) points of the photograph.

    Reference:
        F. L. Bookstein, "Principal warps: thin-plate splines and the decomposition of
        deformations", IEEE Transactions on Pattern Analysis and Machine Intelligence 11, 1989.
    """

    def __init__(self, fixed: Points, moving: Points) -> None:
        self._fixed, self._moving = fixed, moving
        self._spline = RBFInterpolator(fixed, moving, kernel="thin_plate_spline", degree=1)

    def __call__(self, points: Points) -> Points:
        """As `Warp`."""
        return np.asarray(self._spline(points), np.float64)

    def as_dict(self) -> dict[str, Any]:
        """As `Warp`."""
        return {
            "kind": "thin-plate spline through the points",
            "fixed": self._fixed.tolist(),
            "moving": self._moving.tolist(),
        }


def smallest_jacobian(warp: Warp, size: tuple[int, int], *, steps: int = 64) -> float:
    """The least determinant of a warp's Jacobian over the result, relative to its median.

    Args:
        warp: The warp.
        size: Height and width of the result.
        steps: Places along the longer side where it is looked at, in between by differences.

    Returns:
        Zero or less where the warp folds, or mirrors, the picture.
    """
    step = max(1.0, max(size) / steps)
    ys, xs = (np.append(np.arange(0, side - 1, step), side - 1.0) for side in size)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    values = warp(grid.reshape(-1, 2)).reshape(grid.shape)
    along_x = np.diff(values, axis=1)[:-1] / np.diff(xs)[None, :, None]
    along_y = np.diff(values, axis=0)[:, :-1] / np.diff(ys)[:, None, None]
    areas = along_x[..., 0] * along_y[..., 1] - along_x[..., 1] * along_y[..., 0]
    middle = float(np.median(areas))
    return float(areas.min()) / middle if middle > 0 else -1.0

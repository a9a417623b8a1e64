"""A B-spline that bends what a matrix has brought nearly into place."""

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import map_coordinates

from tfpaintsep.registration.warp import MatrixWarp, Points

if TYPE_CHECKING:
    from tfpaintsep.registration.mutual_information import Grid

_LATTICE = 6  # working pixels


class SplineWarp:
    """A B-spline, then a matrix.

    The spline's displacements are taken on a lattice much finer than its meshes, and between its
    knots by cubic interpolation.

    Args:
        straight: The matrix.
        spline: SimpleITK's B-spline, within the result.
        grid: The working picture's pixels, on which it was found.
        size: Height and width of the working picture.
    """

    def __init__(
        self, straight: MatrixWarp, spline: Any, grid: "Grid", size: tuple[int, ...]
    ) -> None:
        from tfpaintsep.registration.mutual_information import images_of

        self._straight = straight
        # within the working picture: the spline ends at its edges
        ys, xs = (
            grid.origin + grid.spacing * np.linspace(0, side - 1, -(-side // _LATTICE) + 1)
            for side in size
        )
        lattice = np.stack(np.meshgrid(xs, ys), axis=-1)
        moved = images_of(spline, lattice.reshape(-1, 2)).reshape(lattice.shape)
        self._displacements = np.moveaxis(moved - lattice, -1, 0)
        self._first, self._step = np.array([ys[0], xs[0]]), np.array([ys[1] - ys[0], xs[1] - xs[0]])

    def __call__(self, points: Points) -> Points:
        """As `Warp`."""
        places = ((points[:, ::-1] - self._first) / self._step).T
        bent = [map_coordinates(one, places, mode="nearest") for one in self._displacements]
        return self._straight(points + np.stack(bent, axis=-1))

    def as_dict(self) -> dict[str, Any]:
        """As `Warp`."""
        largest = float(np.hypot(*self._displacements).max())
        return {
            "kind": "B-spline, then a matrix; both in transform.tfm",
            "matrix": self._straight.matrix.tolist(),
            "largest_displacement_px": largest,
        }

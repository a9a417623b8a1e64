"""The photograph on the pixels of the result."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, spline_filter

from tfpaintsep.registration.warp import Warp

_STRIP = 2**20  # points at once
_ORDER = 3


@dataclass(frozen=True, eq=False)
class Resampled:
    """A picture on another grid.

    Attributes:
        values: (h, w, c) float32, 0 outside of the picture, within its range inside.
        inside: (h, w) where the picture has values.
    """

    values: np.ndarray
    inside: np.ndarray

    @property
    def outside(self) -> float:
        """Share of pixels without values."""
        return float(1 - self.inside.mean())


def resample(picture: np.ndarray, warp: Warp, size: tuple[int, int]) -> Resampled:
    """Take a picture over to another grid, by cubic splines.

    Where the result is coarser the picture is blurred first, or its texture would alias.

    Args:
        picture: (H, W, c) float32.
        warp: From the result to the picture.
        size: Height and width of the result.
    """
    sigma = blur(warp, size)
    low, high = picture.min(axis=(0, 1)), picture.max(axis=(0, 1))
    planes = [
        spline_filter(_blurred(picture[..., c], sigma), _ORDER, output=np.float32, mode="mirror")
        for c in range(picture.shape[2])
    ]
    height, width = size
    values = np.zeros((height, width, len(planes)), np.float32)
    inside = np.zeros(size, bool)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        xs, ys = np.meshgrid(np.arange(width), np.arange(top, bottom))
        x, y = warp(np.stack([xs, ys], axis=-1).reshape(-1, 2).astype(np.float64)).T
        within = (np.abs(x - (picture.shape[1] - 1) / 2) <= picture.shape[1] / 2) & (
            np.abs(y - (picture.shape[0] - 1) / 2) <= picture.shape[0] / 2
        )
        strip = [
            map_coordinates(plane, (y, x), order=_ORDER, prefilter=False, mode="mirror")
            for plane in planes
        ]
        strip_values = np.clip(np.stack(strip, axis=-1), low, high) * within[:, None]
        values[top:bottom] = strip_values.reshape(bottom - top, width, -1)
        inside[top:bottom] = within.reshape(bottom - top, width)
    return Resampled(values, inside)


def blur(warp: Warp, size: tuple[int, int]) -> float:
    """Gaussian width, pixels of the picture, that keeps the coarser grid from aliasing."""
    enlargement = scale_of(warp, size)
    return 0.5 * np.sqrt(enlargement**2 - 1) if enlargement > 1 else 0.0


def scale_of(warp: Warp, size: tuple[int, int]) -> float:
    """Pixels of the picture along one of the result, in its middle."""
    x, y = (size[1] - 1) / 2, (size[0] - 1) / 2
    here, right, down = warp(np.array([[x, y], [x + 1, y], [x, y + 1]]))
    (a, b), (c, d) = right - here, down - here
    return float(np.sqrt(abs(a * d - b * c)))


def _blurred(plane: np.ndarray, sigma: float) -> np.ndarray:
    return gaussian_filter(plane, sigma) if sigma > 0.05 else plane

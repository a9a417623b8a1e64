"""The answer to super-resolution that costs nothing: interpolate, then agree with the maps."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from tfpaintsep.evaluation.stack_metrics import block_mean


def bicubic(coarse: ArrayLike, scale: int) -> NDArray[np.float64]:
    """Enlarge maps by interpolating with cubic splines, mirrored at the borders.

    A coarse sample stands in the middle of its block, where a mean over the block belongs: fine
    pixel j lies at coarse coordinate (j + 1/2) / scale - 1/2.

    Args:
        coarse: (h, w, B), any units.
        scale: Whole number of fine pixels along a coarse one, at least 1.

    Returns:
        (scale h, scale w, B) in the same units; peaks may overshoot.

    Raises:
        ValueError: If there are not three axes or the scale is below 1.
    """
    return _enlarged(coarse, scale, order=3)


def bilinear(coarse: ArrayLike, scale: int) -> NDArray[np.float64]:
    """Enlarge maps by linear interpolation along both axes, as `bicubic` does with cubic splines.

    Args:
        coarse: (h, w, B), any units.
        scale: Whole number of fine pixels along a coarse one, at least 1.

    Returns:
        (scale h, scale w, B) in the same units, within the range of the coarse maps.

    Raises:
        ValueError: If there are not three axes or the scale is below 1.
    """
    return _enlarged(coarse, scale, order=1)


def project(fine: ArrayLike, coarse: ArrayLike, scale: int) -> NDArray[np.float64]:
    """The maps nearest to `fine`, by least squares, whose block means are `coarse`.

    Args:
        fine: (scale h, scale w, B) maps.
        coarse: (h, w, B) the measured maps, in the same units.
        scale: Side of a block.

    Returns:
        (scale h, scale w, B), not clipped: clipping would break the agreement.

    Raises:
        ValueError: If the sizes do not fit each other.
    """
    maps, measured = np.asarray(fine, dtype=np.float64), np.asarray(coarse, dtype=np.float64)
    means = block_mean(maps, scale)
    if means.shape != measured.shape:
        raise ValueError(
            f"Expected coarse maps {means.shape} for maps {maps.shape} at scale {scale}. "
            f"Received: {measured.shape}"
        )
    return maps - (means - measured).repeat(scale, axis=0).repeat(scale, axis=1)


def _enlarged(coarse: ArrayLike, scale: int, order: int) -> NDArray[np.float64]:
    values = np.asarray(coarse, dtype=np.float64)
    if values.ndim != 3 or scale < 1:
        raise ValueError(
            f"Expected (h, w, B) and a scale of at least 1. Received: {values.shape}, {scale}"
        )
    if scale == 1:
        return values.copy()
    bands = [
        ndimage.zoom(band, scale, order=order, mode="grid-mirror", grid_mode=True)
        for band in np.moveaxis(values, -1, 0)
    ]
    return np.stack(bands, axis=-1)

"""Means over blocks of pixels: a picture made smaller."""

import numpy as np


def block_means(values: np.ndarray, side: int) -> np.ndarray:
    """Average blocks of side x side pixels, summed in double precision.

    Args:
        values: (h, w) or (h, w, c); what is beyond the last whole block, at the bottom and on the
            right, is left out.
        side: Of a block, at least 1.

    Returns:
        (h // side, w // side) or (h // side, w // side, c), float32.
    """
    height, width = (length // side for length in values.shape[:2])
    whole = values[: height * side, : width * side]
    blocks = whole.reshape(height, side, width, side, *values.shape[2:])
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float64), np.float32)

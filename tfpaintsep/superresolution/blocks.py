"""Common and unique atoms: where the block structure (4) has zeros.

Reference: Verinaz-Jadan et al., eq. (1) to (4).
"""

import numpy as np

Blocks = tuple[int, int, int]
"""Mc, Mxu and Mru: numbers of common, map-only and photograph-only atoms."""


def dictionary_mask(blocks: Blocks, bands: int, rgb_channels: int) -> np.ndarray:
    """Zeros of D in (4): maps use no photograph-only atom, the photograph no map-only one.

    Returns:
        (Mc + Mxu + Mru, B + b) float32 of 0 and 1; a row for each atom.
    """
    common, unique_xrf, unique_rgb = blocks
    in_maps = np.repeat([1, 1, 0], [common, unique_xrf, unique_rgb])
    in_rgb = np.repeat([1, 0, 1], [common, unique_xrf, unique_rgb])
    mask = np.repeat(np.stack([in_maps, in_rgb], axis=1), [bands, rgb_channels], axis=1)
    return mask.astype(np.float32)


def coupling_mask(blocks: Blocks) -> np.ndarray:
    """Zeros of D^T D, which W stands for: the two unique groups share no channel.

    Returns:
        (M, M) float32 of 0 and 1.
    """
    mask = dictionary_mask(blocks, 1, 1)
    return (mask @ mask.T > 0).astype(np.float32)

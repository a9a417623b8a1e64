"""From absorbance to the grey values of a 16-bit radiograph, layer by layer."""

import numpy as np
from numpy.typing import NDArray

# Brightest value of the mixture: headroom below 65535, as a careful exposure leaves it.
_BRIGHTEST = 58_000.0


def expose(
    surface: NDArray[np.float64], concealed: NDArray[np.float64]
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]:
    """Absorbances of two layers as grey values, dense paint bright.

    Absorbances add, and one gain serves both layers, so the radiograph is their sum; each
    layer is rounded first, so the sum holds exactly in integers.

    Args:
        surface: (h, w) absorbance of the surface layer, any unit; negative values become 0.
        concealed: (h, w) absorbance of the concealed layer, in the same unit.

    Returns:
        Surface, concealed and mixture = surface + concealed, uint16.
    """
    layers = np.clip(np.stack([surface, concealed]), 0.0, None)
    gain = _BRIGHTEST / max(float(layers.sum(axis=0).max()), 1e-12)
    grey_surface, grey_concealed = np.rint(gain * layers).astype(np.uint16)
    return grey_surface, grey_concealed, grey_surface + grey_concealed

"""The photograph of the surface: the picture as paint shows it, nothing from beneath.

Small departures from the composition keep the photograph from being smoother than any real
one: broken colour (no two strokes are mixed alike), the relief of paint and canvas in slanting
light, cracks, retouching that has changed colour, a warm uneven varnish, sensor noise.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from tfpaintsep.simulation.damage import Damage
from tfpaintsep.simulation.fields import smooth_field

_RELIEF = 0.03
_BROKEN_COLOUR = 0.05
_NOISE = 0.015
_VARNISH = np.array([0.0, 0.02, 0.06])  # absorbed of red, green and blue
_DIRT = 0.35  # in an open crack
_RETOUCHING = 0.12  # by how much it is off after a century


def photograph(
    rng: np.random.Generator,
    rgb: NDArray[np.float64],
    relief: NDArray[np.float64],
    wear: Damage,
) -> NDArray[np.float32]:
    """Photograph the surface painting.

    Losses have been retouched and match their surroundings but for a shift in tone.

    Args:
        rng: Source of randomness.
        rgb: (h, w, 3) the composition, in [0, 1].
        relief: (h, w) height of the surface, any unit.
        wear: What became of it.

    Returns:
        (h, w, 3) float32 in [0, 1].
    """
    size = rgb.shape[:2]
    # The light comes from the upper left: what is seen is the slope, not the height.
    slope = np.sum(np.gradient(gaussian_filter(relief, 0.5)), axis=0)
    slope /= max(float(slope.std()), 1e-12)
    broken = np.stack([_grained(rng, size) for _ in range(3)], axis=-1)
    varnish = 1.0 - _VARNISH * (1.0 + 0.3 * smooth_field(rng, size, 0.4 * max(size)))[..., None]
    shading = 1.0 + _RELIEF * slope[..., None] + _BROKEN_COLOUR * broken
    shading *= 1.0 - _DIRT * wear.cracks[..., None]
    tone = _RETOUCHING * smooth_field(rng, size, 0.1 * max(size))
    shading *= 1.0 + (tone * wear.loss)[..., None]
    noise = _NOISE * rng.standard_normal(rgb.shape)
    return np.clip(rgb * varnish * shading + noise, 0.0, 1.0).astype(np.float32)


def _grained(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float64]:
    """Broken colour, of variance 1: grains of pigment and the traces of bristles."""
    fine = gaussian_filter(rng.standard_normal(size), 0.6)
    return 0.8 * fine / fine.std() + 0.6 * smooth_field(rng, size, 3.0)

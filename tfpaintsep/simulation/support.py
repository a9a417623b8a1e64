"""Canvas and panel: the texture of what the paint lies on.

The radiograph shows the support because the ground fills its hollows. By convention it belongs
to the *surface* painting's layer: only one support is there, and it is not concealed by paint.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from tfpaintsep.simulation.fields import smooth_field


def canvas(
    rng: np.random.Generator, size: tuple[int, int], thread: tuple[float, float]
) -> NDArray[np.float64]:
    """A plain weave, with threads that wander and differ in thickness.

    Args:
        rng: Source of randomness.
        size: Height and width, px.
        thread: Spacing of weft (down the picture) and warp (across), px.

    Returns:
        (height, width) relief, mean about 0, standard deviation 1.
    """
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float64)
    weft = _threads(rng, rows, columns, thread[0])
    warp = _threads(rng, columns, rows, thread[1])
    tension = 1.0 + 0.25 * smooth_field(rng, size, 0.3 * max(size))
    relief = (weft + warp) * tension
    return (relief - relief.mean()) / relief.std()


def wood(rng: np.random.Generator, size: tuple[int, int], ring: float) -> NDArray[np.float64]:
    """The grain of an upright panel: growth rings cut lengthwise, and fibres.

    Args:
        rng: Source of randomness.
        size: Height and width, px.
        ring: Mean width of a growth ring, px.

    Returns:
        (height, width) relief, mean about 0, standard deviation 1.
    """
    columns = np.arange(size[1], dtype=np.float64)
    drift = 1.5 * ring * smooth_field(rng, size, 0.6 * max(size))
    wobble = 0.3 * ring * smooth_field(rng, (size[0], 1), 12.0 * ring)
    growth = np.cumsum(np.exp(0.3 * rng.standard_normal(4 * max(size))))
    age = np.interp(columns + drift + wobble + size[1], np.arange(growth.size), growth) / ring
    late = np.mod(age, 1.0) ** 2  # dense late wood ends each ring abruptly
    fibres = gaussian_filter1d(rng.standard_normal(size), 8.0, axis=0)
    relief = (late - late.mean()) / late.std() + 0.8 * fibres / fibres.std()
    return (relief - relief.mean()) / relief.std()


def _threads(
    rng: np.random.Generator,
    across: NDArray[np.float64],
    along: NDArray[np.float64],
    spacing: float,
) -> NDArray[np.float64]:
    """Parallel threads at right angles to `across`, each with its own thickness."""
    size = across.shape
    position = (across + 0.8 * smooth_field(rng, size, 14.0 * spacing)) / spacing
    number = np.floor(position).astype(int)
    number -= number.min()
    thickness = 1.0 + 0.35 * rng.standard_normal(number.max() + 1)
    # A thread swells and thins along its length, too.
    swelling = 1.0 + 0.25 * smooth_field(rng, size, 4.0 * spacing)
    over_and_under = 1.0 + 0.35 * np.cos(np.pi * (along / spacing + number))
    return np.cos(2.0 * np.pi * position) * thickness[number] * swelling * over_and_under

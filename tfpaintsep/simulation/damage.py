"""What time did to a painting: losses, fills and their retouching, age cracks."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from tfpaintsep.simulation.fields import smooth_field


class Damage(NamedTuple):
    """Where a painting is damaged, each (h, w) from 0 (sound) to 1.

    Attributes:
        loss: Paint is missing.
        fill: The loss was filled with putty and painted over.
        cracks: A crack runs through all layers of paint.
    """

    loss: NDArray[np.float64]
    fill: NDArray[np.float64]
    cracks: NDArray[np.float64]

    @property
    def sound(self) -> NDArray[np.float64]:
        """(h, w) the share of the paint that is left."""
        return (1.0 - self.loss) * (1.0 - self.cracks)


def age(rng: np.random.Generator, size: tuple[int, int], damage: float, cracks: float) -> Damage:
    """Let a painting grow old.

    Args:
        rng: Source of randomness.
        size: Height and width, px.
        damage: Density of losses, 0 (none) to 1.
        cracks: Depth of the cracks, 0 (none) to 1.

    Returns:
        The damage.
    """
    extent = max(size)
    # Sharp-edged patches, which come in places; some of them were filled.
    chance = smooth_field(rng, size, 0.02 * extent) + 0.3 * smooth_field(rng, size, 4.0)
    where = smooth_field(rng, size, 0.2 * extent)
    loss = _step(chance + 0.6 * where - (4.4 - 1.2 * damage)) if damage > 0 else np.zeros(size)
    fill = loss * _step(smooth_field(rng, size, 0.15 * extent))
    return Damage(loss, fill, cracks * craquelure(rng, size) if cracks else np.zeros(size))


def craquelure(rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float64]:
    """A network of age cracks: borders of islands of paint, here open, there closed.

    Args:
        rng: Source of randomness.
        size: Height and width, px.

    Returns:
        (h, w) 1 in the middle of an open crack, about 0 elsewhere.
    """
    island = rng.uniform(12.0, 30.0)  # px across
    stretch = rng.uniform(0.6, 1.6)  # islands are longer along one side
    margin = 3.0 * island
    area = (size[0] + 2 * margin) * (size[1] + 2 * margin)
    middles = rng.uniform(-margin, np.array(size) + margin, (int(area / island**2), 2))
    points = np.indices(size, dtype=np.float64)
    points += 0.12 * island * np.stack([smooth_field(rng, size, 0.4 * island) for _ in range(2)])
    scale = np.array([stretch, 1.0 / stretch])
    tree = cKDTree(middles * scale)
    distance, nearest = tree.query(np.moveaxis(points, 0, -1) * scale, k=2, workers=1)
    # Each border between two islands is open or not, along its whole length.
    is_open = rng.random(len(middles))[nearest].sum(axis=-1) % 1.0 < 0.6
    width = 0.7 + 0.4 * smooth_field(rng, size, 2.0 * island)
    gap = (distance[..., 1] - distance[..., 0]) / np.maximum(width, 0.2)
    tension = np.clip(0.6 + 0.5 * smooth_field(rng, size, 0.3 * max(size)), 0.0, 1.0)
    return gaussian_filter(np.exp(-gap * gap) * is_open, 0.4) * tension


def _step(height: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 below, 1 above, within a few pixels."""
    return 1.0 / (1.0 + np.exp(-np.clip(12.0 * height, -60.0, 60.0)))

"""Applying a trained network to a whole radiograph: averaged patches, or seamless tiles.

Both work on any function from a batch to its layers, so a network in memory and a
SavedModel from disk go the same way.

Reference: Pu et al. 2022, section IV-B (overlapping patches, averaged).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from tfpaintsep.images.patches import OverlapAverage, patch_grid, tiles
from tfpaintsep.training.progress import track

from .config import InferenceConfig

Batch = dict[str, tf.Tensor]
Apply = Callable[[Batch], Batch]


@dataclass(frozen=True)
class Separated:
    """The two layers, (h, w) float32, in the units of what was applied."""

    surface: np.ndarray
    concealed: np.ndarray

    @property
    def mixture(self) -> np.ndarray:
        """The layers' sum, in units of the gain; see `Radiograph` for positive polarity."""
        return self.surface + self.concealed


def separate_tiled(
    apply: Apply, images: dict[str, np.ndarray], config: InferenceConfig, radius: int
) -> Separated:
    """Separate the whole image in tiles that overlap by the receptive field.

    Each tile is computed with `radius` more pixels on every side and only its own region is
    kept, so the result does not depend on where tiles begin.

    Args:
        apply: From "xray", "rgb" (and "init") with a leading batch axis to "surface" and
            "concealed".
        images: The same, (h, w) or (h, w, c), float32.
        config: The tile size.
        radius: Pixels on each side that an output pixel depends on.

    Returns:
        The layers.
    """
    size = images["xray"].shape
    surface, concealed = np.empty(size, np.float32), np.empty(size, np.float32)
    parts = list(tiles(size, config.tile, radius))
    for tile in track(parts, "Separating tiles", len(parts)):
        result = apply({name: _batched(image[tile.outer]) for name, image in images.items()})
        surface[tile.inner] = result["surface"].numpy()[0, ..., 0][tile.inner_in_outer]
        concealed[tile.inner] = result["concealed"].numpy()[0, ..., 0][tile.inner_in_outer]
    return Separated(surface, concealed)


def separate_patches(
    apply: Apply, images: dict[str, np.ndarray], config: InferenceConfig
) -> Separated:
    """Separate overlapping patches one by one and average where they overlap (the paper).

    Args:
        apply: As for `separate_tiled`.
        images: As for `separate_tiled`; "init" must be among them.
        config: Patch, stride and batch.

    Returns:
        The layers.
    """
    size = images["xray"].shape
    origins = patch_grid(size, config.patch, config.stride)
    means = {name: OverlapAverage(size) for name in ("surface", "concealed")}
    batches = list(_chunks(origins, config.batch))
    for chunk in track(batches, "Separating patches", len(batches)):
        batch = {name: _cut(image, chunk, config.patch) for name, image in images.items()}
        result = apply(batch)
        for name, mean in means.items():
            mean.add(chunk, result[name].numpy()[..., 0])
    layers = {name: mean.result().astype(np.float32) for name, mean in means.items()}
    return Separated(layers["surface"], layers["concealed"])


def separate(
    apply: Apply, images: dict[str, np.ndarray], config: InferenceConfig, radius: int
) -> Separated:
    """Separate in the configured mode; arguments as for `separate_tiled`."""
    if config.mode == "patches":
        return separate_patches(apply, images, config)
    return separate_tiled(apply, images, config, radius)


def _batched(image: np.ndarray) -> tf.Tensor:
    return tf.constant(image[None] if image.ndim == 3 else image[None, ..., None])


def _cut(image: np.ndarray, origins: np.ndarray, patch: int) -> tf.Tensor:
    image = image if image.ndim == 3 else image[..., None]
    patches = [image[row : row + patch, col : col + patch] for row, col in origins]
    return tf.constant(np.stack(patches))


def _chunks(origins: np.ndarray, size: int) -> Iterable[np.ndarray]:
    for first in range(0, len(origins), size):
        yield origins[first : first + size]

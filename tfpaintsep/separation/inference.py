"""Applying a trained network to a whole radiograph: averaged patches, or seamless tiles.

Both work on any function from a batch to its layers, so a network in memory and a
SavedModel from disk go the same way.

Reference: Pu et al. 2022, section IV-B (overlapping patches, averaged).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import DTypeLike

from tfpaintsep.images.patches import OverlapAverage, patch_grid, tiles
from tfpaintsep.training.progress import track

from .config import InferenceConfig

Batch = dict[str, tf.Tensor]
Apply = Callable[[Batch], Mapping[str, Any]]
Mapped = Callable[[Apply, Iterable[Batch]], Iterable[Mapping[str, Any]]]
"""What the built-in `map` does: results in order, batches made only as they are needed."""


@dataclass(frozen=True)
class Separated:
    """The two layers, (h, w) float32, in the units of what was applied.

    Attributes:
        surface: The surface painting's.
        concealed: The concealed design's.
        spread: By layer the standard deviation of each pixel's estimates from overlapping
            patches, (h, w) float32; None where there was one estimate.
    """

    surface: np.ndarray
    concealed: np.ndarray
    spread: Mapping[str, np.ndarray] | None = None

    @property
    def mixture(self) -> np.ndarray:
        """The layers' sum, in units of the gain; see `Radiograph` for positive polarity."""
        return self.surface + self.concealed


def separate_tiled(
    apply: Apply,
    images: dict[str, np.ndarray],
    config: InferenceConfig,
    radius: int,
    mapped: Mapped = map,
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
        mapped: How `apply` goes over the batches; another than `map` may have several under way.

    Returns:
        The layers.
    """
    size = images["xray"].shape
    surface, concealed = np.empty(size, np.float32), np.empty(size, np.float32)
    parts = list(tiles(size, config.tile, radius))
    batches = (
        {name: _batched(image[tile.outer]) for name, image in images.items()} for tile in parts
    )
    results = mapped(apply, batches)
    for tile, result in zip(track(parts, "Separating tiles", len(parts)), results, strict=True):
        surface[tile.inner] = np.asarray(result["surface"])[0, ..., 0][tile.inner_in_outer]
        concealed[tile.inner] = np.asarray(result["concealed"])[0, ..., 0][tile.inner_in_outer]
    return Separated(surface, concealed)


def separate_patches(
    apply: Apply, images: dict[str, np.ndarray], config: InferenceConfig, mapped: Mapped = map
) -> Separated:
    """Separate overlapping patches one by one and average where they overlap (the paper).

    Args:
        apply: As for `separate_tiled`.
        images: As for `separate_tiled`; "init" must be among them.
        config: Patch, stride and batch.
        mapped: As for `separate_tiled`.

    Returns:
        The layers and their spread.
    """
    means = estimate_patches(apply, images, config, mapped)
    layers = {name: mean.result() for name, mean in means.items()}
    return Separated(**layers, spread={name: mean.spread() for name, mean in means.items()})


def estimate_patches(
    apply: Apply,
    images: dict[str, np.ndarray],
    config: InferenceConfig,
    mapped: Mapped = map,
    title: str = "Separating patches",
    about: Mapping[str, np.ndarray] | None = None,
    dtype: DTypeLike = np.float64,
) -> dict[str, OverlapAverage]:
    """Separate overlapping patches one by one.

    Args:
        apply: As for `separate_patches`.
        images: As for `separate_patches`.
        config: Patch, stride and batch.
        mapped: As for `separate_tiled`.
        title: What is being done, for the progress display.
        about: By layer what is subtracted from its estimates, (h, w); by default nothing.
        dtype: Of the sums over the estimates.

    Returns:
        By layer all estimates of its pixels.
    """
    size = images["xray"].shape
    origins = patch_grid(size, config.patch, config.stride)
    means = {name: OverlapAverage(size, dtype=dtype) for name in ("surface", "concealed")}
    chunks = list(_chunks(origins, config.batch))
    batches = (
        {name: tf.constant(_cut(image, chunk, config.patch)) for name, image in images.items()}
        for chunk in chunks
    )
    results = mapped(apply, batches)
    for chunk, result in zip(track(chunks, title, len(chunks)), results, strict=True):
        for name, mean in means.items():
            estimates = np.asarray(result[name])[..., 0]
            if about is not None:
                estimates = estimates - _cut(about[name], chunk, config.patch)[..., 0]
            mean.add(chunk, estimates)
    return means


def separate(
    apply: Apply,
    images: dict[str, np.ndarray],
    config: InferenceConfig,
    radius: int,
    mapped: Mapped = map,
) -> Separated:
    """Separate in the configured mode; arguments as for `separate_tiled`."""
    if config.mode == "patches":
        return separate_patches(apply, images, config, mapped)
    return separate_tiled(apply, images, config, radius, mapped)


def _batched(image: np.ndarray) -> tf.Tensor:
    return tf.constant(image[None] if image.ndim == 3 else image[None, ..., None])


def _cut(image: np.ndarray, origins: np.ndarray, patch: int) -> np.ndarray:
    image = image if image.ndim == 3 else image[..., None]
    return np.stack([image[row : row + patch, col : col + patch] for row, col in origins])


def _chunks(origins: np.ndarray, size: int) -> Iterable[np.ndarray]:
    for first in range(0, len(origins), size):
        yield origins[first : first + size]

"""Applying a trained generator to a whole scan, in tiles without seams.

The generator acts on each pixel alone, the projection on each block; only denoising and enlargement
look beyond, and the tiles overlap as far as they do.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import tensorflow as tf

from tfpaintsep.images.patches import tiles
from tfpaintsep.training.progress import track

from .denoising import Denoiser
from .enlargement import Enlargement
from .network import SigmoidListaNetwork
from .scaling import MapScaling

TILE = 384
"""Side of a tile's own region, in pixels of the photograph."""

Upscale = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""From coarse maps (n, h, w, B), in their own units, and photographs (n, s h, s w, 3), in
[0, 1], to projected maps (n, s h, s w, B), in the maps' units."""

Mapped = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""What the built-in `map` does: results in order, batches made only as they are needed."""


def make_upscale(
    network: SigmoidListaNetwork,
    enlargement: Enlargement,
    scaling: MapScaling,
    denoiser: Denoiser | None = None,
) -> Upscale:
    """The whole of the method as one function: denoise, scale, enlarge, reconstruct, project.

    The projection comes last, in the maps' own units, so that averaged back the result agrees
    to float precision with the measurement, or with what is left of it without noise.
    """

    def upscale(xrf: tf.Tensor, rgb: tf.Tensor) -> tf.Tensor:
        known = xrf if denoiser is None else denoiser(xrf)
        interpolated = enlargement(scaling.scale(known), rgb)
        outputs = network({"interpolated": interpolated, "rgb": rgb})
        return enlargement.downsampling.project(scaling.unscale(outputs["maps"]), known)

    return upscale


def reach_of(enlargement: Enlargement, denoiser: Denoiser | None = None) -> int:
    """Coarse pixels on each side that a result depends on."""
    return enlargement.reach + (0 if denoiser is None else denoiser.reach)


def upscale_tiled(
    apply: Upscale,
    maps: np.ndarray,
    rgb: np.ndarray,
    scale: int,
    reach: int,
    tile: int | None = None,
    mapped: Mapped = map,
) -> np.ndarray:
    """Super-resolve a whole scan.

    Args:
        apply: What works on one tile.
        maps: Coarse maps (h, w, B) float32, in their own units.
        rgb: Photograph (s h, s w, 3) float32, in [0, 1].
        scale: s.
        reach: Coarse pixels on each side that a result depends on.
        tile: Side of a tile's own region, in coarse pixels; `TILE` fine ones by default.
        mapped: How `apply` goes over the tiles; another than `map` may have several under way.

    Returns:
        Maps (s h, s w, B) float32, in their own units.
    """
    height, width, bands = maps.shape
    result = np.empty((scale * height, scale * width, bands), np.float32)
    parts = list(tiles((height, width), tile or default_tile(scale), reach))
    batches = (
        (tf.constant(maps[part.outer][None]), tf.constant(rgb[_fine(part.outer, scale)][None]))
        for part in parts
    )
    results = mapped(lambda batch: apply(*batch), batches)
    for part, fine in zip(track(parts, "Upscaling tiles", len(parts)), results, strict=True):
        result[_fine(part.inner, scale)] = np.asarray(fine)[0][_fine(part.inner_in_outer, scale)]
    return result


def default_tile(scale: int) -> int:
    """Side of a tile's own region, in coarse pixels, where none is given."""
    return max(1, TILE // scale)


def _fine(place: tuple[slice, ...], scale: int) -> tuple[slice, ...]:
    return tuple(slice(scale * part.start, scale * part.stop) for part in place)

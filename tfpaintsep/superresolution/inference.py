"""Applying a trained generator to a whole scan, in tiles without seams.

The generator acts on each pixel alone, the projection on each block; only the enlargement looks
beyond, and the tiles overlap as far as it does.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfpaintsep.images.patches import tiles
from tfpaintsep.training.progress import track

from .enlargement import Enlargement
from .network import SigmoidListaNetwork
from .scaling import MapScaling

TILE = 384
"""Side of a tile's own region, in pixels of the photograph."""

Upscale = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""From coarse maps (n, h, w, B), in their own units, and photographs (n, s h, s w, 3), in
[0, 1], to projected maps (n, s h, s w, B), in the maps' units."""


def make_upscale(
    network: SigmoidListaNetwork, enlargement: Enlargement, scaling: MapScaling
) -> Upscale:
    """The whole of the method as one function: scale, enlarge, reconstruct, project.

    The projection comes last, in the maps' own units, so that averaged back the result agrees
    with the measurement to float precision.
    """

    def upscale(xrf: tf.Tensor, rgb: tf.Tensor) -> tf.Tensor:
        interpolated = enlargement(scaling.scale(xrf), rgb)
        outputs = network({"interpolated": interpolated, "rgb": rgb})
        return enlargement.downsampling.project(scaling.unscale(outputs["maps"]), xrf)

    return upscale


def upscale_tiled(
    apply: Upscale,
    maps: np.ndarray,
    rgb: np.ndarray,
    scale: int,
    reach: int,
    tile: int | None = None,
) -> np.ndarray:
    """Super-resolve a whole scan.

    Args:
        apply: What works on one tile.
        maps: Coarse maps (h, w, B) float32, in their own units.
        rgb: Photograph (s h, s w, 3) float32, in [0, 1].
        scale: s.
        reach: Coarse pixels on each side that a result depends on.
        tile: Side of a tile's own region, in coarse pixels; `TILE` fine ones by default.

    Returns:
        Maps (s h, s w, B) float32, in their own units.
    """
    height, width, bands = maps.shape
    result = np.empty((scale * height, scale * width, bands), np.float32)
    side = max(1, TILE // scale) if tile is None else tile
    parts = list(tiles((height, width), side, reach))
    for part in track(parts, "Upscaling tiles", len(parts)):
        fine = apply(
            tf.constant(maps[part.outer][None]), tf.constant(rgb[_fine(part.outer, scale)][None])
        )
        result[_fine(part.inner, scale)] = fine.numpy()[0][_fine(part.inner_in_outer, scale)]
    return result


def _fine(place: tuple[slice, ...], scale: int) -> tuple[slice, ...]:
    return tuple(slice(scale * part.start, scale * part.stop) for part in place)

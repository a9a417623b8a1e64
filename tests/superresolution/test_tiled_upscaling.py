"""A whole scan in tiles: no seams, and agreement with the measurement everywhere."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.enlargement import Enlargement
from tfpaintsep.superresolution.inference import make_upscale, upscale_tiled
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.scaling import MapScaling


@pytest.mark.parametrize(
    ("operator", "interpolation", "trust", "residual"),
    [
        ("mean", "bilinear", None, False),
        ("decimate", "lanczos", None, False),
        ("mean", "bilinear", (1.0, 0.5, 0.0), False),
        ("mean", "lanczos", (1.0, 0.5, 0.0), True),
    ],
)
def test_tiles_leave_no_seam(
    make_generator: Callable[..., Any],
    operator: Any,
    interpolation: Any,
    trust: Any,
    residual: bool,
) -> None:
    rng = np.random.default_rng(8)
    sharpness = (0.0, 0.5, 1.0) if interpolation == "lanczos" else None
    u = Downsampling(3, operator, interpolation)
    enlargement = Enlargement(u, trust=trust, sharpness=sharpness)
    maps = rng.gamma(2, 100, (31, 23, 3)).astype(np.float32)
    rgb = rng.random((93, 69, 3)).astype(np.float32)
    network = make_generator(initialiser="steep", residual=residual, final_sigmoid=not residual)
    apply = tf.function(
        make_upscale(network, enlargement, MapScaling.of(maps)),
        input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32)] * 2,
    )
    span = float(np.ptp(maps))
    whole = apply(tf.constant(maps[None]), tf.constant(rgb[None])).numpy()[0]
    assert np.abs(whole - maps.repeat(3, 0).repeat(3, 1)).max() > 1e-2 * span
    for tile in (5, 16, None):
        tiled = upscale_tiled(apply, maps, rgb, u.scale, enlargement.reach, tile)
        np.testing.assert_allclose(tiled, whole, rtol=0, atol=1e-5 * span)
        np.testing.assert_allclose(u.down(tiled[None])[0], maps, rtol=0, atol=1e-6 * span)
    # With less overlap there would be seams: the reach is no larger than it must be for this.
    narrow = upscale_tiled(apply, maps, rgb, u.scale, 0, 16)
    assert np.abs(narrow - whole).max() > 1e-4 * span

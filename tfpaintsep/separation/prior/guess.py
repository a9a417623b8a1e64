"""The prior applied: from a painting and its evidence to the surface layer."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import tensorflow as tf

from . import local_colour, maps
from .evidence import BANDS, Evidence
from .network import RADIUS as NETWORK_RADIUS
from .network import STRIDE, correction

RADIUS = -(-max(maps.RADIUS + NETWORK_RADIUS, local_colour.RADIUS) // STRIDE) * STRIDE
"""Pixels on each side that the guess looks at, a multiple of STRIDE."""

_MOST = 0.45
"""Largest weight of what colour explains around each place: more of it made guesses worse even on
surfaces made of little else than colour, for it explains the concealed layer by chance, too."""


@cache
def shipped_weights() -> tuple[np.ndarray, ...]:
    """The weights that come with the package, float32; see `network.shapes` for the order."""
    with (files(__package__) / "weights.npz").open("rb") as file, np.load(file) as stored:
        return tuple(stored[name].astype(np.float32) for name in stored.files)


def surface_guess(
    evidence: Evidence,
    boldness: float,
    xray: tf.Tensor,
    rgb: tf.Tensor,
    weights: Sequence[np.ndarray] | None = None,
    *,
    colour: bool = True,
) -> tf.Tensor:
    """Guess the surface layer.

    The network's guess and what colour explains around each place, weighted by how well colour
    goes with fine detail on this painting: the more it does, which is rare, the better a guess.

    Args:
        evidence: Of the whole painting.
        boldness: From 0, little distortion, to 1, little leakage.
        xray: x, (n, h, w, 1), in units of the gain; all or, with RADIUS pixels more on each
            side and an origin at multiples of STRIDE, a part of the painting.
        rgb: r, (n, h, w, 3), in [0, 1].
        weights: Of the network; by default those of the package.
        colour: Whether the latter has a say, or the guess is the network's alone.

    Returns:
        g1, (n, h, w, 1), in units of the gain.
    """
    constants = [tf.constant(value) for value in weights or shipped_weights()]
    height, width = tf.shape(xray)[1], tf.shape(xray)[2]
    edges = [[0, 0], [0, -height % STRIDE], [0, -width % STRIDE], [0, 0]]
    x, r = (tf.pad(image, edges, "SYMMETRIC") for image in (xray, rgb))
    fine, coarse = evidence.maps(x, r)
    images = tf.shape(x)[:1]
    reliability = tf.tile(tf.constant([evidence.reliability]), [images[0], 1])
    bold = tf.fill(images, tf.constant(boldness))
    surface = split_evenly(fine, coarse) + correction(fine, coarse, reliability, bold, constants)
    if colour:
        explained = local_colour.explained_locally(fine[..., :1], r)
        surface += min(evidence.detail_correlation, _MOST) * (explained - surface)
    return (surface * evidence.deviation + evidence.mean / 2)[:, :height, :width]


def split_evenly(fine: tf.Tensor, coarse: tf.Tensor) -> tf.Tensor:
    """Half of the mixture and of what the regressions explain in the mean, (n, h, w, 1)."""
    explained = tf.reduce_mean(coarse[..., -BANDS:], axis=-1, keepdims=True)
    return (fine[..., :1] + tf.image.resize(explained, tf.shape(fine)[1:3])) / 2

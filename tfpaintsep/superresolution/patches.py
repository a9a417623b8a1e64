"""Patches for the discriminator: pseudo-real ones, (14), and where reconstructed ones lie.

Reference: Verinaz-Jadan et al., eq. (14) and section IV-A.
"""

import numpy as np
import tensorflow as tf

from tfpaintsep.training.replicas import share_of

from .config import AdversarialConfig
from .crops import Batch, CropCutter
from .pair import Pair


def most_correlated(maps: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """For each map, the photograph's channel of the largest correlation.

    The sign counts: a weighted average with an anti-correlated channel would cancel the
    structures that both share. A constant image correlates with nothing.

    Args:
        maps: Interpolated maps (h, w, B).
        rgb: Photograph (h, w, b).

    Returns:
        (B,) int32.
    """

    def standardised(images: np.ndarray) -> np.ndarray:
        centred = images - images.mean(axis=(0, 1))
        deviation = np.sqrt((centred**2).mean(axis=(0, 1)))
        return centred / np.where(deviation > 0, deviation, 1)

    correlations = np.einsum(
        "hwi,hwj->ij",
        standardised(np.asarray(maps, np.float64)),
        standardised(np.asarray(rgb, np.float64)),
    )
    return np.argmax(correlations, axis=1).astype(np.int32)


def cut_patches(images: tf.Tensor, places: tf.Tensor, flips: tf.Tensor, size: int) -> tf.Tensor:
    """Cut single-channel patches.

    Args:
        images: (n, h, w, c).
        places: Image, first row, first column and channel of each patch, (m, 4) int32.
        flips: Whether to flip it up-down and left-right, (m, 2) bool.
        size: Side of a patch.

    Returns:
        (m, size, size, 1).
    """
    offsets = tf.range(size)[None]
    rows = places[:, 1:2] + tf.where(flips[:, :1], size - 1 - offsets, offsets)
    columns = places[:, 2:3] + tf.where(flips[:, 1:], size - 1 - offsets, offsets)
    shape = [tf.shape(places)[0], size, size]
    parts = [
        places[:, 0, None, None],
        rows[:, :, None],
        columns[:, None, :],
        places[:, 3, None, None],
    ]
    indices = tf.stack([tf.broadcast_to(part, shape) for part in parts], axis=-1)
    return tf.gather_nd(images, indices)[..., None]


def pseudo_real(maps: tf.Tensor, rgb: tf.Tensor, beta: tf.Tensor) -> tf.Tensor:
    """Eq. (14): beta Y_up + (1 - beta) Z of patches of one shape."""
    return beta * maps + (1 - beta) * rgb


class AdversarialSampler:
    """Batches of the adversarial stage; places, channels, flips and beta from (seed, step).

    Args:
        pair: Maps and photograph.
        config: Sampling, patch, batch, beta_max, flips.
        seed: Seed of the draws.

    Attributes:
        patch: Side of a patch; no more than fits in the photograph.
        partners: For each map, the photograph's channel it is mixed with, (B,).
    """

    def __init__(self, pair: Pair, config: AdversarialConfig, seed: int) -> None:
        self.config = config
        self.seed = seed
        self._pair = pair
        self._scale = pair.downsampling.scale
        self._coarse = pair.size
        self._extent = [self._scale * size for size in pair.size]
        self.patch = min(config.patch, *self._extent)
        self._bands = pair.images["xrf"].shape[-1]
        self.partners = most_correlated(
            pair.images["interpolated"][0].numpy(), pair.images["rgb"][0].numpy()
        )
        # So many whole blocks hold a patch wherever it begins. A painting that has fewer on one
        # side is small enough to be seen whole.
        cells = -(-(self.patch + self._scale - 1) // self._scale)
        fits = cells <= min(pair.size)
        self._cutter = CropCutter(pair, cells) if config.sampling == "crops" and fits else None

    @property
    def samples(self) -> int:
        """Patches of a batch."""
        return self.config.batch

    def batch(self, step: tf.Tensor, replica: tf.Tensor, replicas: int) -> Batch:
        """One replica's share of the batch of a step.

        Returns:
            What the generator sees: "xrf" (n, h, w, B), "interpolated" and "rgb", all of it, or
            a share and its "weight", as in `Share`. Where to cut its output: "places" (m, 4) and
            "flips" (m, 2) as for `cut_patches`. Pseudo-real patches "real" (m, p, p, 1).
        """
        share = share_of(self.config.batch, replica, replicas)
        own = slice(share.first, share.first + share.size)
        seed = tf.stack([self.seed, tf.cast(step, tf.int32)])
        places, flips = (part[own] for part in self._draw(tf.random.fold_in(seed, 0)))
        if self._cutter is None:
            inputs = self._pair.images
        else:
            s, crop = self._scale, self._cutter.crop
            last = tf.constant([size - crop for size in self._coarse])
            origins = tf.minimum(places[:, 1:3] // s, last)
            inputs = {**self._cutter.cut(origins), "weight": share.weight}
            within = places[:, 1:3] - s * origins
            places = tf.concat([tf.range(share.size)[:, None], within, places[:, 3:]], axis=1)
        return {**inputs, "places": places, "flips": flips, "real": self.real(step, own)}

    def real(self, step: tf.Tensor, own: slice = slice(None)) -> tf.Tensor:
        """Pseudo-real patches of a step, (batch, p, p, 1), eq. (14); all, or a replica's own."""
        seed = tf.stack([self.seed, tf.cast(step, tf.int32)])
        places, flips = (part[own] for part in self._draw(tf.random.fold_in(seed, 1)))
        beta = self.config.beta_max * tf.random.stateless_uniform(
            [], seed=tf.random.fold_in(seed, 2)
        )
        partner = tf.gather(tf.constant(self.partners), places[:, 3:])
        photograph = tf.concat([places[:, :3], partner], axis=1)
        images = self._pair.images
        return pseudo_real(
            cut_patches(images["interpolated"], places, flips, self.patch),
            cut_patches(images["rgb"], photograph, flips, self.patch),
            beta,
        )

    def _draw(self, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Places in the whole image and flips of a whole batch."""
        draws = tf.random.stateless_uniform([self.config.batch, 5], seed=seed)
        choices = [1, *(size - self.patch + 1 for size in self._extent), self._bands]
        uniform = tf.concat([tf.zeros_like(draws[:, :1]), draws[:, :3]], axis=1)
        places = tf.cast(uniform * tf.constant(choices, tf.float32), tf.int32)
        flips = draws[:, 3:] < (0.5 if self.config.flips else 0.0)
        return places, flips

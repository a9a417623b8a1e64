"""Which patches a training step sees: a pure function of (seed, step).

So nothing about the data needs to be stored for a resumed run, and every replica can cut
its own share. The image stays in memory once; patches are cut from it inside the graph.
"""

import numpy as np
import tensorflow as tf

from tfpaintsep.images.patches import patch_grid
from tfpaintsep.training.replicas import share_of

from .config import TrainingConfig


class PatchSampler:
    """Batches of patches or random crops of one painting.

    With "patches", every patch of the regular grid once an epoch in a new order; the last,
    incomplete batch of an epoch is left out. With "crops", independent uniform positions.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        init: g1, (h, w), in units of the gain.
        config: Sampling, patch, stride, batch, steps_per_epoch, seed.

    Raises:
        ValueError: If the image is smaller than a patch, or has fewer patches than a batch.
    """

    def __init__(
        self, xray: np.ndarray, rgb: np.ndarray, init: np.ndarray, config: TrainingConfig
    ) -> None:
        self.config = config
        self._image = tf.constant(
            np.concatenate([xray[..., None], rgb, init[..., None]], axis=-1), tf.float32
        )
        height, width = xray.shape
        # A crop that is larger than the image becomes the largest square in it.
        self.patch = (
            config.patch if config.sampling == "patches" else min(config.patch, *xray.shape)
        )
        self._extent = (height - self.patch + 1, width - self.patch + 1)
        if config.sampling == "patches":
            origins = patch_grid((height, width), self.patch, config.stride)
            if len(origins) < config.batch:
                raise ValueError(
                    f"the grid must hold a batch of {config.batch} patches. "
                    f"Received: {len(origins)} patches"
                )
            self._origins = tf.constant(origins, tf.int32)
            self.steps_per_epoch = config.steps_per_epoch or len(origins) // config.batch
        else:
            assert config.steps_per_epoch is not None  # the configuration sees to it
            self.steps_per_epoch = config.steps_per_epoch

    @property
    def samples(self) -> int:
        """Patches or crops of a batch."""
        return self.config.batch

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.config.epochs * self.steps_per_epoch

    def batch(self, step: tf.Tensor, replica: tf.Tensor, replicas: int) -> dict[str, tf.Tensor]:
        """Cut one replica's share of the batch of a step.

        Returns:
            "xray" (b, p, p, 1), "rgb" (b, p, p, 3), "init" (b, p, p, 1), float32, and "weight",
            as in `Share`.
        """
        share = share_of(self.config.batch, replica, replicas)
        origins = self.origins(step)[share.first : share.first + share.size]
        offsets = tf.range(self.patch)
        rows = origins[:, 0, None, None] + offsets[None, :, None]
        columns = origins[:, 1, None, None] + offsets[None, None, :]
        shape = [share.size, self.patch, self.patch]
        places = tf.stack([tf.broadcast_to(rows, shape), tf.broadcast_to(columns, shape)], axis=-1)
        patches = tf.gather_nd(self._image, places)
        return {
            "xray": patches[..., :1],
            "rgb": patches[..., 1:4],
            "init": patches[..., 4:],
            "weight": share.weight,
        }

    def origins(self, step: tf.Tensor) -> tf.Tensor:
        """Upper left corners of the whole batch of a step, (batch, 2), int32."""
        step = tf.cast(step, tf.int32)
        if self.config.sampling == "crops":
            draws = tf.random.stateless_uniform(
                [self.config.batch, 2], seed=tf.stack([self.config.seed, step])
            )
            return tf.cast(draws * tf.constant(self._extent, tf.float32), tf.int32)
        epoch, place = step // self.steps_per_epoch, step % self.steps_per_epoch
        order = tf.random.experimental.stateless_shuffle(
            self._origins, seed=tf.stack([self.config.seed, epoch])
        )
        # With steps_per_epoch of the user's own, an epoch may be longer than the grid.
        batches = self._origins.shape[0] // self.config.batch
        first = place % batches * self.config.batch
        return order[first : first + self.config.batch]

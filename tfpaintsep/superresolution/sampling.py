"""What a training step sees: whole images or random crops, a pure function of (seed, step).

So nothing about the data needs to be stored for a resumed run, and every replica can cut its
own share.
"""

import math

import numpy as np
import tensorflow as tf

from tfpaintsep.training.replicas import share_of

from .config import PretrainingConfig
from .crops import Batch, CropCutter
from .pair import Pair

AUGMENTED = "augmented_"
"""What the twice downsampled pair's names begin with in a batch."""


class PretrainingSampler:
    """Batches of the pretraining: the pair's images and those of the augmented pair.

    With "image", the whole of both. With "blocks", random crops of both, in proportion to
    their sizes; a batch is the same in however many shares it is cut.

    Args:
        pair: Maps and photograph.
        config: Sampling, batch, crop, augmented, strength, displaced.
        seed: Seed of the draws.
        displacement: How far the photograph is off, standard deviation in pixels.
    """

    def __init__(
        self, pair: Pair, config: PretrainingConfig, seed: int, displacement: float = 0.0
    ) -> None:
        self.config = config
        self.seed = seed
        self._pairs = {"": pair}
        if config.augmented == "consistency":
            self._pairs[AUGMENTED] = pair.downsampled()
        elif config.augmented == "wald":
            draws = displacement * np.random.default_rng(seed).normal(size=(config.displaced, 2))
            places = [(int(row), int(column)) for row, column in np.rint(draws)] or [(0, 0)]
            noise = seed if config.noisy else None
            self._pairs[AUGMENTED] = pair.downsampled(config.strength, places, noise)
        self._cutters = (
            {prefix: CropCutter(pair, config.crop) for prefix, pair in self._pairs.items()}
            if config.sampling == "blocks"
            else {}
        )
        self.counts = {
            prefix: max(1, config.batch * one.copies * math.prod(one.size) // math.prod(pair.size))
            for prefix, one in self._pairs.items()
        }

    @property
    def samples(self) -> int | None:
        """Crops of the smaller batch; None with "image", where no replica has a share."""
        return min(self.counts.values()) if self._cutters else None

    def batch(self, step: tf.Tensor, replica: tf.Tensor, replicas: int) -> Batch:
        """One replica's share of the batch of a step.

        Returns:
            "xrf" (n, h, w, B), "interpolated" (n, s h, s w, B), "rgb" (n, s h, s w, b);
            and the same with the prefix `AUGMENTED`, with its "truth" where it has one. With
            "image" every replica sees everything; with "blocks" there is "weight" as well, as
            in `Share`.
        """
        if not self._cutters:
            return {
                prefix + name: image
                for prefix, pair in self._pairs.items()
                for name, image in pair.images.items()
            }
        batch: Batch = {}
        for index, (prefix, cutter) in enumerate(self._cutters.items()):
            total = self.counts[prefix]
            share = share_of(total, replica, replicas)
            seed = tf.random.fold_in(tf.stack([self.seed, tf.cast(step, tf.int32)]), index)
            origins = cutter.random_origins(total, seed)
            crops = cutter.cut(origins[share.first : share.first + share.size])
            crops["weight"] = share.weight
            batch |= {prefix + name: crop for name, crop in crops.items()}
        return batch


def split_batch(batch: Batch) -> list[Batch]:
    """The pair's part of a pretraining batch and, where there is one, the augmented pair's."""
    plain = {name: image for name, image in batch.items() if not name.startswith(AUGMENTED)}
    augmented = {
        name.removeprefix(AUGMENTED): image
        for name, image in batch.items()
        if name.startswith(AUGMENTED)
    }
    return [plain, augmented] if augmented else [plain]

"""What a training step sees: whole images or random crops, a pure function of (seed, step).

So nothing about the data needs to be stored for a resumed run, and every replica can cut its
own share. A crop is made of whole coarse pixels, so that U and the projection act within it.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
import tensorflow as tf
from scipy.ndimage import shift

from .config import PretrainingConfig
from .enlargement import Enlargement
from .noise import as_noisy
from .projection import Downsampling

Batch = dict[str, tf.Tensor]

AUGMENTED = "augmented_"
"""What the twice downsampled pair's names begin with in a batch."""


class Pair:
    """Maps and photograph of one painting, ready for the network.

    Args:
        xrf: Y_low, scaled coarse maps (h, w, B); or (n, h, w, B), each copy's own.
        rgb: Z, photograph (s h, s w, b) in [0, 1].
        enlarge: U alone, whose interpolation is then Y_up, or a guided enlargement.
        truth: The fine maps (s h, s w, B), where they are known.
        displacements: Rows and columns by which the photograph is displaced, (n, 2); the pair
            then consists of n copies.

    Attributes:
        images: By name, (n, height, width, channels) float32: "xrf", "rgb", their
            "interpolated" maps Y_up and, where known, the "truth".

    Raises:
        ValueError: If the sizes do not fit together.
    """

    def __init__(
        self,
        xrf: np.ndarray,
        rgb: np.ndarray,
        enlarge: Enlargement | Downsampling,
        truth: np.ndarray | None = None,
        displacements: Sequence[tuple[int, int]] = ((0, 0),),
    ) -> None:
        self.enlarge = Enlargement(enlarge) if isinstance(enlarge, Downsampling) else enlarge
        self.downsampling = downsampling = self.enlarge.downsampling
        fitting = tuple(downsampling.scale * size for size in xrf.shape[-3:-1])
        if rgb.shape[:2] != fitting:
            raise ValueError(
                f"photograph must be {downsampling.scale} times as large as the maps, {fitting}. "
                f"Received: {rgb.shape[:2]}"
            )
        copies = len(displacements)

        def copied(image: np.ndarray) -> tf.Tensor:
            return tf.constant(np.repeat(image[None], copies, axis=0), tf.float32)

        coarse = copied(xrf) if xrf.ndim == 3 else tf.constant(xrf, tf.float32)
        photographs = tf.constant(
            np.stack([shift(rgb, (*d, 0), order=0, mode="nearest") for d in displacements]),
            tf.float32,
        )
        self.images = {
            "xrf": coarse,
            "interpolated": self.enlarge(coarse, photographs),
            "rgb": photographs,
        }
        if truth is not None:
            self.images["truth"] = copied(truth)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the coarse maps."""
        _, height, width, _ = self.images["xrf"].shape
        return height, width

    @property
    def copies(self) -> int:
        """n, the number of copies."""
        return int(self.images["xrf"].shape[0])

    def downsampled(
        self,
        strength: float | None = None,
        displacements: Sequence[tuple[int, int]] = ((0, 0),),
        noise: int | None = None,
    ) -> Self:
        """The augmented pair, each image downsampled once more.

        Rows and columns of the maps beyond a multiple of the scale are left out.

        Args:
            strength: With a number, the new pair knows a truth: its own Y_up, with this part
                of what is missing in it to this pair's maps. None for no truth.
            displacements: As for the constructor.
            noise: Seed of the noise that makes each copy's maps as noisy as this pair's; None
                adds none.

        Raises:
            ValueError: If the maps are smaller than the scale.
        """
        s = self.downsampling.scale
        height, width = (size // s * s for size in self.size)
        if not height or not width:
            raise ValueError(
                f"maps must be at least {s} pixels wide and high. Received: {self.size}"
            )
        xrf = self.images["xrf"][:1, :height, :width]
        rgb = self.images["rgb"][:1, : height * s, : width * s]
        twice = self.downsampling.down(xrf)[0].numpy()
        if noise is not None and self.downsampling.operator == "mean":
            measured = xrf[0].numpy()
            twice = np.stack(
                [as_noisy(twice, measured, s, noise + i) for i in range(len(displacements))]
            )
        pair = type(self)(
            twice,
            self.downsampling.down(rgb)[0].numpy(),
            self.enlarge,
            None if strength is None else xrf[0].numpy(),
            displacements,
        )
        if strength is not None and strength < 1:
            images = pair.images
            start = self.downsampling.project(images["interpolated"], images["xrf"])
            images["truth"] = start + strength * (images["truth"] - start)
        return pair


class CropCutter:
    """Cuts crops of whole coarse pixels out of a pair.

    Args:
        pair: The images.
        crop: Side of a crop in coarse pixels; no more than fits.

    Attributes:
        crop: The side.
        extent: Number of places (rows, columns) of a crop; the copies' rows are counted on.
    """

    def __init__(self, pair: Pair, crop: int) -> None:
        height, width = pair.size
        self.crop = min(crop, height, width)
        self._height, self._rows = height, height - self.crop + 1
        self.extent = (pair.copies * self._rows, width - self.crop + 1)
        # Blocks lie together in memory: cutting one is a single copy.
        self._blocks = {
            name: _to_blocks(image, 1 if name == "xrf" else pair.downsampling.scale)
            for name, image in pair.images.items()
        }

    def cut(self, origins: tf.Tensor) -> Batch:
        """Cut crops.

        Args:
            origins: Upper left corners in coarse pixels, (n, 2) int32.

        Returns:
            The pair's images by name, (n, crop, crop, B) for "xrf", else
            (n, s crop, s crop, channels).
        """
        offsets = tf.range(self.crop)
        first = origins[:, 0] // self._rows * self._height + origins[:, 0] % self._rows
        rows = first[:, None, None] + offsets[None, :, None]
        columns = origins[:, 1, None, None] + offsets[None, None, :]
        shape = [tf.shape(origins)[0], self.crop, self.crop]
        places = tf.stack([tf.broadcast_to(rows, shape), tf.broadcast_to(columns, shape)], axis=-1)
        return {
            name: _from_blocks(tf.gather_nd(blocks, places), self.crop)
            for name, blocks in self._blocks.items()
        }

    def random_origins(self, count: int, seed: tf.Tensor) -> tf.Tensor:
        """Independent uniform places, (count, 2) int32; a pure function of the seed, (2,)."""
        draws = tf.random.stateless_uniform([count, 2], seed=seed)
        return tf.cast(draws * tf.constant(self.extent, tf.float32), tf.int32)


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

    def batch(self, step: tf.Tensor, replica: tf.Tensor, replicas: int) -> Batch:
        """One replica's share of the batch of a step.

        Returns:
            "xrf" (n, h, w, B), "interpolated" (n, s h, s w, B), "rgb" (n, s h, s w, b), and
            the same with the prefix `AUGMENTED`, with its "truth" where it has one. With
            "image" every replica sees everything.
        """
        if not self._cutters:
            return {
                prefix + name: image
                for prefix, pair in self._pairs.items()
                for name, image in pair.images.items()
            }
        batch: Batch = {}
        whole = np.prod(self._pairs[""].size)
        for index, (prefix, cutter) in enumerate(self._cutters.items()):
            pair = self._pairs[prefix]
            total = int(self.config.batch * pair.copies * np.prod(pair.size) // whole)
            share = max(1, total // replicas)
            seed = tf.random.fold_in(tf.stack([self.seed, tf.cast(step, tf.int32)]), index)
            origins = cutter.random_origins(max(total, replicas), seed)
            crops = cutter.cut(origins[replica * share : (replica + 1) * share])
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


def _to_blocks(image: tf.Tensor, side: int) -> tf.Tensor:
    """(n, h side, w side, c) to (n h, w, side, side, c)."""
    n, height, width, channels = image.shape
    blocks = tf.reshape(image, [n * height // side, side, width // side, side, channels])
    return tf.transpose(blocks, [0, 2, 1, 3, 4])


def _from_blocks(blocks: tf.Tensor, crop: int) -> tf.Tensor:
    """(n, crop, crop, side, side, c) to (n, crop side, crop side, c)."""
    side, channels = blocks.shape[3], blocks.shape[5]
    if crop > 1:
        blocks = tf.transpose(blocks, [0, 1, 3, 2, 4, 5])
    return tf.reshape(blocks, [-1, crop * side, crop * side, channels])

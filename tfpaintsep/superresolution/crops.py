"""Crops of whole coarse pixels, so that U and the projection act within them."""

import tensorflow as tf

from .pair import Pair

Batch = dict[str, tf.Tensor]


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

"""Maps and photograph of one painting in memory, and the same one scale down."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import tensorflow as tf
from scipy.ndimage import shift

from .enlargement import Enlargement
from .noise import NoiseModel
from .projection import Downsampling


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
            np.stack([_displaced(rgb, place) for place in displacements]),
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
            copies = np.repeat(twice[None], len(displacements), axis=0)
            twice = copies + NoiseModel.of(xrf[0].numpy()).lost(copies, s, noise)
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


def _displaced(rgb: np.ndarray, place: tuple[int, int]) -> np.ndarray:
    """The photograph moved by whole pixels, its border repeated."""
    return shift(rgb, (*place, 0), order=0, mode="nearest") if any(place) else rgb

"""The downsampling U, its adjoint and pseudo-inverse, and the projection (10).

Reference: Verinaz-Jadan et al., eq. (2) and (10); Meyer, "Matrix Analysis and Applied Linear
Algebra", section 5.13, for projections onto {Y : Y U = Y_low}.
"""

from dataclasses import dataclass
from typing import Literal

import tensorflow as tf

Operator = Literal["mean", "decimate"]
Interpolation = Literal["bilinear", "lanczos"]
Kernel = Literal["triangle", "keyscubic", "lanczos3"]
"""Of one, two and three coarse pixels to each side."""

_BACK_PROJECTIONS = 2
"""After these, the means of the interpolated maps are off by a few hundredths even for noise."""


@dataclass(frozen=True)
class Downsampling:
    """Eq. (2), Y_low = Y U, for images (n, H, W, c); sizes may be unknown when traced.

    With "mean", a coarse pixel is the mean of its s x s block, which is how a scan integrates;
    with "decimate" it is the block's upper left pixel. Mind that U^T U = I / s^2 for the mean,
    so that U^T in (10) stands for the pseudo-inverse U+ = (U^T U)^-1 U^T, here `pseudo_inverse`:
    nearest-neighbour enlargement for the mean, the adjoint itself for decimation.

    Args:
        scale: s, any positive integer.
        operator: "mean" or "decimate".
        interpolation: "bilinear" or "lanczos", the way of `interpolate`.
    """

    scale: int
    operator: Operator = "mean"
    interpolation: Interpolation = "bilinear"

    def __post_init__(self) -> None:
        if self.scale < 1:
            raise ValueError(f"scale must be a positive integer. Received: {self.scale}")
        if self.operator not in ("mean", "decimate"):
            raise ValueError(f"operator must be 'mean' or 'decimate'. Received: {self.operator!r}")
        if self.interpolation not in ("bilinear", "lanczos"):
            raise ValueError(
                f"interpolation must be 'bilinear' or 'lanczos'. Received: {self.interpolation!r}"
            )

    def down(self, fine: tf.Tensor) -> tf.Tensor:
        """Y U: (n, s h, s w, c) to (n, h, w, c).

        Raises:
            ValueError: If a size is known not to be a multiple of the scale.
        """
        fine, s = tf.convert_to_tensor(fine), self.scale
        if any(size is not None and size % s for size in fine.shape[1:3]):
            raise ValueError(
                f"height and width must be multiples of {s}. Received: {tuple(fine.shape[1:3])}"
            )
        n, height, width, channels = _sizes(fine)
        blocks = tf.reshape(fine, [n, height // s, s, width // s, s, channels])
        if self.operator == "decimate":
            return blocks[:, :, 0, :, 0]
        return tf.reduce_mean(blocks, axis=[2, 4])

    def pseudo_inverse(self, coarse: tf.Tensor) -> tf.Tensor:
        """Y_low U+: (n, h, w, c) to (n, s h, s w, c), the smallest image that `down` undoes."""
        coarse, s = tf.convert_to_tensor(coarse), self.scale
        n, height, width, channels = _sizes(coarse)
        if self.operator == "mean":
            blocks = tf.broadcast_to(
                coarse[:, :, None, :, None], [n, height, s, width, s, channels]
            )
        else:
            padding = [[0, 0], [0, 0], [0, s - 1], [0, 0], [0, s - 1], [0, 0]]
            blocks = tf.pad(coarse[:, :, None, :, None], padding)
        return tf.reshape(blocks, [n, height * s, width * s, channels])

    def adjoint(self, coarse: tf.Tensor) -> tf.Tensor:
        """Y_low U^T: (n, h, w, c) to (n, s h, s w, c), with <Y U, Z> = <Y, Z U^T>."""
        enlarged = self.pseudo_inverse(coarse)
        return enlarged / self.scale**2 if self.operator == "mean" else enlarged

    def project(self, fine: tf.Tensor, coarse: tf.Tensor) -> tf.Tensor:
        """Proj(Y) of (10): the image next to Y, by least squares, whose `down` is `coarse`.

        Args:
            fine: Y, (n, s h, s w, c).
            coarse: The measured maps, (n, h, w, c).

        Returns:
            (n, s h, s w, c), unbounded: clipping it would break the agreement.
        """
        return fine - self.pseudo_inverse(self.down(fine) - coarse)

    @property
    def reach(self) -> int:
        """Coarse pixels on each side that an interpolated pixel depends on."""
        return 1 if self.interpolation == "bilinear" else 3 * (_BACK_PROJECTIONS + 1)

    def interpolate(self, coarse: tf.Tensor) -> tf.Tensor:
        """Smooth enlargement of the coarse maps, (n, h, w, c) to (n, s h, s w, c).

        Samples stand where U measured them: for the mean in the middle of their blocks, so
        that fine pixel j lies at coarse coordinate (j + 1/2) / s - 1/2; for decimation on the
        blocks' first pixels, so that it lies at j / s. Beyond the outermost samples the values
        stay constant.

        With "bilinear" (the paper) that is all. With "lanczos", a kernel of three lobes is
        followed by a few back-projections of what U makes of the result: a block's mean is no
        sample at its middle, and taking it for one flattens every peak.
        """
        coarse = tf.convert_to_tensor(coarse)
        if self.interpolation == "bilinear":
            return self.resize(coarse, "triangle")
        enlarged = self.resize(coarse, "lanczos3")
        for _ in range(_BACK_PROJECTIONS):
            enlarged += self.resize(coarse - self.down(enlarged), "lanczos3")
        return enlarged

    def resize(self, coarse: tf.Tensor, kernel: Kernel) -> tf.Tensor:
        """Enlarge with one kernel, samples standing as in `interpolate`."""
        coarse = tf.convert_to_tensor(coarse)
        _, height, width, _ = _sizes(coarse)
        size = [height * self.scale, width * self.scale]
        # How far the first sample lies from the middle of its block, in fine pixels.
        shift = 0.0 if self.operator == "mean" else (1 - self.scale) / 2
        # The operation gives zero beyond the outermost blocks' edges.
        padded = tf.pad(coarse, [[0, 0], [0, 1], [0, 1], [0, 0]], "SYMMETRIC") if shift else coarse
        enlarged = tf.raw_ops.ScaleAndTranslate(
            images=padded,
            size=tf.shape(padded)[1:3] * self.scale,
            scale=[float(self.scale)] * 2,
            translation=[shift] * 2,
            kernel_type=kernel,
            antialias=False,
        )
        return enlarged[:, : size[0], : size[1]]


def _sizes(image: tf.Tensor) -> list[tf.Tensor | int]:
    """The four sizes, as integers where they are known."""
    dynamic = tf.shape(image)
    return [
        dynamic[axis] if size is None else size for axis, size in enumerate(image.shape.as_list())
    ]

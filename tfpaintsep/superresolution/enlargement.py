"""Y_up: what the network begins with, and how far the photograph is trusted in it.

The paper enlarges the coarse maps by bilinear interpolation. The other way fits the maps in
every neighbourhood as an affine function of the photograph's colours, at the coarse scale where
both are known, and applies it at the fine one. Where the photograph is registered to a fraction
of a pixel, that gives most of what can be had; where it is a pixel or two off, it is worse than
no photograph at all. Which of the two holds for an element is measured in `one_scale_down`.

References: Verinaz-Jadan et al., section III, for the bilinear Y_up. He, Sun and Tang 2013,
"Guided Image Filtering", for the local fit, here with a Gaussian window.
"""

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from .config import EnlargementConfig
from .projection import Downsampling

_MIDDLE = 0.5
"""Taken off before squares are averaged, which float32 would else not resolve."""


@dataclass(frozen=True)
class Enlargement:
    """Coarse maps (n, h, w, B) and photograph (n, s h, s w, b) to Y_up (n, s h, s w, B).

    Args:
        downsampling: U, with its interpolation.
        config: Window and ridge of the local fit.
        trust: For each map, the part of the local fit's detail that is added to the
            interpolated map, in [0, 1]; None for interpolation alone.
        sharpness: For each map, how far to go from bilinear interpolation to the configured
            one, in [0, 1]; None for all the way.
    """

    downsampling: Downsampling
    config: EnlargementConfig = field(default_factory=EnlargementConfig)
    trust: tuple[float, ...] | None = None
    sharpness: tuple[float, ...] | None = None

    @property
    def reach(self) -> int:
        """Coarse pixels on each side that an enlarged pixel depends on."""
        plain = self.downsampling.reach
        # The coefficients are enlarged by cubic convolution, which looks two samples away.
        return plain if self.trust is None else max(plain, gaussian_radius(self.config.window) + 2)

    def __call__(self, coarse: tf.Tensor, rgb: tf.Tensor) -> tf.Tensor:
        """Enlarge; in the graph, so that an exported model does the same."""
        interpolated = self._interpolate(coarse)
        if self.trust is None:
            return interpolated
        start = self.downsampling.project(interpolated, coarse)
        return start + np.asarray(self.trust, np.float32) * self.detail(coarse, rgb, start)

    def _interpolate(self, coarse: tf.Tensor) -> tf.Tensor:
        u = self.downsampling
        if self.sharpness is None:
            return u.interpolate(coarse)
        soft, sharp = self.soft_and_sharp(coarse)
        return soft + np.asarray(self.sharpness, np.float32) * (sharp - soft)

    def soft_and_sharp(self, coarse: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Bilinear and configured interpolation, both in agreement with the measured maps."""
        u = self.downsampling
        soft = u.project(u.resize(coarse, "triangle"), coarse)
        return soft, u.project(u.interpolate(coarse), coarse)

    def detail(self, coarse: tf.Tensor, rgb: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
        """What the local fit adds to maps that agree with the measured ones, (n, s h, s w, B)."""
        fitted = local_colour_fit(coarse, rgb, self.downsampling, self.config)
        return self.downsampling.project(fitted, coarse) - start


def local_colour_fit(
    coarse: tf.Tensor, rgb: tf.Tensor, downsampling: Downsampling, config: EnlargementConfig
) -> tf.Tensor:
    """Fit each map, around every coarse pixel, as an affine function of colour; apply it finely.

    Args:
        coarse: Maps (n, h, w, B), scaled to about [0, 1].
        rgb: Photograph (n, s h, s w, b) in [0, 1].
        downsampling: U, which makes the coarse photograph.
        config: The standard deviation of the Gaussian window, in coarse pixels, and the
            ridge added to the colours' covariance.

    Returns:
        (n, s h, s w, B), not projected.
    """
    fine = rgb - _MIDDLE
    colours, maps = downsampling.down(fine), coarse - _MIDDLE
    products = [
        colours,
        maps,
        _outer(colours, colours),
        _outer(colours, maps),
    ]
    channels = [product.shape[-1] for product in products]
    means = gaussian_means(tf.concat(products, axis=-1), config.window)
    mean_colour, mean_map, squares, mixed = tf.split(means, channels, axis=-1)
    b, bands = channels[0], channels[1]
    shape = tf.shape(coarse)[:3]
    covariance = tf.reshape(
        squares - _outer(mean_colour, mean_colour), tf.concat([shape, [b, b]], axis=0)
    ) + config.ridge * tf.eye(b)
    mixed = tf.reshape(
        mixed - _outer(mean_colour, mean_map), tf.concat([shape, [b, bands]], axis=0)
    )
    slopes = tf.linalg.solve(covariance, mixed)
    offsets = mean_map - tf.einsum("nhwi,nhwij->nhwj", mean_colour, slopes)
    flat = tf.reshape(slopes, tf.concat([shape, [b * bands]], axis=0))
    enlarged = downsampling.resize(tf.concat([flat, offsets], axis=-1), "keyscubic")
    result = enlarged[..., b * bands :] + _MIDDLE
    for channel in range(b):
        result += (
            fine[..., channel : channel + 1]
            * enlarged[..., channel * bands : (channel + 1) * bands]
        )
    return result


def _outer(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Products of all channels of two images, (n, h, w, i) and (n, h, w, j) to (n, h, w, i j)."""
    product = a[..., :, None] * b[..., None, :]
    shape = tf.concat([tf.shape(product)[:3], [a.shape[-1] * b.shape[-1]]], axis=0)
    result = tf.reshape(product, shape)
    result.set_shape([*a.shape[:3], a.shape[-1] * b.shape[-1]])
    return result


def gaussian_radius(window: float) -> int:
    """Pixels on each side that a Gaussian window of this standard deviation looks at."""
    return int(np.ceil(4 * window))


def gaussian_means(image: tf.Tensor, window: float) -> tf.Tensor:
    """Gaussian-weighted means around each pixel, over what lies within the image."""
    offsets = np.arange(-gaussian_radius(window), gaussian_radius(window) + 1)
    kernel = np.exp(-0.5 * (offsets / window) ** 2).astype(np.float32)

    def blurred(x: tf.Tensor) -> tf.Tensor:
        for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
            taps = tf.tile(kernel.reshape(shape), [1, 1, x.shape[-1], 1])
            x = tf.nn.depthwise_conv2d(x, taps, [1, 1, 1, 1], "SAME")
        return x

    return blurred(image) / blurred(tf.ones_like(image[:1, :, :, :1]))

"""Counting noise taken out of measured maps before they are super-resolved.

A projection onto the measured maps keeps all of their noise; interpolation that smooths it away
is then nearer to the truth than any method that agrees with every count. Averaging over places
that look alike keeps forms and takes the noise. Where maps are hardly noisy, nothing looks alike
within the noise, and they stay as they are.

Reference: Buades, Coll and Morel 2005 (non-local means); Anscombe 1948 (the square root in which
counts have one variance). That distances are taken over all elements together is ours.
"""

from typing import Self

import numpy as np
import tensorflow as tf
from pydantic import BaseModel, ConfigDict

from tfpaintsep.images.element_stack import ElementStack

from .config import NoiseConfig, SuperResolutionConfig
from .enlargement import gaussian_means, gaussian_radius
from .noise import NoiseModel
from .projection import Downsampling

_MOST_ALIKE = -0.5
"""Two noisy pixels of one value differ by 2 variances in the mean; this much less is luck."""


class Denoiser(BaseModel):
    """Coarse maps (n, h, w, B) to the same with less noise; in the graph, so that models hold it.

    Attributes:
        lowest: For each map, the value at which its noise is smallest, in its units.
        constant: The noise's variance there, in the maps' units squared; 0 with `slope` 0 for a
            map in which no noise was found, which stays as it is.
        slope: The rise of the variance with the value.
        config: Neighbourhood and strength.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lowest: tuple[float, ...]
    constant: tuple[float, ...]
    slope: tuple[float, ...]
    config: NoiseConfig

    @classmethod
    def of(cls, maps: np.ndarray, colours: np.ndarray, config: NoiseConfig) -> Self | None:
        """Measure the noise of maps; None if none is to be removed, or worth it.

        Args:
            maps: Measured maps (h, w, B), in their own units.
            colours: The photograph at their size, (h, w, b): what it shows too is no noise.
            config: What to remove.
        """
        if config.removal == "none":
            return None
        model = NoiseModel.of(maps, colours)
        noise = np.sqrt(model.variance(maps).mean(axis=(0, 1)))
        worth = noise > config.least * maps.std(axis=(0, 1))
        if not worth.any():
            return None
        constant, slope = (np.where(worth, v, 0.0) for v in (model.constant, model.slope))
        return cls(
            lowest=tuple(model.lowest.tolist()),
            constant=tuple(constant.tolist()),
            slope=tuple(slope.tolist()),
            config=config,
        )

    @property
    def noisy(self) -> tuple[bool, ...]:
        """For each map, whether noise was found in it."""
        return tuple(c > 0 or s > 0 for c, s in zip(self.constant, self.slope, strict=True))

    @property
    def reach(self) -> int:
        """Coarse pixels on each side that a result depends on."""
        return self.config.search + gaussian_radius(self.config.window)

    def deviation(self, maps: np.ndarray) -> np.ndarray:
        """Standard deviation of the noise of pixels of these values, (..., B)."""
        model = NoiseModel(*(np.array(v) for v in (self.lowest, self.constant, self.slope)))
        return np.sqrt(model.variance(maps))

    def taken_out(self, measured: ElementStack, difference: np.ndarray) -> dict[str, float | None]:
        """How much of the noise was taken out of each map.

        Args:
            measured: The maps as they were measured.
            difference: What was taken out, (h, w, B), in their units, of any sign.

        Returns:
            By name, its root mean square over that of the noise; None where no noise was found, or
            these maps, not those it was found in, have none.
        """
        taken, noise = (
            np.sqrt(np.mean(np.square(values, dtype=np.float64), axis=(0, 1)))
            for values in (difference, self.deviation(measured.values))
        )
        return {
            name: float(taken[i] / noise[i]) if noisy and noise[i] > 0 else None
            for i, (name, noisy) in enumerate(zip(measured.names, self.noisy, strict=True))
        }

    def __call__(self, maps: tf.Tensor) -> tf.Tensor:
        """Average each pixel with those around it whose surroundings look alike."""
        found = np.array(self.noisy)
        r, shared = self.config.search, self.config.shared
        stable = self._stabilised(maps)
        border = [[0, 0], [r, r], [r, r], [0, 0]]
        around_stable, around = tf.pad(stable, border), tf.pad(maps, border)
        within = tf.pad(tf.ones_like(maps[:1, :, :, :1]), border)
        size = tf.shape(maps)

        def add(place: tf.Tensor, total: tf.Tensor, weights: tf.Tensor) -> list[tf.Tensor]:
            top, left = place // (2 * r + 1), place % (2 * r + 1)
            rows, columns = slice(top, top + size[1]), slice(left, left + size[2])
            there = within[:, rows, columns]
            squares = tf.square(stable - around_stable[:, rows, columns]) * there
            both = gaussian_means(there, self.config.window)
            distance = tf.math.divide_no_nan(gaussian_means(squares, self.config.window), both) - 2
            others = tf.reduce_sum(
                tf.where(found, tf.maximum(distance, _MOST_ALIKE), 0), axis=-1, keepdims=True
            )
            mixed = (1 - shared) * distance + shared * others / found.sum()
            weight = there * tf.exp(-tf.maximum(mixed, 0) / self.config.strength**2)
            total = tf.ensure_shape(total + weight * around[:, rows, columns], maps.shape)
            return [place + 1, total, tf.ensure_shape(weights + weight, maps.shape)]

        _, total, weights = tf.while_loop(
            lambda place, *_: place < (2 * r + 1) ** 2,
            add,
            [tf.constant(0), tf.zeros_like(maps), tf.zeros_like(maps)],
            parallel_iterations=1,
        )
        return tf.where(found, total / tf.maximum(weights, 1e-6), maps)

    def _stabilised(self, maps: tf.Tensor) -> tf.Tensor:
        """Maps in a scale in which their noise has the variance 1; 0 where none was found."""
        constant, slope = np.array(self.constant), np.array(self.slope)
        above = tf.cast(tf.maximum(maps - np.array(self.lowest, np.float32), 0), tf.float32)
        counted = np.where(slope > 0, slope, 1)
        roots = (2 / counted).astype(np.float32) * tf.sqrt(
            counted.astype(np.float32) * above + (constant + 3 / 8 * counted**2).astype(np.float32)
        )
        even = above / np.sqrt(np.where(constant > 0, constant, 1)).astype(np.float32)
        return tf.where(slope > 0, roots, tf.where(constant > 0, even, 0.0))


def take_noise_out(
    config: SuperResolutionConfig, maps: np.ndarray, rgb: np.ndarray
) -> tuple[Denoiser | None, np.ndarray]:
    """Maps without their noise, as configured.

    Args:
        config: The complete configuration.
        maps: Measured maps (h, w, B) float32, in their own units.
        rgb: Photograph (s h, s w, 3) in [0, 1].

    Returns:
        What takes the noise out, and the maps without it; None and the maps themselves where
        nothing is to be removed.
    """
    u = config.downsampling
    colours = Downsampling(u.scale, u.operator).down(tf.constant(rgb[None]))[0].numpy()
    denoiser = Denoiser.of(maps, colours, config.noise)
    if denoiser is None:
        return None, maps
    return denoiser, tf.function(denoiser, autograph=False)(tf.constant(maps[None]))[0].numpy()

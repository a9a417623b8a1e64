"""What Y_up should be, measured one scale down, where the measured maps are the truth.

Reference: Wald, Ranchin and Mangolini 1997, "Fusion of satellite images of different spatial
resolutions", for testing there.
"""

import numpy as np
import tensorflow as tf

from .config import SuperResolutionConfig
from .enlargement import Enlargement
from .noise import NoiseModel
from .painting import measures_registration, measures_sharpness
from .projection import Downsampling


def fit_enlargement(
    config: SuperResolutionConfig, coarse: np.ndarray, rgb: np.ndarray
) -> tuple[Enlargement, float | None]:
    """Y_up as configured, with sharpness and trust measured where that is asked for.

    Args:
        config: The complete configuration.
        coarse: Scaled maps (h, w, B).
        rgb: Photograph (s h, s w, 3) in [0, 1].

    Returns:
        The enlargement, and how far the photograph seems displaced, pixels; None if nothing
        asks for it.
    """
    c, u = config.enlargement, config.downsampling
    plain = Enlargement(Downsampling(u.scale, u.operator, c.interpolation), c)
    sharpness, trust, displacement = None, None, None
    if measures_sharpness(c):
        sharpness = _as_tuple(measured_sharpness(coarse, plain, config.training.seed))
    unguided = Enlargement(plain.downsampling, c, sharpness=sharpness)
    if c.guide == "local_fit":
        trust = (1.0,) * coarse.shape[-1]
    if measures_registration(config):
        shares, displacement = measured_trust(coarse, rgb, unguided)
        if trust and c.trust == "measured":
            trust = _as_tuple(shares)
    return Enlargement(plain.downsampling, c, trust, sharpness), displacement


def measured_trust(
    coarse: np.ndarray, rgb: np.ndarray, unguided: Enlargement
) -> tuple[np.ndarray, float]:
    """How far each map may be guided, measured one scale down and carried to this one.

    One scale down the share w of the local fit's detail that serves best is a regression. What
    a photograph that is off by a Gaussian displacement of deviation d still says about a map falls
    with exp(-2 (pi f d)^2); at this scale the same displacement is s times as many pixels, so w
    becomes w^(s^2).

    Args:
        coarse: Measured maps (h, w, B), scaled to about [0, 1].
        rgb: Photograph (s h, s w, b) in [0, 1].
        unguided: U, the interpolation, window and ridge.

    Returns:
        The shares at this scale, (B,) in [0, 1], and the displacement d that would explain
        their median, in pixels of the photograph.
    """
    u = unguided.downsampling
    s = u.scale
    height, width = (size // s * s for size in coarse.shape[:2])
    truth = tf.constant(coarse[None, :height, :width], tf.float32)
    smaller = u.down(tf.constant(rgb[None, : height * s, : width * s], tf.float32))
    twice = u.down(truth)
    start = u.project(unguided(twice, smaller), twice)
    shares = _regressed((truth - start).numpy(), unguided.detail(twice, smaller, start).numpy())
    middle = max(float(np.median(shares)), 1e-6)
    # The middle, by ratio, of the frequencies that the coarse maps do not hold: 1/2s to 1/2.
    frequency = 0.5 / np.sqrt(s)
    displacement = s * np.sqrt(np.log(1 / middle) / 2) / (np.pi * frequency)
    return shares ** (s**2), float(displacement)


def measured_sharpness(coarse: np.ndarray, plain: Enlargement, seed: int) -> np.ndarray:
    """How sharp an interpolation each map stands, measured one scale down on maps as noisy.

    Sharper interpolation is truer to the painting and makes more of the noise.

    Args:
        coarse: Measured maps (h, w, B), scaled to about [0, 1].
        plain: U and the interpolation.
        seed: Seed of the noise that is added to the maps that were downsampled once more.

    Returns:
        The part of the way from bilinear to the configured interpolation that serves best, (B,)
        in [0, 1].
    """
    u = plain.downsampling
    height, width = (size // u.scale * u.scale for size in coarse.shape[:2])
    truth = coarse[:height, :width]
    twice = u.down(tf.constant(truth[None], tf.float32)).numpy()
    if u.operator == "mean":
        twice += NoiseModel.of(coarse).lost(twice, u.scale, seed)
    soft, sharp = plain.soft_and_sharp(tf.constant(twice, tf.float32))
    return _regressed(truth[None] - soft.numpy(), (sharp - soft).numpy())


def _regressed(missing: np.ndarray, detail: np.ndarray) -> np.ndarray:
    """The share of a detail that is nearest to what is missing, (B,) in [0, 1]."""
    missing, detail = missing.astype(np.float64), detail.astype(np.float64)
    axes = tuple(range(detail.ndim - 1))
    power = (detail**2).sum(axes)
    return np.clip((missing * detail).sum(axes) / np.where(power > 0, power, 1), 0, 1)


def _as_tuple(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)

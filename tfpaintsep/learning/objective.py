"""What is learned: little error, little distortion and, as boldly as asked, little leakage.

Distortion and leakage by BSS Eval (Vincent et al. 2006) without a shift, as in
`tfpaintsep.evaluation`, both as gains over the mixture itself.
"""

from typing import NamedTuple

import tensorflow as tf

ERROR_WEIGHT = 3.0
"""Of the error, where SDRi has one half; all in natural logarithms."""

LEAKAGE_WEIGHT = 0.75
"""Of SIRi at full boldness, where SDRi has one half."""

_ENOUGH = 4.0
"""Natural logarithm of a gain in SIR beyond which nothing is paid for it: 17 dB."""


class Gains(NamedTuple):
    """By example; natural logarithms of ratios of energy, (n,).

    Attributes:
        error: Of the squared error to that of halving; 0 is no gain, negative is better.
        distortion: SDRi, mean over the layers.
        leakage: SIRi, mean over the layers.
    """

    error: tf.Tensor
    distortion: tf.Tensor
    leakage: tf.Tensor


def gains(estimate: tf.Tensor, surface: tf.Tensor, concealed: tf.Tensor) -> Gains:
    """Judge estimates of the surface; the concealed layer's are what they leave of the mixture.

    Args:
        estimate: (n, h, w).
        surface: The known layer, (n, h, w), of the order of one.
        concealed: Likewise.
    """
    mixture = surface + concealed
    error, halving = _energy(estimate - surface), _energy(mixture / 2 - surface)
    layers = ((estimate, surface, concealed), (mixture - estimate, concealed, surface))
    sdr, sir = zip(*(_ratios(*layer) for layer in layers), strict=True)
    sdr_before, sir_before = zip(*(_ratios(mixture, *layer[1:]) for layer in layers), strict=True)
    return Gains(
        tf.math.log((error + 1e-4) / (halving + 1e-4)),
        (sum(sdr) - sum(sdr_before)) / 2,
        (sum(sir) - sum(sir_before)) / 2,
    )


def loss(found: Gains, boldness: tf.Tensor) -> tf.Tensor:
    """To be minimised, (n,). An error beyond halving's weighs most: it would mislead."""
    paid = tf.minimum(found.leakage, _ENOUGH)
    error = ERROR_WEIGHT * tf.nn.softplus(found.error)
    return error - found.distortion / 2 - LEAKAGE_WEIGHT * boldness * paid


def _ratios(
    estimate: tf.Tensor, target: tf.Tensor, other: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Logarithms of SDR and SIR, of deviations from the mean."""
    e, t, o = (a - tf.reduce_mean(a, (1, 2), keepdims=True) for a in (estimate, target, other))
    tt, oo, to = _energy(t) + 1e-6, _energy(o) + 1e-6, _product(t, o)
    et, eo, ee = _product(e, t), _product(e, o), _energy(e) + 1e-6
    determinant = tt * oo - to**2 + 1e-7
    by_target, by_other = (et * oo - eo * to) / determinant, (eo * tt - et * to) / determinant
    in_both = by_target**2 * tt + 2 * by_target * by_other * to + by_other**2 * oo
    wanted = et**2 / tt
    sdr = (wanted + 1e-3) / (tf.maximum(ee - wanted, 0) + 1e-3)
    sir = (wanted + 1e-3) / (tf.maximum(in_both - wanted, 0) + 1e-3)
    return tf.math.log(sdr), tf.math.log(sir)


def _product(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(a * b, axis=(1, 2))


def _energy(a: tf.Tensor) -> tf.Tensor:
    return _product(a, a)

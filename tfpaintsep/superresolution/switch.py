"""From the first stage to the second: the last layer learns to end with a sigmoid.

Put behind the pretrained network, the sigmoid of (8) would squeeze [0, 1] into [0.5, 0.73]. So
the last layer, D and lambda, starts from sigmoid(4 (t - 1/2)), which agrees with t to second
order in the middle of the range, and is then fitted, with the codes as they are, to the
pretrained output t and, as (11) asks, to the measured maps. Each output channel is a
generalised linear model with non-negative coefficients, held near the start: a few Gauss-Newton
steps, each a non-negative least-squares problem, reach its minimum.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy.optimize import nnls
from scipy.special import expit

from .config import LossConfig, StageSwitchConfig
from .crops import Batch, CropCutter
from .losses import reconstruction_loss
from .network import SigmoidListaNetwork
from .pair import Pair
from .projection import Downsampling

_DAMPING = 1e-3
"""Part of the mean curvature by which the coefficients are held near the affine start. Many codes
are nearly the same: left free, coefficients in the hundreds cancel each other, and the first step
of Adam, which moves every weight by the same amount, makes the loss hundreds of times as large."""

_OUTPUT = 0.1
"""Weight of the agreement with the pretrained output beside that with the measured maps."""

_SMALLEST = 1e-6
"""Smallest entry of D: the square of a weight that is zero would have no gradient."""


class StageSwitch(NamedTuple):
    """The second stage's generator, and the loss (11) without adversary on one sample.

    Attributes:
        network: The generator, built; its weights are its own.
        pretrained: Loss of the network it was made from.
        affine: Loss of the affine start.
        fitted: Loss after the fit.
    """

    network: SigmoidListaNetwork
    pretrained: float
    affine: float
    fitted: float


def carry_over(
    pretrained: SigmoidListaNetwork,
    pair: Pair,
    loss: LossConfig,
    config: StageSwitchConfig,
    seed: int = 0,
) -> StageSwitch:
    """Make the second stage's generator from the pretrained one.

    Args:
        pretrained: The generator after pretraining, without its last sigmoid.
        pair: Maps and photograph.
        loss: Weights of the loss that is reported.
        config: Iterations of the fit and number of pixels.
        seed: Seed of the choice of pixels.

    Returns:
        The new network and the losses. If its configuration has no final sigmoid, it is a copy.
    """
    network = SigmoidListaNetwork(
        pretrained.config, pretrained.bands, pretrained.rgb_channels, seed=pretrained.seed
    )
    network.build()
    network.set_weights(pretrained.get_weights())
    cutter = CropCutter(pair, 1)
    count = max(1, config.pixels // pair.downsampling.scale**2)
    sample = cutter.cut(cutter.random_origins(count, tf.constant([seed, 0])))

    def loss_of(generator: SigmoidListaNetwork) -> float:
        terms = reconstruction_loss(sample, generator(sample), pair.downsampling, loss)
        return float(terms["loss"])

    before = loss_of(pretrained)
    if not network.final_sigmoid:
        return StageSwitch(network, before, before, before)
    # sigmoid(4 (D A - lambda - 1/2))
    last = network.reconstruction
    last.D.raw.assign(2 * last.D.raw)
    last.lambda_.assign(4 * last.lambda_ + 2)
    affine = loss_of(network)
    if config.iterations:
        _fit(network, pretrained, sample, pair.downsampling, config.iterations)
    return StageSwitch(network, before, affine, loss_of(network))


def _fit(
    network: SigmoidListaNetwork,
    pretrained: SigmoidListaNetwork,
    sample: Batch,
    downsampling: Downsampling,
    iterations: int,
) -> None:
    """Fit D and lambda of a network, channel by channel."""
    output = pretrained(sample)
    wanted = tf.concat([output["maps"], output["visible"]], axis=-1).numpy().astype(np.float64)
    measured = sample["xrf"].numpy().astype(np.float64)
    codes = network.codes(sample).numpy().astype(np.float64)
    last = network.reconstruction
    atoms, biases = last.D.matrix.numpy().astype(np.float64), last.lambda_.numpy()
    allowed = np.ones(atoms.shape, bool) if last.D.mask is None else last.D.mask > 0
    for channel in range(atoms.shape[1]):
        some = allowed[:, channel]
        fitted = _fit_channel(
            # The bias is the coefficient of one more code, which is -1 everywhere.
            np.concatenate([codes[..., some], -np.ones_like(codes[..., :1])], axis=-1),
            wanted[..., channel],
            measured[..., channel] if channel < network.bands else None,
            np.append(atoms[some, channel], biases[channel]),
            downsampling,
            iterations,
        )
        atoms[some, channel], biases[channel] = np.maximum(fitted[:-1], _SMALLEST), fitted[-1]
    last.D.raw.assign(np.sqrt(atoms))
    last.lambda_.assign(biases)


def _fit_channel(
    codes: np.ndarray,
    wanted: np.ndarray,
    measured: np.ndarray | None,
    start: np.ndarray,
    downsampling: Downsampling,
    iterations: int,
) -> np.ndarray:
    """Minimise _OUTPUT mse(sigmoid(codes c), wanted) + mse(its `down`, measured) over c.

    To this comes the squared distance from the start, weighted as `_DAMPING` says.

    Args:
        codes: (n, s, s, m), float64; the last coefficient is free, the others >= 0.
        wanted: (n, s, s).
        measured: (n, 1, 1), or None to leave that term out.
        start: c to begin with, (m,).
        downsampling: U.
        iterations: Gauss-Newton steps.
    """
    coefficients, size = start, len(start)
    for _ in range(iterations):
        values = expit(codes @ coefficients)
        slopes = codes * (values * (1 - values))[..., None]
        terms = [(_OUTPUT, slopes, wanted - values)]
        if measured is not None:
            coarse = downsampling.down(values[..., None])[..., 0].numpy()
            terms.append((1.0, downsampling.down(slopes).numpy(), measured - coarse))
        curvature, descent = np.zeros((size, size)), np.zeros(size)
        for weight, slope, residual in terms:
            flat = slope.reshape(-1, size)
            curvature += weight / len(flat) * flat.T @ flat
            descent += weight / len(flat) * residual.ravel() @ flat
        descent += curvature @ coefficients
        damping = _DAMPING * np.trace(curvature) / size
        root = np.linalg.cholesky(curvature + damping * np.eye(size)).T
        target = np.linalg.solve(root.T, descent + damping * start)
        # A free coefficient is the difference of two that are not negative.
        solution, _ = nnls(np.column_stack([root, -root[:, -1]]), target, maxiter=100 * size)
        coefficients = np.append(solution[: size - 1], solution[-2] - solution[-1])
    return coefficients

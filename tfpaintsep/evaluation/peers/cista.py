"""CISTA (9) with known dictionaries: the model (7) without any learning.

Reference: Pu et al. 2022, eq. (7)-(9), (14).
"""

from typing import Literal

import numpy as np
import tensorflow as tf

from tfpaintsep.evaluation.methods import Budget, Image, Layers
from tfpaintsep.separation.config import StartConfig
from tfpaintsep.separation.initial_values import dictionary
from tfpaintsep.separation.solver import Dictionaries, Weights, solve
from tfpaintsep.separation.start import Start, fit_start

CHANNELS, KERNEL = 64, 5
"""K and the side of the filters, as in the network."""

ITERATIONS = 100
"""Twenty times the layers of the network; the objective hardly falls by then."""


def known_dictionaries(seed: int = 0) -> Dictionaries:
    """What (7) takes as given: Theta drawn at random and nearly tight, Psi and Phi impulses.

    So the information images are the layers themselves, and that of the surface is compared with
    each colour of the photograph, which suits the grey photograph it starts from.

    Args:
        seed: Of Theta.
    """
    theta, _ = dictionary(CHANNELS, KERNEL, np.random.default_rng(seed))
    impulse = np.zeros((KERNEL, KERNEL, 1, 1))
    impulse[KERNEL // 2, KERNEL // 2] = 1
    return Dictionaries(psi=impulse, theta=theta, phi=np.repeat(impulse, 3, axis=3))


def cista(
    xray: Image, rgb: Image, budget: Budget, *, start: Literal["luminance", "auto"] = "luminance"
) -> Layers:
    """Solve (7) from the published start, g1 the photograph's luminance, or from that of `fast`.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        budget: Gives the seed of the dictionary.
        start: "luminance", as published; "auto": the regression on colour, remainder split.

    Returns:
        Psi * y1 and Psi * y2; their sum is nearly x.
    """
    x = tf.constant(xray[None, ..., None], tf.float32)
    r = tf.constant(rgb[None], tf.float32)
    guess = Start() if start == "luminance" else fit_start(xray, rgb, StartConfig().sigmas)
    dictionaries = known_dictionaries(budget.seed)
    solution = solve(x, r, guess(x, r), dictionaries, Weights(), ITERATIONS)
    return Layers(solution.y1.numpy()[0, ..., 0], solution.y2.numpy()[0, ..., 0])

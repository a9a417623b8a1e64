"""With known weights the network is the plain solver of objective (7)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.convolution import convolve
from tfpaintsep.separation.lcista import CoupledState, LcistaIteration, softplus_inverse
from tfpaintsep.separation.network import LcistaAnalysis
from tfpaintsep.separation.solver import Dictionaries, Weights, adjoint, solve, step_bound
from tfpaintsep.separation.wavelet import WaveletFrame

LAYERS = 5
WEIGHTS = Weights(
    tau1=0.7,
    tau2=1.5,
    gamma=0.4,
    lambda1=0.1,
    lambda2=0.3,
    mu=np.array([0.1, 0.3, 0.3, 0.5]),
)


def teach(layer: LcistaIteration, d: Dictionaries) -> None:
    """Give one iteration the weights at which it is the solver's."""
    xi, w = step_bound(d, WEIGHTS), WEIGHTS
    layer.A.assign(adjoint(d.theta) / xi)
    layer.B.assign(d.theta)
    layer.C.assign(adjoint(d.psi) / xi)
    layer.D.assign(d.psi)
    layer.E.assign(adjoint(d.phi) / xi)
    layer.F.assign(d.phi)
    lambda_ = np.array([w.lambda1 / w.tau1, w.lambda2 / w.tau2])[:, None] / (2 * xi)
    layer.raw_lambda.assign(np.broadcast_to(softplus_inverse(lambda_), layer.raw_lambda.shape))
    layer.raw_mu.assign(softplus_inverse(w.mu / (2 * xi)))
    layer.tau.assign([-w.tau1 / xi, -w.tau2 / xi])
    layer.gamma.assign(w.gamma)


@pytest.mark.parametrize("wavelet", ["haar", "db2"])
@pytest.mark.parametrize(
    "settings",
    [
        {"weights": "tied"},
        {"weights": "untied"},
        {"weights": "tied", "convolution": "conv2d"},
        {"weights": "tied", "threshold": "channel"},
    ],
    ids=lambda settings: "-".join(settings.values()),
)
def test_analysis_network_equals_the_solver(
    settings: dict[str, Any], wavelet: str, make_images: Callable, dictionaries: Dictionaries
) -> None:
    x = make_images(dtype="float64")
    iteration = {"channels": 6, "wavelet": wavelet, **settings}
    network = LcistaAnalysis(LAYERS, iteration.pop("weights"), iteration=iteration)
    network.build()
    for layer in network.iterations:
        teach(layer, dictionaries)
    state = network(*(tf.cast(x[name], tf.float32) for name in ("xray", "rgb", "init")))
    args = (x["xray"], x["rgb"], x["init"], dictionaries, WEIGHTS)
    expected = solve(*args, LAYERS, WaveletFrame(wavelet))
    z1, z2 = tf.split(state.z, 2, axis=0)
    for ours, theirs in (
        (z1, expected.z1),
        (z2, expected.z2),
        (state.y1, expected.y1),
        (state.y2, expected.y2),
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert np.mean(expected.z1 != 0) > 0.1  # the codes are neither empty
    assert np.mean(expected.z2 == 0) > 0.1  # nor dense


def test_reusing_the_decoded_codes_changes_nothing(make_images: Callable) -> None:
    x = make_images()
    layer = LcistaIteration(channels=6)
    layer.build()
    start = CoupledState(None, None, x["init"], x["xray"] - x["init"])
    first = layer(start, x["xray"], x["rgb"])
    again = layer(first, x["xray"], x["rgb"], reuse=False)
    stale = first._replace(dictionary_z=tf.fill(first.dictionary_z.shape, np.nan))
    for a, b, c in zip(
        layer(first, x["xray"], x["rgb"], reuse=True),
        again,
        layer(stale, x["xray"], x["rgb"], reuse=False),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, atol=1e-6)
        np.testing.assert_array_equal(b, c)


def test_untied_layers_use_their_own_dictionary(make_images: Callable) -> None:
    x = make_images()
    network = LcistaAnalysis(2, "untied", iteration={"channels": 6})
    network.build()
    first, second = network.iterations
    second.B.assign(-first.B)
    # By hand: the second layer must decode the first one's codes with its own B.
    state = first(CoupledState(None, None, x["init"], x["xray"] - x["init"]), x["xray"], x["rgb"])
    state = state._replace(dictionary_z=convolve(state.z, tf.convert_to_tensor(second.B)))
    expected = second(state, x["xray"], x["rgb"])
    ours = network(x["xray"], x["rgb"], x["init"])
    np.testing.assert_allclose(ours.z, expected.z, atol=1e-6)
    np.testing.assert_allclose(ours.y1, expected.y1, atol=1e-6)


def test_softplus_inverse_at_small_and_large_values() -> None:
    values = np.array([1e-6, 1e-3, 0.5, 1.0, 40.0])
    np.testing.assert_allclose(tf.nn.softplus(softplus_inverse(values)), values, rtol=1e-9)

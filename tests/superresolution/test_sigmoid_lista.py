"""The generator against a NumPy transcription of (7) to (9), and its two constraints."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from tfpaintsep.superresolution.blocks import coupling_mask, dictionary_mask
from tfpaintsep.superresolution.network import SigmoidListaNetwork

MakeGenerator = Callable[..., SigmoidListaNetwork]
BLOCKS = {"common": 4, "unique_xrf": 3, "unique_rgb": 3}


def make_inputs(rng: np.random.Generator, height: int = 6, width: int = 8) -> dict[str, tf.Tensor]:
    return {
        "interpolated": tf.constant(rng.random((2, height, width, 3)), tf.float32),
        "rgb": tf.constant(rng.random((2, height, width, 3)), tf.float32),
    }


def shake(network: SigmoidListaNetwork, rng: np.random.Generator) -> None:
    """Move every weight, lambdas included, away from where it started."""
    for weight in network.weights:
        weight.assign(weight + 0.3 * rng.normal(size=weight.shape))


@pytest.mark.parametrize("pretraining", [True, False])
@pytest.mark.parametrize("squared", ["dictionary", "all"])
def test_network_equals_the_equations(
    pretraining: bool, squared: str, make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    network = make_generator(pretraining=pretraining, squared=squared)
    shake(network, rng)
    inputs = make_inputs(rng)
    # As printed: columns are pixels, matrices act from the left.
    x = np.concatenate([inputs["interpolated"], inputs["rgb"]], axis=-1).reshape(-1, 6).T
    weights = {w.path.split("/", 1)[1]: w.numpy().astype(np.float64) for w in network.weights}
    power = 2 if squared == "all" else 1
    a = np.zeros((10, x.shape[1]))
    for k in range(3):
        W = 0 if k == 0 else weights[f"iteration_{k}/W/W"].T ** power
        S = weights[f"iteration_{k}/S/S"].T ** power
        lambda_ = weights[f"iteration_{k}/lambda"][:, None]
        a = expit(a - (W @ a if k else 0) + S @ x - lambda_)
    expected = (weights["reconstruction/D/D"].T ** 2) @ a
    expected = expected - weights["reconstruction/lambda"][:, None]
    expected = expected if pretraining else expit(expected)
    outputs = network(inputs)
    np.testing.assert_allclose(outputs["maps"].numpy().reshape(-1, 3).T, expected[:3], atol=1e-5)
    np.testing.assert_allclose(outputs["visible"].numpy().reshape(-1, 3).T, expected[3:], atol=1e-5)


def test_each_iteration_has_weights_of_its_own(make_generator: MakeGenerator) -> None:
    network = make_generator(channels=64, iterations=5)
    shapes = sorted(tuple(w.shape) for w in network.trainable_weights)
    expected = 5 * [(6, 64), (64,)] + 4 * [(64, 64)] + [(64, 6), (6,)]
    assert shapes == sorted(expected)
    first, second = (network.iterations[index].W for index in (1, 2))
    assert first is not None
    assert second is not None
    assert not np.array_equal(first.raw, second.raw)


def test_generator_acts_per_pixel(make_generator: MakeGenerator, rng: np.random.Generator) -> None:
    network, inputs = make_generator(), make_inputs(rng)
    changed = {name: image.numpy() for name, image in inputs.items()}
    changed["rgb"][1, 2, 3] += 0.5
    before, after = network(inputs)["maps"], network(changed)["maps"]
    moved = np.argwhere(np.any(before != after, axis=-1))
    np.testing.assert_array_equal(moved, [[1, 2, 3]])


@pytest.mark.parametrize("squared", ["dictionary", "all"])
def test_squared_matrices_are_never_negative(
    squared: str, make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    network = make_generator(squared=squared)
    shake(network, rng)
    assert min(raw.numpy().min() for raw in network.matrices()) < 0
    layers = [network.reconstruction.D]
    if squared == "all":
        layers += [layer for it in network.iterations for layer in (it.S, it.W) if layer]
    assert all(np.all(layer.matrix >= 0) for layer in layers)


def test_outputs_are_bounded_with_the_sigmoid_only(
    make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    for pretraining in (False, True):
        network = make_generator(pretraining=pretraining)
        network.reconstruction.D.raw.assign(2 * np.ones((10, 6)))
        top = float(tf.reduce_max(network(make_inputs(rng))["maps"]))
        assert (top > 1) is pretraining


def test_block_structure_has_the_zeros_of_the_equation() -> None:
    d = dictionary_mask((2, 1, 3), bands=2, rgb_channels=3).T
    np.testing.assert_array_equal(d[:2], [[1, 1, 1, 0, 0, 0]] * 2)
    np.testing.assert_array_equal(d[2:], [[1, 1, 0, 1, 1, 1]] * 3)
    rng = np.random.default_rng(0)
    d = d * rng.random(d.shape)
    np.testing.assert_array_equal(d.T @ d > 0, coupling_mask((2, 1, 3)))


def test_unique_atoms_stay_on_their_side(
    make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    network = make_generator(**BLOCKS)
    shake(network, rng)
    inputs = make_inputs(rng)
    codes = network.codes(inputs).numpy()
    before = network.reconstruction(codes).numpy()
    for atoms, channels in ((slice(4, 7), slice(3, 6)), (slice(7, 10), slice(0, 3))):
        changed = codes.copy()
        changed[..., atoms] = rng.random(changed[..., atoms].shape)
        after = network.reconstruction(changed).numpy()
        np.testing.assert_array_equal(after[..., channels], before[..., channels])
        assert not np.allclose(after, before)
    # The first iteration reads maps into map atoms only, and the photograph into its own.
    first = network.iterations[0]
    x = tf.concat([inputs["interpolated"], inputs["rgb"]], axis=-1)
    other = tf.concat([inputs["interpolated"], 1 - inputs["rgb"]], axis=-1)
    same = np.all(first(x).numpy() == first(other).numpy(), axis=(0, 1, 2))
    np.testing.assert_array_equal(same, np.repeat([False, True, False], [4, 3, 3]))


def test_zeros_get_no_gradient(make_generator: MakeGenerator, rng: np.random.Generator) -> None:
    network, inputs = make_generator(**BLOCKS), make_inputs(rng)
    with tf.GradientTape() as tape:
        outputs = network(inputs)
        loss = tf.reduce_sum(outputs["maps"] ** 2) + tf.reduce_sum(outputs["visible"] ** 2)
    gradient = tape.gradient(loss, network.reconstruction.D.raw)
    np.testing.assert_array_equal(gradient != 0, dictionary_mask((4, 3, 3), 3, 3) > 0)


@pytest.mark.parametrize("settings", [{}, {"squared": "all"}, BLOCKS])
def test_every_weight_has_a_gradient(
    settings: dict, make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    network, inputs = make_generator(**settings), make_inputs(rng)
    with tf.GradientTape() as tape:
        outputs = network(inputs)
        loss = tf.reduce_sum(outputs["maps"] ** 2) + tf.reduce_sum(outputs["visible"] ** 2)
    for gradient in tape.gradient(loss, network.trainable_variables):
        assert np.any(gradient != 0)


@pytest.mark.parametrize("initialiser", ["uniform", "glorot"])
@pytest.mark.parametrize("squared", ["dictionary", "all"])
def test_initial_output_is_bounded_and_seeded(
    initialiser: str, squared: str, make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    settings = {"initialiser": initialiser, "squared": squared, "channels": 64, "iterations": 5}
    inputs = make_inputs(rng)
    outputs = [
        make_generator(seed=seed, pretraining=True, **settings)(inputs)["maps"].numpy()
        for seed in (3, 3, 4)
    ]
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert not np.allclose(outputs[0], outputs[2])
    assert np.abs(outputs[0]).max() < 2


def test_generator_traces_once_for_every_size(
    make_generator: MakeGenerator, rng: np.random.Generator
) -> None:
    network = make_generator()
    spec = tf.TensorSpec([None, None, None, 3], tf.float32)
    compiled = tf.function(network, input_signature=[{"interpolated": spec, "rgb": spec}])
    for size in ((4, 9), (7, 2)):
        inputs = make_inputs(rng, *size)
        expected = network(inputs)
        for name, value in compiled(inputs).items():
            np.testing.assert_allclose(value, expected[name], atol=1e-6)
    assert compiled.experimental_get_tracing_count() == 1

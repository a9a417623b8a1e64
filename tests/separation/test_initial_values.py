"""Both starts are bounded and repeatable; `ista` starts out reproducing the mixture."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.separation.initial_values import dictionary, initial_values
from tfpaintsep.separation.network import SeparationNetwork


def smooth_images(make_images: Callable, size: int = 40) -> dict[str, tf.Tensor]:
    """Images with a spectrum like a painting's: mostly low frequencies."""
    return {
        name: tf.image.resize(value, (size, size), method="bicubic")
        for name, value in make_images(size // 4, size // 4, batch=1).items()
    }


@pytest.mark.parametrize("seed", range(6))
def test_the_papers_start_gives_a_bounded_first_pass(
    seed: int, make_images: Callable, make_network: Callable[..., SeparationNetwork]
) -> None:
    network = make_network(seed, channels=64, layers=5, initialiser="gaussian")
    outputs = network(smooth_images(make_images))
    for name, value in outputs.items():
        assert np.isfinite(value).all(), name
        assert np.abs(value).max() < 1e3, name


def test_the_ista_start_reproduces_the_mixture(
    make_images: Callable, make_network: Callable[..., SeparationNetwork]
) -> None:
    images = smooth_images(make_images)
    outputs = make_network(channels=64, layers=5, initialiser="ista")(images)
    inside = (slice(None), slice(10, -10), slice(10, -10))
    error = (outputs["mixture"] - images["xray"])[inside]
    deviation = np.std(images["xray"])
    assert np.sqrt(np.mean(error**2)) < 0.1 * deviation
    # Neither layer runs away: each stays at its own first guess, roughly.
    assert np.abs(outputs["surface"] - images["init"])[inside].mean() < 0.5 * deviation


@pytest.mark.parametrize("kind", ["gaussian", "ista"])
def test_values_repeat_with_the_seed_and_differ_without(kind: str) -> None:
    first, again, other = (initial_values(kind, 8, 5, seed) for seed in (1, 1, 2))
    for name, value in vars(first).items():
        np.testing.assert_array_equal(value, vars(again)[name])
    assert np.abs(first.B - other.B).max() > 0.01


@pytest.mark.parametrize("kind", ["gaussian", "ista"])
def test_shapes_and_ranges(kind: str) -> None:
    values = initial_values(kind, 8, 5, 0)
    shapes = {name: value.shape for name, value in vars(values).items()}
    assert shapes == {
        "A": (5, 5, 1, 8),
        "B": (5, 5, 8, 1),
        "C": (5, 5, 1, 1),
        "D": (5, 5, 1, 1),
        "E": (5, 5, 3, 1),
        "F": (5, 5, 1, 3),
        "lambda_": (2,),
        "mu": (4,),
        "tau": (2,),
        "gamma": (),
    }
    for value in (values.lambda_, values.mu):
        assert np.all((value > 0) & (value <= 1))


@pytest.mark.parametrize("pair", ["BA", "DC", "FE"])
def test_gaussian_residual_updates_amplify_no_frequency_much(pair: str) -> None:
    for seed in range(5):
        values = initial_values("gaussian", 64, 5, seed)
        back, forth = (np.fft.fft2(getattr(values, name), (64, 64), axes=(0, 1)) for name in pair)
        gain = np.linalg.svd(forth @ back, compute_uv=False).max()
        assert 0.05 < gain < 3, seed


def test_dictionary_has_unit_atoms_and_a_valid_bound(rng: np.random.Generator) -> None:
    atoms, xi = dictionary(16, 5, rng)
    np.testing.assert_allclose(np.sum(atoms**2, axis=(0, 1, 3)), 1, rtol=1e-12)
    # A finer grid of frequencies than the bound was made on.
    spectrum = np.abs(np.fft.fft2(atoms[..., 0], (500, 500), axes=(0, 1))) ** 2
    assert spectrum.sum(axis=-1).max() <= xi


def test_unknown_initialiser_is_refused() -> None:
    with pytest.raises(ValueError, match="Received: zeros"):
        initial_values("zeros", 8, 5, 0)

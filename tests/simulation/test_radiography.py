"""Radiographs: an exact sum, one beam through both layers, and what the detector adds."""

from dataclasses import replace

import numpy as np
import pytest

from tfpaintsep.simulation.attenuation import absorbance, one_energy, tube_spectrum
from tfpaintsep.simulation.chemistry import MATTER
from tfpaintsep.simulation.radiography import (
    Detector,
    expose,
    expose_exactly,
    recorded,
    scattered,
    union,
)

PERFECT = Detector(scatter=0.0, photons=0.0, grain=0.0)


def masses(seed: int) -> np.ndarray:
    return 3.0 * np.random.default_rng(seed).random((40, 50, len(MATTER)))


def both_mixtures(beam, detector: Detector = PERFECT) -> tuple[np.ndarray, np.ndarray]:
    """The additive and the exact mixture of two random layers, without noise."""
    layers = masses(0), masses(1)
    surface, concealed = (absorbance(layer, beam) for layer in layers)
    united = recorded(np.random.default_rng(0), union(*layers, beam), detector)
    additive = expose(surface, concealed)[2].astype(int)
    return additive, expose_exactly(united, surface, concealed, detector).astype(int)


def test_with_one_energy_the_exact_mixture_is_the_additive_one() -> None:
    additive, exact = both_mixtures(one_energy(20.0))
    assert np.abs(additive - exact).max() <= 1  # the layers are rounded one by one


def test_with_a_tubes_beam_the_exact_mixture_is_darker_most_where_it_is_dense() -> None:
    additive, exact = both_mixtures(tube_spectrum(35.0))
    lost = (additive - exact) / additive
    assert 0 < lost.min() < lost.max() < 0.3
    assert np.corrcoef(lost.ravel(), additive.ravel())[0, 1] > 0.5


def test_film_saturates_between_the_ends_of_the_logarithm() -> None:
    film = replace(PERFECT, response="film")
    linear = np.linspace(0.0, 2.0, 21)[None]
    grey = expose_exactly(linear, linear, np.zeros_like(linear), film)[0].astype(int)
    straight = expose(linear, np.zeros_like(linear))[2][0].astype(int)
    assert (grey[0], grey[-1]) == (straight[0], straight[-1]) == (0, 58_000)
    steps = np.diff(grey)
    assert np.all(steps > 0)
    assert steps[-1] < 0.5 * steps.max()  # the shoulder
    assert np.all(grey[1:-1] > straight[1:-1])


def test_scatter_takes_contrast_and_no_light() -> None:
    edge = np.where(np.arange(200) < 100, 0.2, 1.2) * np.ones((120, 1))
    detector = replace(PERFECT, scatter=0.2, spread=10.0)
    seen = scattered(edge, detector)
    np.testing.assert_allclose(np.exp(-seen).mean(), np.exp(-edge).mean(), rtol=1e-6)
    assert np.ptp(seen[60, 95:105]) < 0.95
    np.testing.assert_allclose(seen[60, [5, 195]], [0.2, 1.2], atol=1e-6)  # far from the edge
    np.testing.assert_array_equal(scattered(edge, PERFECT), edge)


def test_quantum_noise_is_that_of_the_photons_that_come_through() -> None:
    detector = replace(PERFECT, photons=10_000.0)
    flat = np.full((200, 200), 0.3)
    noise = [
        recorded(np.random.default_rng(1), flat, detector, beneath) - flat
        for beneath in (0.0, np.full_like(flat, 1.7))
    ]
    for one, total in zip(noise, (0.3, 2.0), strict=True):
        assert one.mean() == pytest.approx(0, abs=1e-3)
        assert one.std() == pytest.approx(np.sqrt(np.exp(total) / 10_000), rel=0.03)


def test_grain_is_added_in_absorbance_and_opaque_paint_stays_finite() -> None:
    grainy = replace(PERFECT, grain=0.05)
    flat = np.full((200, 200), 0.5)
    assert recorded(np.random.default_rng(2), flat, grainy).std() == pytest.approx(0.05, rel=0.03)
    np.testing.assert_array_equal(recorded(np.random.default_rng(2), flat, PERFECT), flat)
    opaque = recorded(np.random.default_rng(2), np.full((9, 9), 40.0), Detector())
    assert np.isfinite(opaque).all()

"""Absorbance from tabulated coefficients: Beer-Lambert, and how a tube's beam departs from it."""

import numpy as np
import pytest
import xraydb

from tfpaintsep.simulation.attenuation import (
    absorbance,
    element_attenuation,
    mass_attenuation,
    one_energy,
    tube_spectrum,
)
from tfpaintsep.simulation.chemistry import ELEMENTS, MATTER


def matter(**masses: float) -> np.ndarray:
    """(1, 1, `MATTER`) mg/cm2."""
    return np.array([[[masses.get(name, 0.0) for name in MATTER]]])


def random_masses(seed: int, size: tuple[int, int] = (20, 30)) -> np.ndarray:
    return 4.0 * np.random.default_rng(seed).random((*size, len(MATTER)))


def test_coefficients_are_xraydbs() -> None:
    energies = np.array([6.4, 18.0, 35.0])
    table = mass_attenuation(energies)
    assert table.shape == (3, len(MATTER))
    for column, element in zip(table.T, (*ELEMENTS, "O"), strict=True):
        np.testing.assert_allclose(column, xraydb.mu_elam(element, 1000.0 * energies))
    absorbed = element_attenuation("Pb", 18.0, "photo")
    np.testing.assert_allclose(absorbed, xraydb.mu_elam("Pb", 18_000.0, kind="photo"))
    assert 0.9 * table[1, 0] < absorbed[0] < table[1, 0]


def test_one_energy_follows_beer_lambert_and_adds() -> None:
    beam = one_energy(20.0)
    upper, lower = random_masses(0), random_masses(1)
    linear = upper @ mass_attenuation(20.0)[0] / 1000.0
    np.testing.assert_allclose(absorbance(upper, beam), linear, rtol=1e-12)
    both = absorbance(upper, beam) + absorbance(lower, beam)
    np.testing.assert_allclose(absorbance(upper + lower, beam), both, rtol=1e-12)


def test_a_tubes_beam_hardens() -> None:
    beam = tube_spectrum(30.0)
    upper, lower = random_masses(0), random_masses(1)
    both = absorbance(upper, beam) + absorbance(lower, beam)
    united = absorbance(upper + lower, beam)
    assert np.all(united < both)
    assert np.all(united > np.maximum(absorbance(upper, beam), absorbance(lower, beam)))
    # Thin layers add still: to first order the mean coefficient is all that counts.
    thin = absorbance(1e-4 * (upper + lower), beam)
    np.testing.assert_allclose(thin, 1e-4 * (upper + lower) @ mean_coefficient(beam), rtol=1e-3)


def mean_coefficient(beam) -> np.ndarray:
    return beam.numbers @ mass_attenuation(beam.energies) / 1000.0


def test_heavy_elements_absorb_more() -> None:
    beam = tube_spectrum(30.0)
    lead, iron, calcium, rest = (
        float(absorbance(matter(**{name: 1.0}), beam)[0, 0]) for name in ("Pb", "Fe", "Ca", "rest")
    )
    assert lead > 1.2 * iron
    assert iron > 1.5 * calcium > 15 * rest > 0
    assert absorbance(matter(), beam)[0, 0] == 0


def test_the_densest_paint_still_has_an_absorbance() -> None:
    assert np.isfinite(absorbance(matter(Pb=1e5), tube_spectrum(30.0))).all()


def test_a_higher_voltage_or_more_filtration_makes_a_harder_beam() -> None:
    means = [
        float(beam.energies @ beam.numbers)
        for beam in (
            tube_spectrum(25.0),
            tube_spectrum(40.0),
            tube_spectrum(40.0, {"Be": 0.18, "O": 0.10, "Al": 0.27}),
        )
    ]
    assert 10 < means[0] < means[1] < means[2] < 40
    beam = tube_spectrum(40.0)
    assert beam.numbers.sum() == pytest.approx(1)
    assert beam.energies.max() < 40
    with pytest.raises(ValueError, match="kilovolts"):
        tube_spectrum(3.0)

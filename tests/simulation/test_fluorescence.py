"""Element maps of simulated paintings: chemistry, attenuation, beam and counting noise."""

import numpy as np
import pytest

from tfpaintsep.images import degrade
from tfpaintsep.images.element_names import is_element
from tfpaintsep.simulation import simulate
from tfpaintsep.simulation.chemistry import ELEMENTS, MATTER, areal_masses
from tfpaintsep.simulation.fluorescence import (
    BEAM,
    LINES,
    SCALE,
    TUBE_ATTENUATION,
    expected_counts,
    scan,
)
from tfpaintsep.simulation.pigments import PIGMENTS

BARE = np.zeros((1, 1, len(MATTER)))


def test_sensitivities_grow_with_the_yield_and_fall_with_what_air_takes() -> None:
    relative = {line.name: line.sensitivity for line in LINES}
    assert relative["Pb-L"] == 1
    # Yields of the K shell grow up to copper; air takes much of calcium's soft line.
    assert relative["Ca-K"] < 0.5 < relative["Fe-K"] < relative["Co-K"] < relative["Cu-K"]
    assert 1 < relative["Hg-L"] < relative["Fe-K"]
    assert [round(line.energy) for line in LINES[:3]] == [11, 10, 6]


def layer(pigment: str, thickness: float = 1.0) -> np.ndarray:
    """Areal masses (1, 1, `MATTER`) of a coat of paint, so many times the usual one."""
    index = [one.name for one in PIGMENTS].index(pigment)
    return thickness * areal_masses(PIGMENTS)[index][None, None]


def count(line: str, surface: np.ndarray, concealed: np.ndarray = BARE) -> float:
    index = [one.name for one in LINES].index(line)
    return float(expected_counts(surface, concealed)[0, 0, index])


def test_the_tables_fit_each_other() -> None:
    assert [line.name.split("-")[0] for line in LINES] == list(ELEMENTS)
    assert all(is_element(line.name) for line in LINES)
    assert {len(line.attenuation) for line in LINES} == {len(TUBE_ATTENUATION)} == {len(MATTER)}
    masses = areal_masses(PIGMENTS)
    assert masses.shape == (len(PIGMENTS), len(MATTER))
    assert masses.min() >= 0
    assert (masses[:, -1] > 0).all()  # oil at the least
    assert (masses[:, :-1].sum(axis=0) > 0).all()  # every element is in some pigment


def test_pigments_attenuate_x_rays_as_their_metals_do() -> None:
    attenuation = areal_masses(PIGMENTS) @ TUBE_ATTENUATION
    by_name = dict(zip((pigment.name for pigment in PIGMENTS), attenuation, strict=True))
    heavy = [by_name[name] for name in ("lead white", "red lead", "vermilion", "lead-tin yellow")]
    middle = [by_name[name] for name in ("zinc white", "azurite", "red ochre")]
    light = [by_name[name] for name in ("chalk", "madder lake", "ultramarine", "bone black")]
    assert min(heavy) > 1.5 * max(middle)
    assert min(middle) > 1.5 * max(light)


def test_thin_paint_counts_in_proportion_and_thick_paint_saturates() -> None:
    thin = [count("Pb-L", layer("lead white", t)) for t in (0.001, 0.002)]
    assert thin[1] / thin[0] == pytest.approx(2, rel=0.01)
    usual, thick, thicker = (count("Pb-L", layer("lead white", t)) for t in (1.0, 20.0, 40.0))
    assert usual < 0.8 * 1000 * thin[0]
    assert thicker == pytest.approx(thick, rel=0.01)
    assert np.all(expected_counts(BARE, BARE) == 0)


def test_counts_grow_with_the_dwell_time_and_any_number_of_layers_is_one_stack() -> None:
    coat, beneath = layer("lead white", 2.0), layer("vermilion")
    usual = expected_counts(coat, beneath)
    np.testing.assert_allclose(expected_counts(coat, beneath, dwell=0.5), 5 * usual)
    halves = expected_counts(0.5 * coat, 0.5 * coat, beneath)
    np.testing.assert_allclose(halves, usual, rtol=1e-12)


def test_an_elements_counts_come_from_its_pigments() -> None:
    for pigment, line in (("vermilion", "Hg-L"), ("azurite", "Cu-K"), ("smalt", "Co-K")):
        counts = expected_counts(layer(pigment), BARE)[0, 0]
        others = {one.name for one, value in zip(LINES, counts, strict=True) if value > 0}
        assert line in others
        assert not others & {"Pb-L", "Zn-K"}


def test_concealed_paint_shines_through_weakened_by_what_lies_above() -> None:
    beneath = layer("vermilion")
    bare = count("Hg-L", BARE, beneath)
    assert bare == count("Hg-L", beneath)
    through = {
        pigment: count("Hg-L", layer(pigment), beneath) / bare
        for pigment in ("madder lake", "azurite", "lead white")
    }
    assert 1 > through["madder lake"] > through["azurite"] > through["lead white"] > 0
    assert through["madder lake"] > 0.9
    # Two coats transmit the product of what each does, at every energy.
    twice = count("Hg-L", layer("lead white", 2.0), beneath) / bare
    assert twice == pytest.approx(through["lead white"] ** 2, rel=1e-9)
    # Soft lines hardly pass lead white, hard ones do.
    chalk = layer("chalk")
    calcium = count("Ca-K", layer("lead white"), chalk) / count("Ca-K", BARE, chalk)
    assert calcium < 0.01 < 0.1 < through["lead white"]


def flat(*counts: float, size: tuple[int, int] = (400, 400)) -> np.ndarray:
    values = np.zeros((*size, len(LINES)))
    values[..., : len(counts)] = counts
    return values


def test_coarse_maps_are_poisson_about_their_blocks_means() -> None:
    rng = np.random.default_rng(0)
    counts = flat(900.0, 60.0) * (0.5 + rng.random((400, 400, 1)))
    measured, known = scan(np.random.default_rng(1), counts, 40.0)
    expected, _ = degrade(known, SCALE)
    assert measured.values.shape == (100, 100, 2)
    assert np.all(measured.values == np.rint(measured.values))
    deviation = (measured.values - expected.values) / np.sqrt(expected.values)
    np.testing.assert_allclose(deviation.mean(axis=(0, 1)), 0, atol=0.03)  # 3 sigma of 10^4
    np.testing.assert_allclose(deviation.var(axis=(0, 1)), 1, atol=0.06)


def test_the_beam_blurs_and_loses_nothing() -> None:
    counts = flat(size=(64, 64))
    counts[32, 32, 0] = 1e5
    known = scan(np.random.default_rng(0), counts, 40.0)[1].values[..., 0]
    assert known.sum() == pytest.approx(1e5, rel=1e-5)
    distance = np.arange(64) - 32
    assert np.sqrt(known.sum(axis=0) @ distance**2 / 1e5) == pytest.approx(BEAM, rel=0.05)
    wide = scan(np.random.default_rng(0), counts, 40.0, beam=3.0)[1].values[..., 0]
    assert np.sqrt(wide.sum(axis=0) @ distance**2 / 1e5) == pytest.approx(3, rel=0.05)


def test_elements_that_show_nothing_have_no_map() -> None:
    measured, known = scan(np.random.default_rng(0), flat(300.0, 5.0, 40.0), 40.0)
    assert measured.names == known.names == ("Pb-L", "Fe-K")
    assert (measured.unit, known.unit) == ("counts", "counts")
    assert measured.resolution is not None
    assert measured.resolution.x == 10
    # An element more does not change the noise of the others.
    more = scan(np.random.default_rng(0), flat(300.0, 500.0, 40.0), 40.0)[0]
    assert more.names == ("Pb-L", "Hg-L", "Fe-K")
    np.testing.assert_array_equal(more.values[..., 0], measured.values[..., 0])


def test_maps_show_what_lies_beneath() -> None:
    pair = [simulate("portrait", beneath, size=(64, 64), seed=1) for beneath in ("cat", "coffee")]
    assert {"Pb-L", "Fe-K"} <= set(pair[0].maps.names)
    lead = [made.known_maps.values[..., made.maps.names.index("Pb-L")] for made in pair]
    assert np.abs(lead[0] - lead[1]).max() > 0.05 * lead[0].max()
    assert np.corrcoef(lead[0].ravel(), lead[1].ravel())[0, 1] > 0.5  # the surface is the same

"""A known displacement is found; where there is none to find, none is claimed."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, rotate
from scipy.ndimage import shift as shifted

from tfpaintsep.images import ElementStack, Photograph, Radiograph
from tfpaintsep.inspection.displacement import LONGEST, estimate_displacement
from tfpaintsep.inspection.finding import Severity
from tfpaintsep.inspection.registration import Pair, registration

NAMES = Pair("xray.tif", "rgb.tif")
HALF_A_PIXEL = 0.5


def blocks(values: np.ndarray, side: int) -> np.ndarray:
    """Means over side x side pixels."""
    height, width = values.shape[0] // side, values.shape[1] // side
    return values.reshape(height, side, width, side, -1).mean(axis=(1, 3)).astype(np.float32)


@pytest.mark.parametrize("moved", [(5.0, -8.0), (-3.5, 2.25), (0.0, 0.0)])
def test_a_displacement_is_found_to_half_a_pixel(
    moved: tuple[float, float], radiograph: Radiograph, photograph: Photograph
) -> None:
    rgb = shifted(photograph.values, (*moved, 0), order=3, mode="mirror")
    found = estimate_displacement(radiograph.values, rgb)
    assert found.is_clear
    assert not found.is_uneven
    # the photograph has to go back
    assert found.down == pytest.approx(-moved[0], abs=HALF_A_PIXEL)
    assert found.right == pytest.approx(-moved[1], abs=HALF_A_PIXEL)


def test_a_negative_lies_where_the_positive_does(
    radiograph: Radiograph, photograph: Photograph
) -> None:
    one, other = (
        estimate_displacement(values, photograph.values)
        for values in (radiograph.values, 65535 - radiograph.values)
    )
    assert (one.down, one.right) == pytest.approx((other.down, other.right), abs=0.01)


def test_maps_are_compared_on_their_own_pixels(maps: ElementStack, photograph: Photograph) -> None:
    rgb = blocks(shifted(photograph.values, (8, -4, 0), order=1, mode="mirror"), 4)
    found = estimate_displacement(maps.values, rgb)
    assert found.is_clear
    assert (found.down, found.right) == pytest.approx((-2.0, 1.0), abs=HALF_A_PIXEL)


def test_large_pictures_are_measured_in_their_own_pixels(
    radiograph: Radiograph, photograph: Photograph
) -> None:
    times = LONGEST // radiograph.size[0] + 1
    large = np.repeat(np.repeat(radiograph.values, times, 0), times, 1)
    rgb = np.repeat(np.repeat(photograph.values, times, 0), times, 1)
    found = estimate_displacement(large, np.roll(rgb, (4 * times, 3 * times), (0, 1)))
    assert found.is_clear
    assert (found.down, found.right) == pytest.approx((-4 * times, -3 * times), abs=times)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_claimed_of_pictures_that_have_nothing_in_common(
    seed: int, radiograph: Radiograph
) -> None:
    noise = np.random.default_rng(seed).standard_normal((*radiograph.size, 3))
    rgb = gaussian_filter(noise, (2, 2, 0)).astype(np.float32)
    found = estimate_displacement(radiograph.values, rgb)
    assert not found.is_clear
    assert not found.is_uneven


def test_a_turned_photograph_is_no_displaced_one(
    radiograph: Radiograph, photograph: Photograph
) -> None:
    rgb = rotate(photograph.values, 3, reshape=False, order=1, mode="mirror")
    [finding] = registration(NAMES, radiograph.values, rgb, None)
    assert finding.severity in (Severity.WARNING, Severity.NOTE)
    assert "turned" in finding.found + finding.why


def test_a_displacement_is_said_in_pixels_and_millimetres(
    radiograph: Radiograph, photograph: Photograph
) -> None:
    rgb = np.roll(photograph.values, (6, -8), (0, 1))
    [finding] = registration(NAMES, radiograph.values, rgb, 0.25)
    assert finding.severity is Severity.WARNING
    assert "px up" in finding.found
    assert "to the right" in finding.found
    assert "(2.5 mm)" in finding.found
    [clean] = registration(NAMES, radiograph.values, photograph.values, 0.25)
    assert clean.severity is Severity.GOOD


def test_sizes_must_agree(radiograph: Radiograph, photograph: Photograph) -> None:
    with pytest.raises(ValueError, match="Expected one size"):
        estimate_displacement(radiograph.values[1:], photograph.values)


def test_a_uniform_picture_says_nothing(photograph: Photograph) -> None:
    flat = np.ones(photograph.size, np.float32)
    assert not estimate_displacement(flat, photograph.values).is_clear

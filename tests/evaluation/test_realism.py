import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from tfpaintsep.evaluation.realism import RADII, SIGMAS, explained_by_colour


@pytest.fixture(scope="module")
def rgb() -> np.ndarray:
    return data.coffee()[100:220, 150:290] / 255.0


def test_a_function_of_colour_is_explained_wholly(rgb: np.ndarray) -> None:
    figures = explained_by_colour(100.0 * rgb @ [0.299, 0.587, 0.114] - 3.0, rgb)
    assert figures.global_r2 == pytest.approx(1.0)
    for radius in RADII:
        assert figures.local_r2[radius] > 0.98
    for sigma in SIGMAS:
        assert figures.gradient_correlation[sigma] == pytest.approx(1.0)


def test_a_quadratic_of_colour_is_found(rgb: np.ndarray) -> None:
    figures = explained_by_colour(rgb[..., 0] * rgb[..., 1] - rgb[..., 2] ** 2, rgb)
    assert figures.global_r2 == pytest.approx(1.0)


def test_noise_is_not_explained(rgb: np.ndarray) -> None:
    figures = explained_by_colour(np.random.default_rng(0).random(rgb.shape[:2]), rgb)
    assert figures.global_r2 < 0.01
    assert figures.local_r2[10] < 0.03
    assert abs(figures.gradient_correlation[0.0]) < 0.05
    assert figures.high_pass_share > 0.9


def test_local_fit_agrees_with_least_squares_in_one_window() -> None:
    # Windows far wider than the picture's period see the same moments everywhere.
    rng = np.random.default_rng(2)
    tile = rng.random((3, 7, 3))
    x_tile = tile @ [0.5, -0.2, 0.3] + 0.1 * rng.standard_normal((3, 7))
    rgb, x = np.tile(tile, (49, 21, 1)), np.tile(x_tile, (49, 21))  # windows of 21 = 7*3 = 3*7
    design = np.column_stack([np.ones(21), tile.reshape(21, 3)])
    coefficients = np.linalg.lstsq(design, x_tile.ravel(), rcond=None)[0]
    r2 = 1 - np.var(x_tile.ravel() - design @ coefficients) / np.var(x_tile)
    assert explained_by_colour(x, rgb).local_r2[10] == pytest.approx(r2, abs=0.02)


def test_unit_and_offset_of_the_radiograph_do_not_matter(rgb: np.ndarray) -> None:
    x = gaussian_filter(np.random.default_rng(1).random(rgb.shape[:2]), 2.0)
    first, second = explained_by_colour(x, rgb), explained_by_colour(5e4 * x + 1e3, rgb)
    assert second.global_r2 == pytest.approx(first.global_r2)
    assert second.local_r2 == pytest.approx(first.local_r2)
    assert second.high_pass_share == pytest.approx(first.high_pass_share)


def test_refuses_what_it_cannot_measure(rgb: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Received"):
        explained_by_colour(np.zeros((5, 5)), rgb)
    with pytest.raises(ValueError, match="constant"):
        explained_by_colour(np.ones(rgb.shape[:2]), rgb)

"""The photograph on another grid: exact where it can be, never aliased, never folded."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tfpaintsep.errors import InputError
from tfpaintsep.registration.outside import check_covered, covered_rectangle
from tfpaintsep.registration.resampling import resample
from tfpaintsep.registration.structure import most_structured
from tfpaintsep.registration.warp import MatrixWarp, ThinPlateWarp, smallest_jacobian


def matrix(scale: float = 1.0, x: float = 0.0, y: float = 0.0) -> MatrixWarp:
    return MatrixWarp(np.array([[scale, 0, x], [0, scale, y], [0, 0, 1]]))


def test_whole_pixels_are_copied() -> None:
    picture = np.random.default_rng(1).random((40, 50, 3)).astype(np.float32)
    found = resample(picture, matrix(x=5, y=7), (20, 30))
    np.testing.assert_allclose(found.values, picture[7:27, 5:35], atol=1e-5)
    assert found.outside == 0


def test_a_smooth_picture_is_taken_between_pixels_to_a_thousandth() -> None:
    def wave(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 0.5 + 0.4 * np.sin(x / 6) * np.cos(y / 8)

    ys, xs = np.mgrid[:80, :90].astype(float)
    picture = np.repeat(wave(xs, ys)[..., None], 3, axis=2).astype(np.float32)
    found = resample(picture, matrix(0.7, 10.3, 12.6), (60, 70))
    ys, xs = np.mgrid[:60, :70].astype(float)
    expected = wave(0.7 * xs + 10.3, 0.7 * ys + 12.6)
    np.testing.assert_allclose(found.values[..., 1], expected, atol=1e-3)


def test_texture_finer_than_the_new_grid_becomes_its_mean() -> None:
    stripes = np.zeros((200, 200, 3), np.float32)
    stripes[:, ::2] = 1
    found = resample(stripes, matrix(4.0, 1.5, 1.5), (50, 50))
    np.testing.assert_allclose(found.values[5:-5, 5:-5], 0.5, atol=0.02)


def test_what_lies_outside_is_black_counted_and_refused_with_a_crop() -> None:
    picture = np.full((40, 40, 3), 0.5, np.float32)
    found = resample(picture, matrix(x=-10), (40, 40))
    assert found.outside == pytest.approx(0.25, abs=0.02)
    assert not found.values[:, :9].any()
    assert covered_rectangle(found.inside) == (0, 40, 10, 40)
    from pathlib import Path

    with pytest.raises(InputError, match="columns 10 to 39"):
        check_covered(found.inside, 1.0, Path("rgb.tif"), Path("xray.tif"), 1)
    check_covered(found.inside, 30.0, Path("rgb.tif"), Path("xray.tif"), 1)
    # less than a pixel of a coarse map is shown: no crop would help
    sliver = np.zeros((40, 40), bool)
    sliver[1:4, 5:35] = True
    with pytest.raises(InputError) as refusal:
        check_covered(sliver, 1.0, Path("rgb.tif"), Path("maps.tif"), 4)
    assert "--max-outside" in str(refusal.value)
    assert "crop" not in str(refusal.value)


def test_the_map_with_most_structure_is_shown() -> None:
    rng = np.random.default_rng(0)
    noise = rng.poisson(400, (60, 60)).astype(np.float32)
    drawn = gaussian_filter(rng.standard_normal((60, 60)), 2).astype(np.float32)
    constant = np.full((60, 60), 1234.5, np.float32)
    assert most_structured(np.stack([constant, noise, drawn, 0 * noise], -1)) == 2


def test_a_fold_shows_in_the_jacobian() -> None:
    corners = np.array([[0, 0], [100, 0], [0, 100], [100, 100], [40, 50], [60, 50.0]])
    assert smallest_jacobian(matrix(2.5), (101, 101)) == pytest.approx(1)
    crossed = corners.copy()
    crossed[[4, 5]] = crossed[[5, 4]]
    assert smallest_jacobian(ThinPlateWarp(corners, crossed), (101, 101)) < 0
    mirrored = MatrixWarp(np.diag([-1.0, 1.0, 1.0]))
    assert smallest_jacobian(mirrored, (101, 101)) <= 0

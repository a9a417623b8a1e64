import json
import math

import numpy as np
import pytest

from tfpaintsep.evaluation.peers.interpolation import bicubic, project
from tfpaintsep.evaluation.stack_metrics import (
    ConsistencyError,
    ElementScores,
    block_mean,
    consistency_error,
    score_stack,
)

NAMES = ("Pb-L", "Hg-L", "Ca-K")


@pytest.fixture
def truth() -> np.ndarray:
    """Three maps of very different strength, each with its ends at known values."""
    values = np.random.default_rng(0).random((24, 20, 3))
    values[0, 0], values[0, 1] = 0.0, 1.0
    return np.array([2000.0, 3.0, 50.0]) * values + np.array([100.0, 0.0, -5.0])


RANGES = np.array([2000.0, 3.0, 50.0])


def test_a_shift_of_a_tenth_of_the_range_is_twenty_decibels(truth: np.ndarray) -> None:
    scores = score_stack(truth, truth + 0.1 * RANGES, NAMES, 4)
    for found in (*scores.elements.values(), scores.pooled):
        assert found.rmse == pytest.approx(0.1)
        assert found.psnr == pytest.approx(20.0)


def test_pooled_figures_are_of_the_whole_cube(truth: np.ndarray) -> None:
    scores = score_stack(truth, truth + np.array([0.1, 0.2, 0.0]) * RANGES, NAMES, 4)
    assert list(scores.elements) == list(NAMES)
    assert scores.elements["Hg-L"].psnr == pytest.approx(-20 * math.log10(0.2))
    assert scores.elements["Ca-K"].rmse == pytest.approx(0, abs=1e-12)
    assert scores.pooled.rmse == pytest.approx(math.sqrt(0.05 / 3))
    assert scores.pooled.psnr == pytest.approx(-10 * math.log10(0.05 / 3))
    similarities = [found.ssim for found in scores.elements.values() if found.ssim is not None]
    assert len(similarities) == 3
    assert scores.pooled.ssim == pytest.approx(np.mean(similarities))


def test_units_do_not_matter(truth: np.ndarray) -> None:
    estimate = truth + np.random.default_rng(1).normal(0, 0.05, truth.shape) * RANGES
    scores = score_stack(truth, estimate, NAMES, 4)
    gain, offset = np.array([0.01, 7.0, 300.0]), np.array([1.0, -2.0, 40.0])
    moved = score_stack(gain * truth + offset, gain * estimate + offset, NAMES, 4)
    assert moved.pooled.psnr == pytest.approx(scores.pooled.psnr)
    assert moved.pooled.ssim == pytest.approx(scores.pooled.ssim)
    assert (moved.sam, moved.ergas) == pytest.approx((scores.sam, scores.ergas))


def test_the_exact_stack_scores_best(truth: np.ndarray) -> None:
    scores = score_stack(truth, truth, NAMES, 4)
    assert scores.pooled == ElementScores(0.0, None, 1.0)
    assert (scores.sam, scores.ergas) == (0.0, 0.0)


def test_similarity_sees_noise(truth: np.ndarray) -> None:
    y, x = np.mgrid[0:24, 0:20] / 24
    smooth = np.stack([x, y, x * y], axis=-1)
    noise = np.random.default_rng(2).normal(0, 1, smooth.shape)
    slight, strong = (
        score_stack(smooth, smooth + sigma * noise, NAMES, 4).pooled.ssim for sigma in (0.01, 0.1)
    )
    assert slight is not None
    assert strong is not None
    assert 1 > slight > strong > 0


def test_a_constant_map_is_left_out(truth: np.ndarray) -> None:
    flat = np.concatenate([truth, np.full((24, 20, 1), 7.0)], axis=-1)
    estimate = flat + np.array([*(0.1 * RANGES), 1000.0])
    scores = score_stack(flat, estimate, (*NAMES, "Zn-K"), 4)
    without = score_stack(truth, estimate[..., :3], NAMES, 4)
    assert scores.elements["Zn-K"] == ElementScores(None, None, None)
    assert (scores.pooled, scores.sam, scores.ergas) == (without.pooled, without.sam, without.ergas)
    nothing = score_stack(np.ones((9, 9, 2)), np.zeros((9, 9, 2)), NAMES[:2], 2)
    assert (nothing.pooled.rmse, nothing.sam, nothing.ergas) == (None, None, None)


def test_spectral_angle_by_hand() -> None:
    # Two maps from 0 to 1: the pixels' true spectra are (1, 0), (0, 1), (0, 0), (1, 1).
    truth = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [1.0, 1.0]]])
    estimate = np.array([[[5.0, 0.0], [0.5, 0.5]], [[3.0, 0.0], [1.0, 0.0]]])
    scores = score_stack(truth, estimate, NAMES[:2], 2)
    assert scores.sam == pytest.approx((0 + 45 + 45) / 3)
    assert scores.pooled.ssim is None  # smaller than the window
    assert score_stack(truth[..., :1], estimate[..., :1], NAMES[:1], 2).sam is None


def test_ergas_by_hand() -> None:
    # Both maps run from 0 to 1; means 1/2 and 1/4, errors 0.1 and 0.05: each a fifth.
    truth = np.array([[[1.0, 1.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    scores = score_stack(truth, truth + np.array([0.1, 0.05]), NAMES[:2], 4)
    assert scores.ergas == pytest.approx(100 / 4 * 0.2)


def test_rows_are_strict_json(truth: np.ndarray) -> None:
    flat = np.concatenate([truth, np.zeros((24, 20, 1))], axis=-1)
    rows = score_stack(flat, flat, (*NAMES, "Zn-K"), 4).as_rows()
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert set(rows["pooled"]) == {"rmse", "psnr", "ssim", "sam", "ergas"}
    assert rows["elements"]["Zn-K"] == {"rmse": None, "psnr": None, "ssim": None}


def test_what_cannot_be_scored_is_refused(truth: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one size"):
        score_stack(truth, truth[:-1], NAMES, 4)
    with pytest.raises(ValueError, match="3 different names"):
        score_stack(truth, truth, ("Pb-L", "Pb-L", "Ca-K"), 4)
    with pytest.raises(ValueError, match="finite"):
        score_stack(truth, np.where(truth > 0, truth, np.nan), NAMES, 4)
    with pytest.raises(ValueError, match="4 times the size"):
        consistency_error(truth, truth[:4, :5], 4)
    with pytest.raises(ValueError, match="multiples of 7"):
        block_mean(truth, 7)
    with pytest.raises(ValueError, match="Expected coarse maps"):
        project(truth, truth, 4)


@pytest.mark.parametrize("scale", [2, 4])
def test_projected_maps_are_consistent_and_stay(truth: np.ndarray, scale: int) -> None:
    coarse = block_mean(truth, scale)
    found = project(np.random.default_rng(3).normal(size=truth.shape), coarse, scale)
    error = consistency_error(found, coarse, scale)
    assert error.largest < 1e-12
    np.testing.assert_allclose(project(found, coarse, scale), found, rtol=1e-12, atol=1e-9)
    # What was moved is the same within each block: no detail is added or lost.
    detail = found - block_mean(found, scale).repeat(scale, 0).repeat(scale, 1)
    assert detail.std() > 0.5


def test_consistency_is_in_units_of_each_map(truth: np.ndarray) -> None:
    coarse = block_mean(truth, 2)
    shift = 0.25 * np.ptp(coarse, axis=(0, 1))
    error = consistency_error(truth + shift, coarse, 2)
    assert (error.rms, error.largest) == pytest.approx((0.25, 0.25))
    assert consistency_error(truth, truth[::2, ::2], 2, "decimate") == ConsistencyError(0.0, 0.0)
    flat = np.zeros((4, 4, 1))
    assert consistency_error(flat + 0.5, flat[:2, :2], 2).rms == 0.5


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_bicubic_centres_samples_in_their_blocks(scale: int) -> None:
    # A cubic spline reproduces straight lines; away from the mirrored border the block means
    # of the enlarged ramp are therefore the ramp itself.
    y, x = np.mgrid[0:24, 0:30]
    coarse = np.stack([x + 2.0 * y, 0.0 * x + 5.0], axis=-1)
    fine = bicubic(coarse, scale)
    assert fine.shape == (24 * scale, 30 * scale, 2)
    inner = (slice(9, -9), slice(9, -9))
    np.testing.assert_allclose(block_mean(fine, scale)[inner], coarse[inner], atol=1e-4)
    np.testing.assert_allclose(fine[..., 1], 5.0)


def test_interpolation_beats_repetition_on_a_smooth_map() -> None:
    y, x = np.mgrid[0:48, 0:48] / 48
    truth = np.sin(5 * x + 3 * y)[..., None]
    coarse = block_mean(truth, 4)
    repeated = coarse.repeat(4, 0).repeat(4, 1)
    smooth = project(bicubic(coarse, 4), coarse, 4)
    scores = [score_stack(truth, found, ["Pb-L"], 4).pooled.psnr for found in (repeated, smooth)]
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[1] > scores[0] + 15

import math

import numpy as np
import pytest
from fast_bss_eval.numpy import si_bss_eval_sources  # the package itself asks for torch

from tfpaintsep.evaluation.metrics import (
    BssScores,
    LayerScores,
    bss,
    mean_scores,
    mse,
    score_layers,
    skill,
    ssim,
)


@pytest.fixture
def layers() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((23, 31)), rng.random((23, 31)) ** 2


def _noisy_estimate(layers: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    truth, other = layers
    noise = np.random.default_rng(1).standard_normal(truth.shape)
    return 0.8 * truth + 0.3 * other + 0.05 * noise


def test_mse_is_half_the_mean_square() -> None:
    assert mse([[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 2.0]]) == 5 / 8


def test_integers_do_not_wrap_around() -> None:
    assert mse(np.zeros((1, 2), np.uint8), np.full((1, 2), 200, np.uint8)) == 20_000


def test_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match=r"\(2, 2\).*\(1, 2\)"):
        mse(np.zeros((2, 2)), np.zeros((1, 2)))
    with pytest.raises(ValueError, match="one size"):
        bss(np.zeros((2, 2)), np.eye(2), np.zeros((1, 2)))


def test_skill_by_hand() -> None:
    # The error of x/2 is 1 everywhere, that of the estimate 1/2: a quarter in squares.
    assert skill(np.ones((2, 2)), np.full((2, 2), 1.5), np.full((2, 2), 4.0)) == 0.75
    assert skill(np.ones((2, 2)), np.full((2, 2), 4.0), np.full((2, 2), 4.0)) == -8.0


def test_skill_where_halving_is_exact() -> None:
    truth = np.eye(3)
    assert skill(truth, truth, 2 * truth) == 0.0
    assert skill(truth, 0 * truth, 2 * truth) == -math.inf


def test_halving_scores_exactly_zero(layers: tuple[np.ndarray, np.ndarray]) -> None:
    surface, concealed = layers
    x = surface + concealed
    scores = score_layers(x / 2, x / 2, surface, concealed, x)
    assert set(scores) == {"surface", "concealed"}
    for layer in (*scores.values(), mean_scores(scores)):
        assert (layer.skill, layer.sdri, layer.siri) == (0.0, 0.0, 0.0)


def test_the_exact_layers_score_best(layers: tuple[np.ndarray, np.ndarray]) -> None:
    surface, concealed = layers
    mean = mean_scores(score_layers(surface, concealed, *layers, surface + concealed))
    assert mean.mse == 0.0
    assert mean.skill == 1.0
    assert mean.sdr == mean.sir == mean.sar == mean.sdri == mean.siri == math.inf


def test_scale_and_offset_of_the_estimate_do_not_matter(
    layers: tuple[np.ndarray, np.ndarray],
) -> None:
    estimate = _noisy_estimate(layers)
    scores = bss(estimate, *layers)
    moved = bss(7.0 - 3.0 * estimate, 0.1 * layers[0] + 4.0, 5.0 * layers[1] - 1.0)
    assert scores.sdr is not None
    assert (moved.sdr, moved.sir, moved.sar) == pytest.approx((scores.sdr, scores.sir, scores.sar))


def test_energies_of_the_orthogonal_parts_add_up(layers: tuple[np.ndarray, np.ndarray]) -> None:
    estimate = _noisy_estimate(layers)
    scores = bss(estimate, *layers)
    assert scores.sdr is not None
    assert scores.sir is not None
    assert scores.sar is not None
    distortion, interference = 10 ** (-scores.sdr / 10), 10 ** (-scores.sir / 10)
    artefacts = 10 ** (-scores.sar / 10) * (1 + interference)
    assert distortion == pytest.approx(interference + artefacts)


def test_ratios_agree_with_least_squares(layers: tuple[np.ndarray, np.ndarray]) -> None:
    estimate = _noisy_estimate(layers)
    x, s, o = (image.ravel() - image.mean() for image in (estimate, *layers))
    target = s * np.linalg.lstsq(s[:, None], x, rcond=None)[0]
    both = np.stack([s, o], axis=1)
    spanned = both @ np.linalg.lstsq(both, x, rcond=None)[0]

    def ratio(signal: np.ndarray, noise: np.ndarray) -> float:
        return 10 * math.log10(np.sum(signal**2) / np.sum(noise**2))

    scores = bss(estimate, *layers)
    assert scores.sdr == pytest.approx(ratio(target, x - target))
    assert scores.sir == pytest.approx(ratio(target, spanned - target))
    assert scores.sar == pytest.approx(ratio(spanned, x - spanned))


def test_ratios_and_improvements_agree_with_fast_bss_eval(
    layers: tuple[np.ndarray, np.ndarray],
) -> None:
    surface, concealed = layers
    mixture = surface + concealed
    estimates = _noisy_estimate(layers), 0.2 - _noisy_estimate((concealed, surface))

    def reference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        truths, found = (
            np.stack([image.ravel() for image in pair]) for pair in (layers, (first, second))
        )
        ratios = si_bss_eval_sources(
            truths, found, zero_mean=True, compute_permutation=False, clamp_db=200
        )
        return np.stack(ratios)  # SDR, SIR, SAR of both layers

    reached, untouched = reference(*estimates), reference(mixture, mixture)
    scores = score_layers(*estimates, *layers, mixture)
    for index, layer in enumerate(scores.values()):
        assert [layer.sdr, layer.sir, layer.sar] == pytest.approx(reached[:, index])
        gained = (reached - untouched)[:2, index]
        assert [layer.sdri, layer.siri] == pytest.approx(gained)


def test_structural_similarity(layers: tuple[np.ndarray, np.ndarray]) -> None:
    truth, other = layers
    assert ssim(truth, truth) == pytest.approx(1.0)
    found = ssim(truth, _noisy_estimate(layers))
    assert found is not None
    assert 0.1 < found < 0.95
    # In other units all the same, for the truth's own range is the scale; but an offset counts.
    assert ssim(50 * truth, 50 * _noisy_estimate(layers)) == pytest.approx(found)
    moved = ssim(truth, truth + 1.0)
    assert moved is not None
    assert moved < 0.8
    assert ssim(np.ones((9, 9)), other[:9, :9]) is None
    assert ssim(truth[:6], truth[:6]) is None  # smaller than a window


def test_ratios_by_hand() -> None:
    # Three orthogonal zero-mean patterns with 3, 1 and 1/2 of each: energies 9 : 1 : 1/4.
    truth = np.array([[1.0, 1.0, -1.0, -1.0]])
    other = np.array([[1.0, -1.0, 1.0, -1.0]])
    neither = np.array([[1.0, -1.0, -1.0, 1.0]])
    scores = bss(3 * truth + other + 0.5 * neither, truth, other)
    assert scores.sdr == pytest.approx(10 * math.log10(9 / 1.25))
    assert scores.sir == pytest.approx(10 * math.log10(9))
    assert scores.sar == pytest.approx(10 * math.log10(10 / 0.25))


def test_limits(layers: tuple[np.ndarray, np.ndarray]) -> None:
    truth, other = layers
    flat = np.full(truth.shape, 0.1)
    assert bss(other, flat, truth) == BssScores(None, None, None)
    assert bss(flat, truth, other) == BssScores(-math.inf, -math.inf, -math.inf)
    # A constant or a proportional other layer has nothing of its own to leak.
    for silent in (flat, 2 * truth + 1):
        scores = bss(_noisy_estimate(layers), truth, silent)
        assert scores.sir == math.inf
        assert scores.sdr == pytest.approx(scores.sar)


def test_mean_is_undefined_where_a_layer_is(layers: tuple[np.ndarray, np.ndarray]) -> None:
    surface, flat = layers[0], np.full(layers[0].shape, 0.25)
    scores = score_layers(surface, flat, surface, flat, surface + flat)
    assert scores["concealed"].sdr is None
    mean = mean_scores(scores)
    assert mean.sdr is None
    assert mean.mse == 0.0
    opposite = LayerScores(0.0, 0.0, math.inf, 0.0, -math.inf, None, 1.0, None)
    other = LayerScores(0.0, 0.0, -math.inf, 0.0, -math.inf, None, 3.0, 0.5)
    mean = mean_scores({"surface": opposite, "concealed": other})
    assert (mean.sdr, mean.sir, mean.siri, mean.sar) == (None, -math.inf, None, 2.0)

"""The learned prior: what it knows of a painting, and its guess of the surface layer."""

import numpy as np
import pytest
import tensorflow as tf

import tfpaintsep.separation.start
from tfpaintsep.evaluation.methods import Budget
from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.evaluation.peers.colour_regression import remainder_split
from tfpaintsep.separation.config import StartConfig
from tfpaintsep.separation.prior.evidence import Evidence, gather_evidence
from tfpaintsep.separation.prior.guess import RADIUS, shipped_weights, surface_guess
from tfpaintsep.separation.prior.local_colour import explained_locally
from tfpaintsep.separation.prior.network import STRIDE, initial_weights, shapes
from tfpaintsep.separation.start import Start, guess_image, make_start
from tfpaintsep.simulation import simulate


def painting(rng: np.random.Generator, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A radiograph and a photograph with structure of all sizes, unrelated."""

    def texture(channels: int) -> np.ndarray:
        result = np.zeros((height, width, channels))
        for cell in (4, 16, 48):
            grid = rng.random((1, height // cell + 2, width // cell + 2, channels))
            result += tf.image.resize(grid, (height, width))[0].numpy() / 3
        return result

    return texture(1)[..., 0].astype(np.float32), texture(3).astype(np.float32)


def lively_weights(seed: int = 0) -> list[np.ndarray]:
    """Random weights with which the last layer matters too."""
    weights = initial_weights(seed)
    rng = np.random.default_rng(seed)
    weights[-2] = (0.1 * rng.standard_normal(weights[-2].shape)).astype(np.float32)
    return weights


def guess(
    evidence: Evidence, xray: np.ndarray, rgb: np.ndarray, boldness: float = 0.5
) -> np.ndarray:
    x, r = tf.constant(xray[None, ..., None]), tf.constant(rgb[None])
    return surface_guess(evidence, boldness, x, r, lively_weights())[0, ..., 0].numpy()


def test_what_colour_explains_everywhere_is_reliable_in_every_band(
    rng: np.random.Generator,
) -> None:
    _, rgb = painting(rng, 192, 192)
    evidence = gather_evidence(0.3 * rgb[..., 0] - 0.2 * rgb[..., 1], rgb)
    assert min(evidence.reliability) > 0.98, evidence.reliability


def test_what_colour_does_not_explain_is_not_reliable(rng: np.random.Generator) -> None:
    xray, rgb = painting(rng, 384, 384)
    evidence = gather_evidence(xray, rgb)
    assert max(evidence.reliability) < 0.05, evidence.reliability


def test_the_reliability_is_that_of_unseen_places(rng: np.random.Generator) -> None:
    """Chance lets regression explain some of the places it is fitted to, not others."""
    xray, rgb = painting(rng, 128, 128)
    evidence = gather_evidence(xray, rgb)
    fine, coarse = evidence.maps(tf.constant(xray[None, ..., None]), tf.constant(rgb[None]))
    x = fine[0, ..., 0].numpy()
    slow = coarse[0, ..., -4].numpy().repeat(2, 0).repeat(2, 1)
    apparent = 1 - np.mean((x - slow) ** 2) / np.mean(x**2)
    assert evidence.reliability[0] < apparent - 0.02


def test_offset_and_gain_of_the_radiograph_change_nothing_else(rng: np.random.Generator) -> None:
    xray, rgb = painting(rng, 96, 80)
    first = guess(gather_evidence(xray, rgb), xray, rgb)
    other = np.asarray(0.25 * xray + 0.5, np.float32)
    second = guess(gather_evidence(other, rgb), other, rgb)
    np.testing.assert_allclose(second, 0.25 * first + 0.25, atol=2e-4)


@pytest.mark.parametrize("size", [(16, 16), (17, 40), (250, 33)])
def test_any_size_will_do(size: tuple[int, int], rng: np.random.Generator) -> None:
    xray, rgb = painting(rng, *size)
    found = guess(gather_evidence(xray, rgb), xray, rgb)
    assert found.shape == size
    assert np.isfinite(found).all()
    assert np.abs(found - xray / 2).max() < 10 * xray.std()


@pytest.mark.parametrize("flat", ["xray", "rgb", "both"])
def test_a_flat_picture_leaves_nothing_infinite(flat: str, rng: np.random.Generator) -> None:
    xray, rgb = painting(rng, 64, 64)
    xray = np.full_like(xray, 0.5) if flat in ("xray", "both") else xray
    rgb = np.full_like(rgb, 1.0) if flat in ("rgb", "both") else rgb
    found = guess(gather_evidence(xray, rgb), xray, rgb)
    assert np.isfinite(found).all()
    if flat != "rgb":  # nothing to separate
        np.testing.assert_allclose(found, 0.25, atol=1e-3)


def test_no_pixel_looks_further_than_the_radius(rng: np.random.Generator) -> None:
    side = 2 * RADIUS + 5 * STRIDE
    xray, rgb = painting(rng, side, side)
    evidence = gather_evidence(xray + rgb[..., 0], rgb)
    assert evidence.detail_correlation > 0.3
    middle = side // 2 // STRIDE * STRIDE
    x, r = tf.constant(xray[None, ..., None]), tf.constant(rgb[None])
    with tf.GradientTape() as tape:
        tape.watch([x, r])
        found = surface_guess(evidence, 0.5, x, r, lively_weights())
        block = found[:, middle : middle + STRIDE, middle : middle + STRIDE]
        value = tf.reduce_sum(block**2)
    depends = sum(np.abs(g.numpy()).sum(axis=(0, 3)) for g in tape.gradient(value, [x, r])) > 0
    rows, columns = np.nonzero(depends)
    nearest, furthest = min(rows.min(), columns.min()), max(rows.max(), columns.max())
    assert middle - nearest <= RADIUS
    assert furthest - (middle + STRIDE - 1) <= RADIUS
    assert middle - nearest > RADIUS - 3 * STRIDE  # the bound is not generous


def test_tiles_have_no_seams(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    xray, rgb = painting(rng, 900, 64)
    xray += rgb[..., 0]  # colour has a say
    start, whole = make_start(StartConfig(kind="prior"), xray, rgb)
    monkeypatch.setattr(tfpaintsep.separation.start, "TILE", 2 * STRIDE)
    np.testing.assert_allclose(guess_image(start, xray, rgb), whole, atol=1e-5)


def test_colour_has_a_say_as_far_as_it_goes_with_detail(rng: np.random.Generator) -> None:
    """On a surface made of colour it is much the better guess; on an unrelated one it is silent."""
    concealed, rgb = painting(rng, 384, 384)
    surface = np.float32(0.6) * rgb[..., 0] - np.float32(0.3) * rgb[..., 2]
    errors = {}
    for colour in (True, False):
        config = StartConfig(kind="prior", colour=colour)
        xray = surface + concealed
        errors[colour] = np.std(make_start(config, xray, rgb)[1] - surface)
    assert errors[True] < 0.9 * errors[False]
    unrelated = [
        make_start(StartConfig(kind="prior", colour=c), concealed, rgb)[1] for c in (True, False)
    ]
    assert np.std(unrelated[0] - unrelated[1]) < 0.1 * np.std(concealed)


def test_each_layer_has_half_of_the_mean(rng: np.random.Generator) -> None:
    xray, rgb = painting(rng, 96, 64)
    start, guess = make_start(StartConfig(kind="prior"), xray, rgb)
    assert abs(start.excess) > 1e-3 * xray.std()
    assert guess.mean() == pytest.approx(xray.mean() / 2, abs=1e-5)
    np.testing.assert_array_equal(guess, guess_image(start, xray, rgb))


def test_a_start_travels_as_text(rng: np.random.Generator) -> None:
    xray, rgb = painting(rng, 64, 48)
    start, guess = make_start(StartConfig(kind="prior", boldness=0.25), xray, rgb)
    again = Start.model_validate_json(start.model_dump_json())
    np.testing.assert_array_equal(guess_image(again, xray, rgb), guess)


def test_the_shipped_weights_are_those_of_the_network() -> None:
    expected = [shape for kernel in shapes() for shape in (kernel, kernel[-1:])]
    assert [weight.shape for weight in shipped_weights()] == expected
    assert all(np.isfinite(weight).all() for weight in shipped_weights())


@pytest.mark.slow
def test_it_is_better_than_regression_on_paintings_it_has_not_seen() -> None:
    """In the mean over paintings whose seeds nobody learned from; single ones may be worse."""
    gains = []
    for seed in range(70_001, 70_007):
        made = simulate(size=(400, 400), seed=seed)
        surface, concealed = (layer / np.float32(65535) for layer in (made.surface, made.concealed))
        xray = np.asarray(surface + concealed, np.float32)
        _, guess = make_start(StartConfig(kind="prior"), xray, made.rgb)
        ours, theirs = (
            mean_scores(score_layers(guessed, xray - guessed, surface, concealed, xray))
            for guessed in (guess, remainder_split(xray, made.rgb, Budget()).surface)
        )
        gains.append([getattr(ours, n) - getattr(theirs, n) for n in ("skill", "sdri", "siri")])
    assert (np.mean(gains, axis=0) > 0).all(), gains


def test_boldness_trades_distortion_for_leakage() -> None:
    made = simulate(size=(256, 256), seed=70_005)
    surface, concealed = (layer / np.float32(65535) for layer in (made.surface, made.concealed))
    xray = np.asarray(surface + concealed, np.float32)
    correlations = []
    for boldness in (0.0, 1.0):
        config = StartConfig(kind="prior", boldness=boldness)
        _, guessed = make_start(config, xray, made.rgb)
        correlations.append(np.corrcoef(guessed.ravel(), (xray - guessed).ravel())[0, 1])
    # Bolder layers are less alike.
    assert correlations[1] < correlations[0]


def test_colour_never_has_most_of_the_say(rng: np.random.Generator) -> None:
    """Where all of x is made of colour, the network's guess still has the larger share."""
    _, rgb = painting(rng, 256, 256)
    xray = rgb[..., 0] - np.float32(0.5) * rgb[..., 2]
    evidence = gather_evidence(xray, rgb)
    assert evidence.detail_correlation > 0.9
    x, r = tf.constant(xray[None, ..., None]), tf.constant(rgb[None])
    alone, joined = (
        surface_guess(evidence, 0.5, x, r, lively_weights(), colour=colour).numpy()
        for colour in (False, True)
    )
    explained = explained_locally(x - evidence.mean, r).numpy() + evidence.mean / 2
    share = np.sum((joined - alone) * (explained - alone)) / np.sum((explained - alone) ** 2)
    np.testing.assert_allclose(joined, alone + share * (explained - alone), atol=1e-5)
    assert 0.1 < share < 0.5

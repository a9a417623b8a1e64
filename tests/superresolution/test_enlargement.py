"""Y_up with the photograph's help: the local fit, where it is right and how far it is trusted."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from scipy.ndimage import shift

from tfpaintsep.superresolution.config import EnlargementConfig
from tfpaintsep.superresolution.enlargement import Enlargement, local_colour_fit
from tfpaintsep.superresolution.one_scale_down import measured_trust
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.projection import Downsampling, Interpolation, Operator

BANDS = 3
OPERATORS = pytest.mark.parametrize("operator", ["mean", "decimate"])
MIXING = np.array([[0.5, 0.2, 0.3], [0.1, -0.4, 0.7], [0.0, 0.9, 0.1]])


def natural_photograph(size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Three channels in [0, 1] whose amplitudes fall with frequency, as those of pictures do."""
    frequency = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, size), indexing="ij"))
    frequency[0, 0] = 1
    noise = np.random.default_rng(seed).normal(size=(3, *size))
    rgb = np.moveaxis(np.fft.ifft2(np.fft.fft2(noise) / frequency).real, 0, -1)
    return ((rgb - rgb.min()) / np.ptp(rgb)).astype(np.float32)


def displaced(rgb: np.ndarray, down: float, right: float) -> np.ndarray:
    return shift(rgb, (down, right, 0), order=1, mode="nearest")


def unrelated(rng: np.random.Generator, height: int, width: int, scale: int) -> tuple:
    """Coarse maps and a photograph that know nothing of each other."""
    coarse = rng.random((1, height, width, BANDS))
    rgb = rng.random((1, scale * height, scale * width, 3))
    return tf.constant(coarse, tf.float32), tf.constant(rgb, tf.float32)


@OPERATORS
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_fit_reproduces_maps_that_are_affine_in_colour(
    operator: Operator, scale: int, rng: np.random.Generator
) -> None:
    u = Downsampling(scale, operator)
    rgb = rng.random((1, 12 * scale, 10 * scale, 3))
    maps = rgb @ MIXING + [0.1, 0.3, -0.2]
    coarse = u.down(tf.constant(maps, tf.float32))
    fitted = local_colour_fit(
        coarse, tf.constant(rgb, tf.float32), u, EnlargementConfig(ridge=1e-7)
    )
    np.testing.assert_allclose(fitted, maps, rtol=0, atol=2e-3)
    assert np.abs(u.interpolate(coarse) - maps).max() > 0.3  # which alone is far off


@OPERATORS
def test_fit_follows_coefficients_that_change_from_place_to_place(
    operator: Operator, rng: np.random.Generator
) -> None:
    u = Downsampling(4, operator)
    rgb = natural_photograph((96, 88))[None]
    rows, columns = np.mgrid[:96, :88] / 96
    offset = 0.2 * np.sin(3 * rows) + 0.1 * columns
    maps = (rgb @ MIXING) * (0.7 + 0.6 * rows * columns)[..., None] + offset[..., None]
    coarse, photograph = u.down(tf.constant(maps, tf.float32)), tf.constant(rgb, tf.float32)

    def error(config: EnlargementConfig) -> float:
        fitted = local_colour_fit(coarse, photograph, u, config)
        return float(np.sqrt(np.mean((fitted - maps) ** 2)))

    local = error(EnlargementConfig())
    assert local < 0.02
    # One fit for all places, as a wide window gives, cannot follow.
    assert local < 0.25 * error(EnlargementConfig(window=20))
    assert local < 0.4 * np.sqrt(np.mean((u.interpolate(coarse) - maps) ** 2))


def keys_weights(position: float, length: int) -> np.ndarray:
    """Cubic convolution at a coarse coordinate; the weights of samples that exist, scaled to 1."""
    t = np.abs(position - np.arange(length))
    weights = np.where(
        t <= 1,
        1.5 * t**3 - 2.5 * t**2 + 1,
        np.where(t < 2, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2, 0),
    )
    return weights / weights.sum()


@pytest.mark.parametrize(("window", "ridge"), [(0.7, 1e-5), (1.3, 1e-2)])
def test_fit_is_weighted_ridge_regression(
    window: float, ridge: float, rng: np.random.Generator
) -> None:
    u, height, width = Downsampling(3), 8, 7
    coarse, rgb = unrelated(rng, height, width, 3)
    colours, maps = u.down(rgb)[0].numpy().astype(np.float64), coarse[0].numpy()
    places = np.stack([*np.mgrid[:height, :width]], axis=-1)
    coefficients = np.empty((height, width, 4, BANDS))
    for place in np.ndindex(height, width):
        offsets = places - place
        weights = np.exp(-0.5 * np.sum(offsets**2, axis=-1) / window**2)
        weights[np.abs(offsets).max(axis=-1) > np.ceil(4 * window)] = 0
        root = np.sqrt(weights / weights.sum()).ravel()
        design = np.column_stack([colours.reshape(-1, 3), np.ones(height * width)])
        penalty = np.sqrt(ridge) * np.eye(4)[:3]  # not on the offset
        coefficients[place] = np.linalg.lstsq(
            np.vstack([root[:, None] * design, penalty]),
            np.vstack([root[:, None] * maps.reshape(-1, BANDS), np.zeros((3, BANDS))]),
        )[0]
    config = EnlargementConfig(window=window, ridge=ridge)
    fitted = local_colour_fit(coarse, rgb, u, config)[0].numpy()
    for row, column in ((0, 0), (23, 20), (11, 7), (12, 13), (5, 19), (17, 2)):
        there = np.einsum(
            "i,j,ijcb->cb",
            keys_weights((row + 0.5) / 3 - 0.5, height),
            keys_weights((column + 0.5) / 3 - 0.5, width),
            coefficients,
        )
        expected = np.append(rgb[0, row, column], 1) @ there
        np.testing.assert_allclose(fitted[row, column], expected, rtol=0, atol=2e-4)


@OPERATORS
@pytest.mark.parametrize("interpolation", ["bilinear", "lanczos"])
def test_trust_is_how_much_of_the_detail_is_added(
    operator: Operator, interpolation: Interpolation, rng: np.random.Generator
) -> None:
    u = Downsampling(4, operator, interpolation)
    coarse, rgb = unrelated(rng, 7, 6, 4)
    interpolated = u.interpolate(coarse)
    start = u.project(interpolated, coarse)
    np.testing.assert_array_equal(Enlargement(u)(coarse, rgb), interpolated)
    none, half, full = (
        Enlargement(u, trust=(weight,) * BANDS)(coarse, rgb) for weight in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(none, start, atol=1e-6)
    fitted = local_colour_fit(coarse, rgb, u, EnlargementConfig())
    np.testing.assert_allclose(full, u.project(fitted, coarse), atol=1e-5)
    np.testing.assert_allclose(half, (none + full) / 2, atol=1e-5)
    assert np.abs(full - none).max() > 0.1
    # Each map has a trust of its own; whatever it is, the means are the measured ones.
    mixed = Enlargement(u, trust=(1.0, 0.0, 0.5))(coarse, rgb)
    for band, expected in enumerate((full, none, half)):
        np.testing.assert_allclose(mixed[..., band], expected[..., band], atol=1e-6)
    np.testing.assert_allclose(u.down(mixed), coarse, atol=1e-5)


@OPERATORS
@pytest.mark.parametrize(
    ("interpolation", "window"), [("bilinear", 0.7), ("bilinear", 1.6), ("lanczos", 0.7)]
)
def test_enlargement_looks_no_further_than_its_reach(
    operator: Operator, interpolation: Interpolation, window: float, rng: np.random.Generator
) -> None:
    scale, middle = 3, 14
    u = Downsampling(scale, operator, interpolation)
    enlargement = Enlargement(u, EnlargementConfig(window=window), (1.0,) * BANDS)
    coarse, rgb = (image.numpy() for image in unrelated(rng, 2 * middle + 1, 3, scale))
    before = enlargement(tf.constant(coarse), tf.constant(rgb))
    furthest = 0
    for changed, step in ((coarse, 1), (rgb, scale)):
        kept = changed.copy()
        changed[:, step * middle : step * (middle + 1)] = rng.random()
        after = enlargement(tf.constant(coarse), tf.constant(rgb))
        changed[...] = kept
        rows = np.flatnonzero(np.any(after != before, axis=(0, 2, 3))) // scale
        assert middle in rows
        furthest = max(furthest, int(np.abs(rows - middle).max()))
    assert furthest <= enlargement.reach < middle
    if operator == "mean" or interpolation == "bilinear":  # else nothing is left to correct
        # No longer than it must be; the Gaussian's far end is beyond float precision.
        assert furthest >= enlargement.reach - 2


@pytest.fixture
def photograph() -> np.ndarray:
    return natural_photograph((160, 176))


def coarse_maps(rgb: np.ndarray, u: Downsampling) -> np.ndarray:
    """Maps that are a smooth function of colour, nearly a linear one."""
    maps = 0.1 + 0.7 * np.abs(rgb @ MIXING) ** 1.2
    return u.down(tf.constant(maps[None], tf.float32))[0].numpy()


@pytest.mark.parametrize("interpolation", ["bilinear", "lanczos"])
def test_maps_of_a_registered_photograph_are_trusted(
    interpolation: Interpolation, photograph: np.ndarray
) -> None:
    u = Downsampling(4, "mean", interpolation)
    trust, displacement = measured_trust(coarse_maps(photograph, u), photograph, Enlargement(u))
    assert trust.shape == (BANDS,)
    assert trust.min() > 0.9
    assert trust.max() <= 1
    assert 0 <= displacement < 0.2


@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, 2), (2, 0), (1.4, 1.4), (3, 0), (0, 4)])
def test_displacement_is_noticed_and_estimated(
    down: float, right: float, photograph: np.ndarray
) -> None:
    # The estimate takes the displacement for random and all detail for equally fine. For the
    # spectrum of pictures that is right to a quarter; in a blurred one it finds too little.
    u = Downsampling(4)
    coarse = coarse_maps(photograph, u)
    trust, found = measured_trust(coarse, displaced(photograph, down, right), Enlargement(u))
    applied = float(np.hypot(down, right))
    assert found == pytest.approx(applied, rel=0.25)
    assert np.median(trust) < (0.6 if applied < 1.5 else 0.1)


def test_displaced_photograph_is_worth_what_its_trust_says(photograph: np.ndarray) -> None:
    # Full trust hurts, measured trust does not; where the photograph fits, it helps much.
    u = Downsampling(4)
    maps = 0.1 + 0.7 * np.abs(photograph @ MIXING) ** 1.2
    coarse = coarse_maps(photograph, u)
    errors = {}
    for distance in (0, 2):
        rgb = displaced(photograph, distance, 0)
        trust, _ = measured_trust(coarse, rgb, Enlargement(u))
        for name, weights in (
            ("none", (0.0,) * BANDS),
            ("full", (1.0,) * BANDS),
            ("measured", tuple(trust.tolist())),
        ):
            enlarged = Enlargement(u, trust=weights)(
                tf.constant(coarse[None]), tf.constant(rgb[None])
            )
            errors[distance, name] = float(np.mean((enlarged[0] - maps) ** 2))
    assert errors[0, "measured"] < 0.2 * errors[0, "none"]
    assert errors[2, "full"] > 1.5 * errors[2, "none"]
    assert errors[2, "measured"] < 1.02 * errors[2, "none"]


def test_a_photograph_of_something_else_is_not_trusted(photograph: np.ndarray) -> None:
    u = Downsampling(4)
    other = natural_photograph(photograph.shape[:2], seed=9)
    trust, displacement = measured_trust(coarse_maps(photograph, u), other, Enlargement(u))
    assert trust.max() < 0.01
    assert displacement > 4


@pytest.mark.parametrize("trust", [None, (1.0,) * BANDS])
@pytest.mark.parametrize("flat", ["maps", "photograph", "both"])
def test_constant_images_give_finite_values(
    flat: str, trust: tuple[float, ...] | None, rng: np.random.Generator
) -> None:
    u = Downsampling(4)
    coarse, rgb = unrelated(rng, 8, 12, 4)
    coarse = coarse if flat == "photograph" else tf.fill(coarse.shape, 0.7)
    rgb = rgb if flat == "maps" else tf.fill(rgb.shape, 0.2)
    enlarged = Enlargement(u, trust=trust)(coarse, rgb).numpy()
    assert np.isfinite(enlarged).all()
    if flat != "photograph":
        np.testing.assert_allclose(enlarged, np.full(enlarged.shape, 0.7), atol=1e-3)
    weights, displacement = measured_trust(coarse[0].numpy(), rgb[0].numpy(), Enlargement(u))
    assert np.all((weights >= 0) & (weights <= 1))
    assert np.isfinite(displacement)


def test_maps_are_cropped_to_a_multiple_for_the_test(make_pair: Callable[..., Pair]) -> None:
    images = make_pair(18, 15).images
    xrf, rgb = images["xrf"][0].numpy(), images["rgb"][0].numpy()
    enlargement = Enlargement(Downsampling(4))
    trust, displacement = measured_trust(xrf, rgb, enlargement)
    cropped, expected = measured_trust(xrf[:16, :12], rgb[:64, :48], enlargement)
    np.testing.assert_array_equal(trust, cropped)
    assert displacement == expected

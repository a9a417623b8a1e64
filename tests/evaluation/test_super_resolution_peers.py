import subprocess
import sys

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.methods import Budget
from tfpaintsep.evaluation.peers import coupled_dictionaries, coupled_factorisation
from tfpaintsep.evaluation.peers.coupled_dictionaries import CoupledDictionaries
from tfpaintsep.evaluation.peers.coupled_factorisation import (
    from_blocks,
    into_blocks,
    objective,
    start,
    update,
)
from tfpaintsep.evaluation.peers.guided_enlargement import guided_filter
from tfpaintsep.evaluation.peers.interpolation import bicubic, project
from tfpaintsep.evaluation.peers.quoted import QUOTED
from tfpaintsep.evaluation.peers.super_resolution import SUPER_RESOLUTION
from tfpaintsep.evaluation.peers.visible_component import least_variation
from tfpaintsep.evaluation.stack_metrics import block_mean, consistency_error

SCALE = 4
BUDGET = Budget(seconds=2.0, seed=1)
NETWORKS = {"generator", "generator-adversarial", "fast", "fast-exact"}


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    """Smooth colours with a few edges, (72, 64, 3)."""
    noise = np.random.default_rng(0).normal(size=(72, 64, 3))
    smooth = gaussian_filter(noise, (3, 3, 0))
    smooth[20:40, 10:50] += 0.15
    span = np.ptp(smooth, axis=(0, 1))
    return ((smooth - smooth.min(axis=(0, 1))) / span).astype(np.float32)


@pytest.fixture(scope="module")
def maps(photograph: np.ndarray) -> np.ndarray:
    """Three maps that follow the photograph, each in its own way, in counts."""
    r, g, b = np.moveaxis(photograph.astype(np.float64), -1, 0)
    return np.stack([300 * r * g + 20, 5 * (1 - b), 40 * (r > 0.5) + 10.0], axis=-1)


@pytest.fixture(scope="module")
def coarse(maps: np.ndarray) -> np.ndarray:
    return block_mean(maps, SCALE).astype(np.float32)


@pytest.fixture(scope="module")
def results(coarse: np.ndarray, photograph: np.ndarray) -> dict[str, np.ndarray]:
    """What each peer that is no network makes of the maps."""
    given = coarse.copy()
    found = {
        name: upscaled(name, given, photograph) for name in sorted(set(SUPER_RESOLUTION) - NETWORKS)
    }
    assert (given == coarse).all()
    return found


def upscaled(name: str, coarse: np.ndarray, rgb: np.ndarray, budget: Budget = BUDGET) -> np.ndarray:
    return SUPER_RESOLUTION[name].run(coarse, rgb, budget)


def test_names_are_listed_without_heavy_libraries() -> None:
    program = (
        "import sys, tfpaintsep.evaluation.peers.super_resolution\n"
        "print(sorted({'tensorflow', 'sklearn', 'skimage'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout.strip() == "[]"
    assert [method.name for method in SUPER_RESOLUTION.values()] == list(SUPER_RESOLUTION)


def test_each_peer_gives_finite_fine_maps_in_the_units_of_the_coarse_ones(
    results: dict[str, np.ndarray], maps: np.ndarray
) -> None:
    for name, found in results.items():
        assert (found.shape, found.dtype) == (maps.shape, np.float32), name
        error = (found - maps) / np.ptp(maps, axis=(0, 1))
        assert np.sqrt(np.mean(error**2)) < 0.2, name  # the maps' own means have 0.3


def test_projected_maps_average_to_the_measured_ones(
    results: dict[str, np.ndarray], coarse: np.ndarray
) -> None:
    agreeing = [name for name in results if name.endswith("-projected") or name.startswith("ssr")]
    assert len(agreeing) == 6
    for name in agreeing:
        assert consistency_error(results[name], coarse, SCALE).largest < 1e-6, name


@pytest.mark.parametrize("name", ["bilinear", "bicubic"])
def test_interpolation_keeps_constants_and_ramps(name: str, photograph: np.ndarray) -> None:
    rows, columns = np.mgrid[:72, :64]
    ramp = np.stack([2.0 * rows - 0.5 * columns, np.full(rows.shape, 7.0)], axis=-1)
    found = upscaled(name, block_mean(ramp, SCALE).astype(np.float32), photograph)
    assert found[..., 1] == pytest.approx(ramp[..., 1])
    inner = (slice(24, -24), slice(24, -24))  # splines feel the mirrored border that far
    assert found[inner][..., 0] == pytest.approx(ramp[inner][..., 0], abs=2e-2)


def test_guided_filter_finds_maps_that_are_linear_in_the_photograph(
    photograph: np.ndarray,
) -> None:
    colours = np.array([[100.0, 0.0], [-50.0, 3.0], [20.0, 1.0]])
    linear = photograph.astype(np.float64) @ colours + np.array([500.0, 0.0])
    measured = block_mean(linear, SCALE).astype(np.float32)
    found = guided_filter(measured, photograph, BUDGET, ridge=1e-12)
    assert np.abs(found - linear).max() < 1e-3 * np.ptp(linear)
    plain = upscaled("bicubic", measured, photograph)
    assert np.abs(plain - linear).max() > 1e-2 * np.ptp(linear)


def test_blocks_are_gathered_and_put_back() -> None:
    image = np.random.default_rng(1).random((12, 20, 3))
    blocks = into_blocks(image, SCALE)
    assert blocks.shape == (15, 16, 3)
    assert np.array_equal(from_blocks(blocks, SCALE, 3), image)
    assert blocks.mean(axis=1) == pytest.approx(block_mean(image, SCALE).reshape(15, 3))


@pytest.mark.parametrize("scale", [1, SCALE])
def test_no_step_of_the_factorisation_raises_its_objective(
    scale: int, coarse: np.ndarray, photograph: np.ndarray
) -> None:
    known = into_blocks((coarse / coarse.max(axis=(0, 1))).astype(np.float64), 1)
    fine = into_blocks(photograph.astype(np.float64), SCALE)
    means = fine.mean(axis=1, keepdims=True)
    factors = start(known, means, common=6, unique=3, seed=0)
    seen = fine if scale > 1 else means
    factors.abundances = np.repeat(factors.abundances, scale**2, axis=1)
    values = [objective(factors, known[:, 0], seen)]
    for _, improved in zip(range(12), update(factors, known[:, 0], seen), strict=False):
        values.append(objective(improved, known[:, 0], seen))
        for entries in (improved.spectra, improved.colours, improved.abundances):
            assert entries.min() >= 0
        assert not improved.colours[:, 6:].any()  # unique to the maps
    assert (np.diff(values) <= 1e-9 * values[0]).all()
    assert values[-1] < 0.5 * values[0]


def test_factorisation_finds_materials_that_the_photograph_shows() -> None:
    random = np.random.default_rng(5)
    fields = gaussian_filter(random.normal(size=(64, 64, 4)), (3, 3, 0))
    abundances = np.eye(4)[fields.argmax(axis=-1)]
    rgb = (abundances @ random.random((4, 3))).astype(np.float32)
    known = abundances @ random.random((4, 5))
    measured, enough = block_mean(known, SCALE).astype(np.float32), Budget(seconds=100.0)

    def error(name: str) -> float:
        return float(np.mean((upscaled(name, measured, rgb, enough) - known) ** 2))

    for name in ("cnmf-projected", "ssr"):
        assert error(name) < 0.1 * error("bicubic-projected")


def test_what_the_photograph_does_not_show_is_enlarged_with_little_variation() -> None:
    edge = np.zeros((32, 32, 1))
    edge[:, 14:] = 1.0
    measured, weight = block_mean(edge, SCALE), 0.03

    def value(fine: np.ndarray) -> float:
        rows, columns = (np.diff(fine[..., 0], axis=axis) for axis in (0, 1))
        variation = np.hypot(rows[:, :-1], columns[:-1]).sum()
        misfit = np.sum((block_mean(fine, SCALE) - measured) ** 2)
        return float(SCALE**2 / 2 * misfit + weight * variation)

    found = least_variation(measured, SCALE, weight)
    assert value(found) < value(bicubic(measured, SCALE))
    assert value(found) < value(project(bicubic(measured, SCALE), measured, SCALE))
    assert found.min() > -0.02  # where splines overshoot
    assert found.max() < 1.02


def test_time_that_is_up_ends_the_factorisation(coarse: np.ndarray, photograph: np.ndarray) -> None:
    said: list[str] = []
    budget = Budget(seconds=0.0, report=lambda _, words: said.append(words))
    found = coupled_factorisation.cnmf(coarse, photograph, budget)
    assert np.isfinite(found).all()
    assert said == ["step 0", "step 1"]


def test_dictionaries_give_the_detail_of_a_signal_that_they_span() -> None:
    random = np.random.default_rng(2)
    atoms = np.linalg.qr(random.normal(size=(20, 20)))[0]  # so the greedy pursuit cannot err
    blocks = np.zeros((12, 40))
    blocks[:4] = np.concatenate([atoms[:4], atoms[4:8]], axis=1) / np.sqrt(2)
    blocks[4:8, :20] = atoms[8:12]
    blocks[8:, 20:] = atoms[12:16]
    detail = random.normal(size=(8, 5))
    codes = random.normal(size=(50, 12)) * (random.random((50, 12)) < 0.3)
    dictionaries = CoupledDictionaries(blocks, detail)
    assert dictionaries.code(codes @ blocks, nonzero=12) == pytest.approx(codes, abs=1e-9)
    # What is unique to the photograph, the last four atoms, adds nothing to the maps.
    expected = codes[:, :8] @ detail
    assert dictionaries.predict(codes @ blocks, nonzero=12) == pytest.approx(expected, abs=1e-9)


def test_dictionaries_learn_detail_that_goes_with_the_photograph(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coupled_dictionaries, "COMMON", 24)
    monkeypatch.setattr(coupled_dictionaries, "UNIQUE", 6)
    random = np.random.default_rng(3)
    sources = random.laplace(size=(1500, 4))
    seen = sources @ random.normal(size=(4, 18)) / 9
    hidden = sources @ random.normal(size=(4, 7)) / 9
    learned = coupled_dictionaries.learn(seen[:1200], hidden[:1200], 6, Budget(seconds=20.0))
    error = learned.predict(seen[1200:]) - hidden[1200:]
    assert np.sum(error**2) < 0.05 * np.sum(hidden[1200:] ** 2)
    shared = len(learned.detail)
    common = shared - 6
    assert (len(learned.atoms), shared) == (36, 30)
    assert not learned.atoms[common:shared, 6:].any()
    assert not learned.atoms[shared:, :6].any()


def test_maps_too_small_to_learn_from_are_refused(photograph: np.ndarray) -> None:
    with pytest.raises(InputError, match="at least 8 x 8 px"):
        upscaled("ssrcu", np.ones((4, 16, 2), np.float32), photograph[:16])


def test_overlapping_patches_average_to_the_image_they_were_cut_from() -> None:
    image = np.random.default_rng(4).random((13, 18, 2))
    patches = coupled_dictionaries._patches(image, coupled_dictionaries.STRIDE)
    again = coupled_dictionaries._assembled(patches.reshape(len(patches), -1), image.shape)
    assert again == pytest.approx(image)


def test_quoted_figures_agree_with_each_other() -> None:
    assert len(QUOTED) == 18
    assert len({row.method for row in QUOTED}) == 6
    for row in QUOTED:
        assert row.psnr == pytest.approx(-20 * np.log10(row.rmse), abs=0.05), row

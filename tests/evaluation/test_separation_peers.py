"""The methods that separations are compared with, by what each must do on a suitable case."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.local_fit import fit_windows
from tfpaintsep.evaluation.methods import Budget
from tfpaintsep.evaluation.peers import cista, connected_autoencoder
from tfpaintsep.evaluation.peers.extra import benchmark_library
from tfpaintsep.evaluation.peers.lcista import configuration, lcista
from tfpaintsep.evaluation.peers.progress import BudgetObserver
from tfpaintsep.evaluation.peers.robust_pca import low_rank_plus_sparse
from tfpaintsep.evaluation.peers.separation import SEPARATION

ITERATED = ("cista", "cista-regression-start")
QUICK = [name for name, method in SEPARATION.items() if not method.learned and name not in ITERATED]
REPORTS = list[tuple[float, str]]


def field(seed: int, size: tuple[int, int] = (51, 67), sigma: float = 3.0) -> np.ndarray:
    """A smooth random image between 0 and 1."""
    values = gaussian_filter(np.random.default_rng(seed).standard_normal(size), sigma)
    return ((values - values.min()) / np.ptp(values)).astype(np.float32)


@pytest.fixture(scope="module")
def rgb() -> np.ndarray:
    return np.stack([field(seed) for seed in (1, 2, 3)], axis=-1)


@pytest.fixture(scope="module")
def xray(rgb: np.ndarray) -> np.ndarray:
    return (0.4 * rgb[..., 0] + 0.3 * field(4)).astype(np.float32)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def listening(seconds: float) -> tuple[Budget, REPORTS]:
    reports: REPORTS = []
    return Budget(seconds, 3, lambda share, words: reports.append((share, words))), reports


def test_names_are_known_without_tensorflow() -> None:
    program = (
        "import sys; from tfpaintsep.evaluation.peers.separation import SEPARATION as methods; "
        "print(all(name == m.name for name, m in methods.items()), len(methods), "
        "{'tensorflow', 'keras', 'sklearn', 'tensorly'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True
    )
    assert result.stdout.split(maxsplit=2) == ["True", str(len(SEPARATION)), "set()\n"]


@pytest.mark.parametrize("name", QUICK)
def test_layers_add_up_to_the_mixture(name: str, xray: np.ndarray, rgb: np.ndarray) -> None:
    for photograph in (rgb, np.repeat(rgb[..., :1], 3, axis=2), np.full_like(rgb, 0.5)):
        layers = SEPARATION[name].run(xray, photograph, Budget())
        for layer in layers:
            assert layer.shape == xray.shape
            assert layer.dtype == np.float32
        np.testing.assert_allclose(sum(layers), xray, rtol=0, atol=1e-5)
        if name != "halving" and photograph is rgb:
            assert np.std(layers.surface - layers.concealed) > 0.01


@pytest.mark.parametrize("name", ["colour-regression", "colour-regression-split"])
def test_a_layer_determined_by_colour_is_found(name: str, rgb: np.ndarray) -> None:
    r, g, b = np.moveaxis(rgb, -1, 0)
    x = 0.2 + 0.5 * r * g - 0.3 * b**2 + 0.2 * b
    layers = SEPARATION[name].run(x, rgb, Budget())
    np.testing.assert_allclose(layers.concealed, x.mean() / 2, rtol=0, atol=1e-3)


def test_only_the_split_gives_the_surface_what_colour_does_not_tell(
    xray: np.ndarray, rgb: np.ndarray
) -> None:
    first, second = (
        SEPARATION[f"colour-regression{split}"].run(xray, rgb, Budget()) for split in ("", "-split")
    )
    rest = first.concealed - xray.mean() / 2
    assert abs(correlation(first.surface, rest)) < 1e-3  # least squares leaves no trace
    np.testing.assert_allclose(second.surface, first.surface + rest / 2, rtol=0, atol=1e-5)


def test_the_guided_filter_follows_colour_in_each_neighbourhood() -> None:
    rgb = np.stack([field(seed, (40, 200), 1.0) for seed in (5, 6, 7)], axis=-1)
    sign = np.where(np.arange(200) < 100, 1, -1)
    x = (1 + sign * (rgb @ [0.5, -0.2, 0.1])).astype(np.float32)
    found = SEPARATION["guided-filter"].run(x, rgb, Budget()).surface
    regression = SEPARATION["colour-regression"].run(x, rgb, Budget()).surface
    for part in (np.s_[:, :60], np.s_[:, 140:]):  # two windows' radius from the change
        assert correlation(found[part], x[part]) > 0.99
        assert correlation(regression[part], x[part]) < 0.9


def test_a_window_is_fitted_by_least_squares() -> None:
    rng = np.random.default_rng(8)
    x, rgb = rng.random((21, 21)), rng.random((21, 21, 3))
    fit = fit_windows(x, rgb, radius=10, ridge=0.0)
    design = np.column_stack([rgb.reshape(-1, 3), np.ones(441)])
    expected, (residual,), *_ = np.linalg.lstsq(design, x.ravel(), rcond=None)
    np.testing.assert_allclose(fit.slope[10, 10], expected[:3], atol=1e-10)
    assert fit.intercept[10, 10] == pytest.approx(expected[3])
    assert fit.variance[10, 10] - fit.explained[10, 10] == pytest.approx(residual / 441)


def test_independent_components_are_found() -> None:
    rng = np.random.default_rng(9)
    sources = np.stack([rng.laplace(size=(90, 80)) for _ in range(4)])
    surface, concealed = 0.1 * sources[0] + 0.05 * sources[1], 0.08 * sources[3]
    rgb = 0.5 + np.einsum("cs,shw->hwc", 0.05 * rng.normal(size=(3, 3)), sources[:3])
    x = (0.7 + surface + concealed).astype(np.float32)
    found = SEPARATION["fast-ica"].run(x, rgb.astype(np.float32), Budget())
    assert correlation(found.concealed, concealed) > 0.999
    assert correlation(found.surface, surface) > 0.999
    assert np.std(found.concealed) == pytest.approx(np.std(concealed), rel=0.02)


def test_low_rank_and_sparse_parts_are_found() -> None:
    rng = np.random.default_rng(10)
    low_rank = rng.normal(size=(120, 4)) @ rng.normal(size=(4, 60))
    sparse = np.where(rng.random((120, 60)) < 0.05, 10 * rng.normal(size=(120, 60)), 0)
    for turned in (False, True):
        matrix = (low_rank + sparse).T if turned else low_rank + sparse
        found, rest = low_rank_plus_sparse(matrix)
        expected = low_rank.T if turned else low_rank
        assert np.linalg.norm(found - expected) < 1e-2 * np.linalg.norm(expected)
        np.testing.assert_allclose(found + rest, matrix, atol=1e-12)


def test_a_missing_library_is_named_with_its_cure() -> None:
    with pytest.raises(InputError, match=r'pip install "tfpaintsep\[benchmark\]"') as caught:
        benchmark_library("no_such_library.decomposition")
    assert caught.value.where == "no_such_library"


def test_the_observer_tells_the_larger_share() -> None:
    budget, reports = listening(seconds=1e6)
    observer = BudgetObserver(budget, steps=40)
    observer.advanced(10, {"loss": 0.5})
    assert reports == [(0.0, "step 0"), (0.25, "step 10, loss 0.5")]
    budget, reports = listening(seconds=0)
    BudgetObserver(budget, steps=40).advanced(10, {"loss": 0.5})
    assert reports[-1][0] == 1.0


def test_the_autoencoder_learns_within_its_budget_and_repeats(
    xray: np.ndarray, rgb: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = connected_autoencoder.TRAINING.model_copy(update={"steps_per_epoch": 12, "patch": 24})
    monkeypatch.setattr(connected_autoencoder, "TRAINING", short)
    run = SEPARATION["connected-autoencoder"].run
    once: list[Any] = []
    again: list[Any] = []
    for results in (once, again):
        budget, reports = listening(seconds=600)
        results += [*run(xray, rgb, budget), [words for _, words in reports]]
    losses = [float(words.rpartition(" ")[2]) for words in once[2][1:]]
    assert len(losses) == 12
    assert losses[-1] < 0.8 * losses[0]
    for first, second in zip(once, again, strict=True):
        np.testing.assert_array_equal(first, second)
    assert once[0].shape == once[1].shape == xray.shape
    assert np.isfinite(once[:2]).all()
    budget, reports = listening(seconds=0)
    run(xray, rgb, budget)
    assert [words.split(",")[0] for _, words in reports] == ["step 0", "step 1"]


def test_the_plain_solver_explains_the_mixture_from_the_luminance(
    xray: np.ndarray, rgb: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cista, "ITERATIONS", 5)
    layers = SEPARATION["cista"].run(xray, rgb, Budget())
    assert np.sqrt(np.mean((xray - sum(layers)) ** 2)) < 0.1 * np.std(xray)
    assert correlation(layers.surface, rgb @ [0.299, 0.587, 0.114]) > 0.9
    # From the regression it stays near that instead.
    other = SEPARATION["cista-regression-start"].run(xray, rgb, Budget())
    guess = SEPARATION["colour-regression-split"].run(xray, rgb, Budget())
    assert np.sqrt(np.mean((xray - sum(other)) ** 2)) < 0.1 * np.std(xray)
    assert correlation(other.surface, guess.surface) > correlation(layers.surface, guess.surface)


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("lcista-fast", "network.initialiser", "ista"),
        ("lcista-paper", "training.optimizer", "sgd"),
        ("lcista-paper", "training.epochs", 120),
        ("lcista-l0", "network.shrinkage", "hard"),
        ("lcista-no-sparsity", "network.shrinkage", "none"),
        ("lcista-no-exclusion", "network.exclusion_prior", False),
        ("lcista-no-exclusion", "loss.eta2", 0.0),
        ("lcista-luminance-start", "start.kind", "luminance"),
        ("lcista-given-start", "start.kind", "given"),
    ],
)
def test_the_variants_of_the_network_are_what_they_are_called(
    name: str, path: str, expected: object
) -> None:
    keywords = SEPARATION[name].run.keywords  # type: ignore[attr-defined]
    found = configuration(keywords["preset"], keywords["settings"], Budget(45.0, 7))
    section, _, setting = path.partition(".")
    assert getattr(getattr(found, section), setting) == expected
    assert (found.training.seconds, found.training.seed) == (45.0, 7)
    # Nothing but what the name says differs from the preset.
    preset = configuration(keywords["preset"], {}, Budget(45.0, 7)).model_dump()
    changed = {
        f"{part}.{one}"
        for part, values in found.model_dump().items()
        for one, value in values.items()
        if value != preset[part][one]
    }
    assert changed == set(keywords["settings"])


@pytest.mark.parametrize("start", ["auto", "given"])
def test_the_network_trains_in_its_time_from_either_guess(
    start: str, xray: np.ndarray, rgb: np.ndarray
) -> None:
    settings = {
        "network.layers": 2,
        "network.channels": 32,
        "training.patch": 32,
        "training.epochs": 2,
        "start.kind": start,
    }
    budget, reports = listening(seconds=0)
    layers = lcista(settings).run(xray, rgb, budget)
    assert [words.split(",")[0] for _, words in reports] == ["step 0", "step 1"]
    assert layers.surface.shape == xray.shape
    assert np.sqrt(np.mean((xray - sum(layers)) ** 2)) < 0.1  # as it starts
    unexplained = correlation(layers.surface, field(4))
    assert unexplained < 0.3 if start == "given" else unexplained > 0.3


def test_an_image_smaller_than_the_patches_is_refused(xray: np.ndarray, rgb: np.ndarray) -> None:
    with pytest.raises(InputError, match="50"):
        SEPARATION["lcista-paper"].run(xray[:40], rgb[:40], Budget())

"""The command that makes the prior's weights."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tfpaintsep.learning import paintings, prior
from tfpaintsep.learning.__main__ import main
from tfpaintsep.learning.likeness import likeness
from tfpaintsep.learning.mixing import mix, shuffled
from tfpaintsep.learning.mixtures import SIDES, draw_mixture
from tfpaintsep.learning.paintings import KnownPainting
from tfpaintsep.learning.prior import prepared, turned
from tfpaintsep.separation.prior.evidence import BANDS
from tfpaintsep.separation.prior.network import initial_weights
from tfpaintsep.simulation.fields import smooth_field


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two paintings."""
    folder = tmp_path_factory.mktemp("paintings")
    paintings.paint(folder, [1, 2])
    return folder


def test_paintings_are_painted_once(painted: Path) -> None:
    files = sorted(painted.iterdir())
    assert [file.name for file in files] == ["1.npz", "2.npz"]
    times = [file.stat().st_mtime_ns for file in files]
    assert paintings.paint(painted, [1, 2]) == files
    assert [file.stat().st_mtime_ns for file in files] == times
    painting = paintings.load(files[0])
    assert painting.rgb.shape == (paintings.SIDE, paintings.SIDE, 3)
    assert 0 <= painting.rgb.min() <= painting.rgb.max() <= 1
    assert painting.surface.std() > 0.01


def test_mixtures_vary_and_are_decided_by_the_seed(painted: Path) -> None:
    files = sorted(painted.iterdir())
    drawn = [draw_mixture(files, 192, np.random.default_rng(seed)) for seed in (*range(12), 0)]
    for mixture in drawn:
        assert mixture.rgb.shape == (192, 192, 3)
        assert mixture.surface.shape == mixture.concealed.shape == (192, 192)
        assert 0 <= mixture.rgb.min() <= mixture.rgb.max() <= 1
        for layer in (mixture.surface, mixture.concealed):
            assert layer.dtype == np.float32
            assert np.isfinite(layer).all()
            assert layer.std() > 0
    np.testing.assert_array_equal(drawn[0].surface, drawn[-1].surface)
    assert len({float(mixture.concealed.std()) for mixture in drawn}) == 12


def explained(part: float, seed: int = 0) -> KnownPainting:
    """A mixture whose surface is this part colour, by variance, and else a layer of its own."""
    rng = np.random.default_rng(seed)
    fields = (smooth_field(rng, (128, 128), 6) for _ in range(5))
    *colours, own, concealed = (field / field.std() for field in fields)
    rgb = np.stack([(colour - colour.min()) / np.ptp(colour) for colour in colours], axis=-1)
    surface = np.sqrt(part) * colours[0] + np.sqrt(1 - part) * own
    return KnownPainting(*(image.astype(np.float32) for image in (rgb, surface, concealed)))


def test_neither_what_colour_explains_nor_what_it_does_not_is_like_real_ones() -> None:
    found = {
        part: np.mean([likeness(explained(part, seed)) for seed in range(5)])
        for part in (0.0, 0.4, 1.0)
    }
    assert found[0.4] > 0.3
    assert max(found[0.0], found[1.0]) < 0.01


def test_likeness_does_not_depend_on_scale_and_means() -> None:
    mixture = explained(0.3)
    other = KnownPainting(mixture.rgb, 2 + 3 * mixture.surface, 3 * mixture.concealed - 7)
    assert likeness(other) == pytest.approx(likeness(mixture), rel=1e-3)


def test_a_constant_layer_is_like_none() -> None:
    mixture = explained(0.3)
    assert likeness(KnownPainting(mixture.rgb, mixture.surface, 0 * mixture.surface)) == 0


@pytest.mark.slow
def test_mixtures_are_like_real_ones_and_decided_by_their_number(
    painted: Path, tmp_path: Path
) -> None:
    files = sorted(painted.iterdir())
    mixed = [paintings.load(file) for file in mix(tmp_path / "some", files, 6)]
    assert [mixture.rgb.shape[0] for mixture in mixed] == [*SIDES, *SIDES]
    again = paintings.load(mix(tmp_path / "first", files, 1)[0])
    np.testing.assert_array_equal(again.surface, mixed[0].surface)
    drawn = [draw_mixture(files, 256, np.random.default_rng(seed)) for seed in range(12)]
    assert np.mean([likeness(m) for m in mixed]) > 2 * np.mean([likeness(m) for m in drawn])


def test_in_every_round_each_mixture_comes_once(painted: Path) -> None:
    files = sorted(painted.iterdir())
    known = sorted(float(paintings.load(file).rgb.sum()) for file in files)
    coming = shuffled(files, np.random.default_rng(0))
    for _ in range(4):
        assert sorted(float(next(coming).rgb.sum()) for _ in files) == pytest.approx(known)


@pytest.mark.parametrize(("turns", "way"), [(1, 1), (2, -1), (3, -1)])
def test_a_turned_mixture_is_seen_as_the_mixture_turned(
    painted: Path, turns: int, way: int
) -> None:
    mixture = draw_mixture(sorted(painted.iterdir()), 256, np.random.default_rng(3))
    images = (mixture.rgb, mixture.surface, mixture.concealed)
    other = prepared(KnownPainting(*(turned(image[None], turns, way)[0] for image in images)))
    seen = prepared(mixture)
    for name in ("fine", "surface", "concealed"):
        np.testing.assert_allclose(other[name], turned(seen[name][None], turns, way)[0], atol=5e-3)
    # What regression explains depends on which blocks it was fitted to, and these are others.
    np.testing.assert_allclose(
        other["coarse"][..., :-BANDS],
        turned(seen["coarse"][None, ..., :-BANDS], turns, way)[0],
        atol=5e-3,
    )


@pytest.mark.slow
def test_the_command_writes_weights_that_have_learned(
    painted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prior, "_POOL", 4)
    work, out = tmp_path / "work", tmp_path / "weights.npz"
    shutil.copytree(painted, work / "paintings")
    options = ["--work", str(work), "--seeds", "1", "2", "--mixtures", "3", "--steps", "3", "6"]
    result = CliRunner().invoke(main, [*options, "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert len(list((work / "mixtures").iterdir())) == 3
    before = initial_weights(0)
    for file in (work / "any-mixtures.npz", out):
        with np.load(file) as stored:
            weights = [stored[name] for name in stored.files]
        assert [w.shape for w in weights] == [w.shape for w in before]
        assert all(w.dtype == np.float16 for w in weights)
        assert any(
            not np.array_equal(w, b.astype(np.float16))
            for w, b in zip(weights, before, strict=True)
        )
        before = weights

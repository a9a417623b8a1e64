"""The command that makes the prior's weights."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tfpaintsep.learning import paintings
from tfpaintsep.learning.__main__ import main
from tfpaintsep.learning.mixtures import draw_mixture
from tfpaintsep.separation.prior.network import initial_weights


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


@pytest.mark.slow
def test_the_command_writes_weights_that_have_learned(painted: Path, tmp_path: Path) -> None:
    out = tmp_path / "weights.npz"
    options = ["--paintings", str(painted), "--seeds", "1", "2", "--steps", "3", "--out", str(out)]
    result = CliRunner().invoke(main, options, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with np.load(out) as stored:
        weights = [stored[name] for name in stored.files]
    before = initial_weights(0)
    assert [w.shape for w in weights] == [w.shape for w in before]
    assert all(w.dtype == np.float16 for w in weights)
    assert any(
        not np.array_equal(w, b.astype(np.float16)) for w, b in zip(weights, before, strict=True)
    )

"""Compositions from names, from files and out of nothing."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from tfpaintsep.errors import InputError
from tfpaintsep.simulation.pictures import PROCEDURAL, fit_to, picture
from tfpaintsep.simulation.procedural import composition


def invented(seed: int, size: tuple[int, int] = (96, 120)) -> np.ndarray:
    return composition(np.random.default_rng(seed), size)


def test_compositions_are_decided_by_their_seed() -> None:
    one = invented(1)
    assert one.shape == (96, 120, 3)
    assert 0 <= one.min() < one.max() <= 1
    np.testing.assert_array_equal(invented(1), one)
    others = [np.abs(invented(seed) - one).mean() for seed in range(2, 8)]
    assert min(others) > 0.03


def test_compositions_have_contrast_colour_and_edges_at_all_scales() -> None:
    for seed in range(6):
        rgb = invented(seed, (160, 160))
        grey = rgb.mean(axis=-1)
        assert grey.std() > 0.08
        assert np.std(rgb - grey[..., None]) > 0.02
        # Each octave holds a part of the contrast, as in photographs of things.
        blurred = [grey, *(gaussian_filter(grey, sigma) for sigma in (1, 2, 4, 8, 16))]
        octaves = [np.std(a - b) for a, b in pairwise(blurred)]
        assert min(octaves) > 0.1 * grey.std()


@pytest.mark.parametrize("size", [(32, 32), (40, 200), (200, 40)])
def test_compositions_come_in_any_proportion(size: tuple[int, int]) -> None:
    for seed in range(4):
        rgb = invented(seed, size)
        assert rgb.shape == (*size, 3)
        assert np.isfinite(rgb).all()


def test_a_name_an_invention_or_a_file_is_a_picture(tmp_path: Path) -> None:
    size = (40, 60)
    made = picture(PROCEDURAL, np.random.default_rng(3), size)
    np.testing.assert_array_equal(made, invented(3, size))
    with pytest.raises(ValueError, match="rng"):
        picture(PROCEDURAL)
    photograph = np.random.default_rng(0).integers(0, 256, (30, 50, 3), np.uint8)
    Image.fromarray(photograph).save(tmp_path / "photograph.png")
    read = picture(str(tmp_path / "photograph.png"))
    np.testing.assert_allclose(read, photograph / 255, atol=1e-6)
    np.testing.assert_array_equal(fit_to(read, (30, 50)), read)


def test_refuses_what_is_neither_name_nor_photograph(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"procedural.*mona lisa"):
        picture("mona lisa")
    Image.fromarray(np.eye(40, dtype=np.uint8)).save(tmp_path / "grey.png")
    with pytest.raises(InputError, match=r"grey\.png"):
        picture(str(tmp_path / "grey.png"))

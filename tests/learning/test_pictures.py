"""Photographs are found wherever they lie, and nothing else is."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from skimage import data

from tfpaintsep.learning import paintings
from tfpaintsep.learning.pictures import LARGEST, main, photographs


def packed(rgb: np.ndarray, kind: str) -> bytes:
    stream = BytesIO()
    Image.fromarray(rgb).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["WEBP", "JPEG", "PNG"])
def test_photographs_are_found_inside_other_files(kind: str) -> None:
    cat = data.chelsea()
    blob = b"before" + packed(cat, kind) + b"RIFF between" + packed(cat[::-1], kind) + b"after"
    found = [np.asarray(image).astype(int) for image in photographs(blob)]
    assert len(found) == 2
    for image, known in zip(found, (cat, cat[::-1]), strict=True):
        assert np.abs(image - known).mean() < 6


def test_large_ones_are_reduced() -> None:
    large = np.tile(data.chelsea(), (4, 4, 1))
    (found,) = photographs(packed(large, "PNG"))
    assert max(found.size) == LARGEST


def test_small_grey_and_drawn_ones_are_left() -> None:
    cat = data.chelsea()
    drawn = cat.copy()
    drawn[:, : cat.shape[1] // 2] = 255
    grey = np.repeat(cat.mean(axis=-1, keepdims=True).astype(np.uint8), 3, axis=-1)
    for image in (cat[:200, :200], drawn, grey, cat[..., 0]):
        assert not list(photographs(packed(image, "PNG")))


def test_paintings_are_made_of_them(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "two.bin").write_bytes(packed(data.chelsea(), "PNG") + packed(data.coffee(), "PNG"))
    folder = tmp_path / "pictures"
    result = CliRunner().invoke(main, [str(shop), "--out", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "2 photographs" in result.output
    pictures = sorted(folder.iterdir())
    (file,) = paintings.paint(tmp_path / "paintings", [5], pictures)
    painting = paintings.load(file)
    assert painting.rgb.shape == (paintings.SIDE, paintings.SIDE, 3)
    assert painting.surface.std() > 0.01

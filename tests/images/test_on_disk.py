"""Parts of a picture on disk are parts of what reading the whole gives."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from tfpaintsep.errors import InputError
from tfpaintsep.images import Polarity, Resolution, on_disk, read_photograph, read_radiograph
from tfpaintsep.images import write_layer as write_whole
from tfpaintsep.images.disk_space import check_room
from tfpaintsep.images.growing_layer import growing_layer
from tfpaintsep.images.on_disk import PhotographOnDisk, RadiographOnDisk, is_large
from tfpaintsep.images.on_disk import on_disk as opened

RNG = np.random.default_rng(3)
GREY = RNG.integers(0, 65536, (67, 45), dtype=np.uint16)
RGB = RNG.integers(0, 256, (67, 45, 3), dtype=np.uint8)
PARTS = [(slice(0, 67), slice(0, 45)), (slice(3, 40), slice(17, 45)), (slice(66, 67), slice(0, 1))]

STORAGE: dict[str, dict[str, Any]] = {
    "strips": {"rowsperstrip": 8},
    "bigtiff": {"bigtiff": True},
    "big-endian": {"byteorder": ">"},
    "tiles": {"tile": (16, 32)},
    "deflate": {"compression": "zlib", "predictor": True, "rowsperstrip": 8},
    "zstd": {"compression": "zstd"},
}


@pytest.mark.parametrize("storage", STORAGE)
def test_parts_of_a_radiograph(tmp_path: Path, storage: str) -> None:
    file = tmp_path / "x.tif"
    tifffile.imwrite(file, GREY, photometric="minisblack", **STORAGE[storage])
    whole = read_radiograph(file, Polarity.POSITIVE)
    with opened(file, tmp_path, channels=1) as picture:
        radiograph = RadiographOnDisk(picture, whole.gain, Polarity.POSITIVE)
        assert radiograph.size == whole.size
        for part in PARTS:
            found = radiograph.part(part)
            np.testing.assert_array_equal(found.normalised(), whole.normalised()[part])
            assert found.stored_dtype == whole.stored_dtype
    assert [one.name for one in tmp_path.iterdir()] == ["x.tif"]


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("storage", ["strips", "deflate", "big-endian"])
def test_parts_of_a_photograph(tmp_path: Path, storage: str, planar: str) -> None:
    file = tmp_path / "r.tif"
    samples = RGB if planar == "contig" else np.moveaxis(RGB, -1, 0)
    tifffile.imwrite(file, samples, photometric="rgb", planarconfig=planar, **STORAGE[storage])
    whole = read_photograph(file)
    with opened(file, tmp_path, channels=3) as picture:
        photograph = PhotographOnDisk(picture)
        assert photograph.size == whole.size
        for part in PARTS:
            np.testing.assert_array_equal(photograph.part(part).values, whole.values[part])


def test_white_is_zero_is_read_as_it_is_displayed(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", GREY, photometric="miniswhite")
    with opened(tmp_path / "x.tif", tmp_path, channels=1) as picture:
        whole = read_radiograph(tmp_path / "x.tif").values
        np.testing.assert_array_equal(picture.read(PARTS[1]), whole[PARTS[1]])


def test_every_other_picture_is_decoded_as_when_read_whole(tmp_path: Path) -> None:
    alpha, turned, png, jpeg = (tmp_path / n for n in ("a.tif", "b.tif", "c.png", "d.jpg"))
    opaque = np.full((67, 45, 1), 255, np.uint8)
    layers = np.concatenate([RGB, opaque], axis=-1)
    tifffile.imwrite(alpha, layers, photometric="rgb", extrasamples=["unassalpha"])
    tifffile.imwrite(turned, GREY, photometric="minisblack", extratags=[(274, "H", 1, 6, True)])
    for file in (png, jpeg):
        Image.fromarray(RGB).save(file)
    for file in (alpha, png, jpeg):
        with opened(file, tmp_path, channels=3) as picture:
            part = PhotographOnDisk(picture).part(PARTS[1]).values
            np.testing.assert_array_equal(part, read_photograph(file).values[PARTS[1]])
    with opened(turned, tmp_path, channels=1) as picture:
        assert picture.size == (45, 67)
        whole = (slice(0, 45), slice(0, 67))
        np.testing.assert_array_equal(picture.read(whole), read_radiograph(turned).values)


FLAT = np.full((67, 45), 3, np.uint16)
HOLES = np.where(np.arange(67 * 45).reshape(67, 45) == 2000, np.nan, 1).astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "channels", "said"),
    [
        (HOLES, 1, "finite"),
        (FLAT, 1, "same value"),
        (RGB, 1, "greyscale"),
        (GREY, 3, "colour"),
        (np.repeat(GREY[..., None], 3, axis=-1), 3, "colour"),
        (RGB.astype(np.float32), 3, "0 and 1"),
        (np.where(RGB > 128, 0.5, -0.5).astype(np.float32), 3, "0 and 1"),
    ],
)
def test_what_cannot_be_used_is_refused_at_once(
    tmp_path: Path, samples: np.ndarray, channels: int, said: str
) -> None:
    kind = "rgb" if samples.ndim == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "x.tif", samples, photometric=kind)
    with pytest.raises(InputError, match=said), opened(tmp_path / "x.tif", tmp_path, channels):
        pass


@pytest.mark.parametrize("rows", [None, 8])
def test_a_truncated_file_is_refused(tmp_path: Path, rows: int | None) -> None:
    file = tmp_path / "x.tif"
    tifffile.imwrite(file, GREY, photometric="minisblack", metadata=None, rowsperstrip=rows)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(InputError, match="damaged"), opened(file, tmp_path, 1):
        pass
    (tmp_path / "y.tif").unlink(missing_ok=True)
    with pytest.raises(InputError, match="no such file"), opened(tmp_path / "y.tif", tmp_path, 1):
        pass


def test_an_error_of_the_users_of_a_picture_stays_what_it_is(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "x.tif", GREY, photometric="minisblack")
    with pytest.raises(ZeroDivisionError), opened(tmp_path / "x.tif", tmp_path, 1):
        _ = 1 / 0


def test_only_large_tiffs_are_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tifffile.imwrite(tmp_path / "x.tif", GREY, photometric="minisblack")
    assert not is_large(tmp_path / "x.tif")
    monkeypatch.setattr(on_disk, "LARGE", GREY.size)
    assert is_large(tmp_path / "x.tif")


def test_a_grown_layer_is_what_would_have_been_written_at_once(tmp_path: Path) -> None:
    values = RNG.normal(size=(67, 45)).astype(np.float32)
    facts: dict[str, Any] = {"resolution": Resolution(300.0, 200.0, "inch"), "description": "it"}
    write_whole(tmp_path / "whole.tif", values, **facts)
    with growing_layer(tmp_path / "grown.tif", values.shape, **facts) as write:
        for part in ((slice(0, 30), slice(0, 45)), (slice(30, 67), slice(0, 45))):
            write(part, values[part])
        assert not (tmp_path / "grown.tif").exists()
    with (
        tifffile.TiffFile(tmp_path / "whole.tif") as a,
        tifffile.TiffFile(tmp_path / "grown.tif") as b,
    ):
        np.testing.assert_array_equal(b.asarray(), values)
        for tag in ("ImageDescription", "XResolution", "YResolution", "ResolutionUnit", "Software"):
            assert a.pages.first.tags[tag].value == b.pages.first.tags[tag].value


def test_a_layer_that_did_not_grow_up_leaves_nothing(tmp_path: Path) -> None:
    growing = growing_layer(tmp_path / "x.tif", (4, 4), None, "a layer")
    write = growing.__enter__()
    write((slice(0, 2), slice(0, 4)), np.zeros((2, 4), np.float32))
    assert list(tmp_path.iterdir())
    assert not growing.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not list(tmp_path.iterdir())


def test_nothing_is_begun_for_which_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tifffile.imwrite(tmp_path / "x.tif", GREY, photometric="minisblack", compression="zlib")
    free = shutil.disk_usage(tmp_path)._replace(free=GREY.nbytes - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(InputError, match="room"), opened(tmp_path / "x.tif", tmp_path, 1):
        pass
    check_room(tmp_path, GREY.nbytes - 1)

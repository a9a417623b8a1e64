"""Parts of a picture on disk are parts of what reading the whole gives."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from tfpaintsep.errors import InputError
from tfpaintsep.images import Polarity, Resolution, on_disk, read_photograph, read_radiograph
from tfpaintsep.images import write_layer as write_whole
from tfpaintsep.images.on_disk import PhotographOnDisk, RadiographOnDisk, growing_layer, is_large
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


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    alpha, turned, broken, bright = (tmp_path / f"{n}.tif" for n in "abcd")
    opaque = np.full((67, 45, 1), 255, np.uint8)
    tifffile.imwrite(
        alpha,
        np.concatenate([RGB, opaque], axis=-1),
        photometric="rgb",
        extrasamples=["unassalpha"],
    )
    tifffile.imwrite(turned, GREY, photometric="minisblack", extratags=[(274, "H", 1, 6, True)])
    values = np.ones((67, 45), np.float32)
    values[50, 20] = np.nan
    tifffile.imwrite(broken, values, photometric="minisblack")
    tifffile.imwrite(bright, RGB.astype(np.float32), photometric="rgb")
    for file, channels, said in ((alpha, 3, "4 values"), (turned, 1, "orientation")):
        with pytest.raises(InputError, match=said), opened(file, tmp_path, channels):
            pass
    with opened(broken, tmp_path, 1) as picture:
        picture.read((slice(0, 50), slice(0, 45)))
        with pytest.raises(InputError, match="rows 48 and 67"):
            picture.read((slice(48, 67), slice(0, 45)))
    with opened(bright, tmp_path, 3) as picture, pytest.raises(InputError, match="0 and 1"):
        PhotographOnDisk(picture).part(PARTS[0])
    broken.write_bytes(broken.read_bytes()[:-100])
    with pytest.raises(InputError, match="damaged"), opened(broken, tmp_path, 1):
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
    on_disk.check_room(tmp_path, GREY.nbytes - 1)

"""Each kind of bad input gives one clear message that names the file."""

import logging

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from tfpaintsep.errors import InputError
from tfpaintsep.images import (
    Photograph,
    Radiograph,
    check_pair,
    check_same_size,
    read_grey,
    read_photograph,
    read_radiograph,
)

RNG = np.random.default_rng(3)
GREY = RNG.integers(0, 65536, (64, 48), dtype=np.uint16)
RGB = RNG.integers(0, 256, (64, 48, 3), dtype=np.uint8)


def tiff(samples, **options):
    return lambda path: tifffile.imwrite(path, samples, **options)


def pillow(image, kind):
    return lambda path: image.save(path, format=kind)


def bytes_of(content):
    return lambda path: path.write_bytes(content)


def with_value(value, count=1):
    samples = (GREY / 65535).astype(np.float32)
    samples.flat[5 : 5 + count] = value
    return samples


ANY_KIND = {
    "missing": (lambda path: None, "no such file"),
    "folder": (lambda path: path.mkdir(), "a folder"),
    "empty": (bytes_of(b""), "an empty file"),
    "text": (bytes_of(b"0.1;0.2;0.3\n" * 50), "a text file"),
    "pdf": (bytes_of(b"%PDF-1.4\x00\xff\xfe"), "another kind of file"),
    "header only": (bytes_of(b"II*\0\x08\0\0\0"), "damaged"),
    "signed": (tiff(GREY.astype(np.int16)), "16-bit signed integer"),
    "32-bit integers": (tiff(GREY.astype(np.uint32)), "32-bit unsigned integer"),
    "1-bit TIFF": (pillow(Image.fromarray(RGB).convert("1"), "tiff"), "1-bit"),
    "palette TIFF": (pillow(Image.fromarray(RGB).quantize(16), "tiff"), "palette"),
    "palette PNG": (pillow(Image.fromarray(RGB).quantize(16), "png"), "indexed"),
    "1-bit PNG": (pillow(Image.fromarray(RGB).convert("1"), "png"), "1-bit"),
    "CMYK JPEG": (pillow(Image.fromarray(RGB).convert("CMYK"), "jpeg"), "CMYK"),
    "CMYK TIFF": (pillow(Image.fromarray(RGB).convert("CMYK"), "tiff"), "SEPARATED"),
    "stack": (tiff(np.stack([GREY] * 3), photometric="minisblack"), "3 images"),
    "ImageJ stack": (tiff(np.stack([GREY] * 3), imagej=True), "3 images"),
    "two channels, no alpha": (
        tiff(np.stack([GREY] * 3, -1), photometric="minisblack", planarconfig="contig"),
        r"3 channel\(s\) of colour model MINISBLACK",
    ),
    "five channels": (tiff(np.stack([GREY] * 5, -1), photometric="rgb"), r"5 channel\(s\)"),
    "volume": (tiff(np.stack([GREY] * 16), volumetric=True, tile=(16, 16, 16)), "axes ZYX"),
    "truncated PNG": (bytes_of(imagecodecs.png_encode(RGB)[:-400]), "truncated"),
    "truncated JPEG": (bytes_of(imagecodecs.jpeg8_encode(RGB)[:-400]), "truncated"),
}


@pytest.mark.parametrize(("make", "message"), ANY_KIND.values(), ids=ANY_KIND.keys())
@pytest.mark.parametrize("read", [read_radiograph, read_photograph, read_grey])
def test_files_that_are_no_image_for_us(tmp_path, caplog, read, make, message):
    path = tmp_path / "painting.tif"
    make(path)
    with caplog.at_level(logging.WARNING), pytest.raises(InputError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert caught.value.advice
    assert not caplog.records  # tifffile's own log stays off the screen


RADIOGRAPHS = {
    "colour": (tiff(RGB), "a colour image"),
    "NaN": (tiff(with_value(np.nan, 3)), "3 NaN and 0 infinite of 3072"),
    "infinite": (tiff(with_value(-np.inf, 2)), "0 NaN and 2 infinite"),
    "too large for float32": (tiff(with_value(1).astype("f8") * 1e300), "infinite"),
    "too small": (tiff(GREY[:15]), "15 x 48 px"),
    "used alpha": (tiff(np.stack([GREY, GREY], -1), extrasamples=[2], planarconfig="contig",
                        photometric="minisblack"), "alpha"),
    "white-is-zero floats": (tiff(with_value(0), photometric="miniswhite"), "MINISWHITE"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), RADIOGRAPHS.values(), ids=RADIOGRAPHS.keys())
@pytest.mark.parametrize("read", [read_radiograph, read_grey])
def test_images_that_are_no_radiograph(tmp_path, read, make, message):
    make(tmp_path / "film.tif")
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path / "film.tif")
    assert str(tmp_path / "film.tif") in str(caught.value)


WITHOUT_CONTENT = {
    "constant": (tiff(np.full((64, 48), 900, np.uint16)), "the same value, 900"),
    "constant after rounding": (tiff(1 + GREY * 1e-20), "the same value"),
    "all negative": (tiff(-1 - with_value(0)), "a maximum of -1"),
}


@pytest.mark.parametrize(("make", "message"), WITHOUT_CONTENT.values(), ids=WITHOUT_CONTENT.keys())
def test_layers_but_no_radiograph_may_be_constant_or_negative(tmp_path, make, message):
    make(tmp_path / "film.tif")
    with pytest.raises(InputError, match=message):
        read_radiograph(tmp_path / "film.tif")
    assert read_grey(tmp_path / "film.tif").shape == (64, 48)


def test_grey_values_must_be_on_the_radiographs_scale(tmp_path):
    tiff(GREY.astype(np.uint8))(tmp_path / "guess.tif")
    with pytest.raises(InputError, match="uint8"):
        read_grey(tmp_path / "guess.tif", gain=65535)
    assert read_grey(tmp_path / "guess.tif", gain=255).max() <= 255
    tiff(GREY.astype(np.float32))(tmp_path / "layer.tif")  # floats say nothing of their scale
    assert read_grey(tmp_path / "layer.tif", gain=65535).shape == GREY.shape


PHOTOGRAPHS = {
    "grey": (tiff(GREY), "greyscale"),
    "grey as RGB": (tiff(np.stack([GREY] * 3, -1)), "greyscale"),
    "float beyond 1": (tiff(RGB.astype(np.float32), photometric="rgb"), "between 0 and 255"),
    "negative float": (tiff(RGB / np.float32(255) - 0.1, photometric="rgb"), "between -0.1"),
    "NaN": (tiff(np.stack([with_value(np.nan), with_value(1), with_value(2)], -1),
                 photometric="rgb"), "1 NaN"),
    "used alpha": (tiff(np.concatenate([RGB, RGB[..., :1]], -1), photometric="rgb"), "alpha"),
    "too small": (tiff(RGB[:, :9]), "64 x 9 px"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), PHOTOGRAPHS.values(), ids=PHOTOGRAPHS.keys())
def test_images_that_are_no_photograph(tmp_path, make, message):
    make(tmp_path / "front.tif")
    with pytest.raises(InputError, match=message) as caught:
        read_photograph(tmp_path / "front.tif")
    assert str(tmp_path / "front.tif") in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rowsperstrip": 8},
        {"tile": (16, 16)},
        {"compression": "lzw", "tile": (16, 16)},
        {"compression": "zlib", "rowsperstrip": 8},
        {"bigtiff": True},
        {"imagej": True},
    ],
    ids=str,
)
def test_a_tiff_cut_anywhere_is_refused(tmp_path, caplog, options):
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, GREY, **options)
    whole = path.read_bytes()
    np.testing.assert_array_equal(read_grey(path), GREY)
    for length in [4, 8, 40, 150, 300, 500, len(whole) // 2, len(whole) - 150, len(whole) - 1]:
        path.write_bytes(whole[:length])
        with caplog.at_level(logging.WARNING), pytest.raises(InputError) as caught:
            read_grey(path)
        assert str(path) in str(caught.value)
    assert not caplog.records


def test_a_stack_cut_after_its_first_page_is_not_taken_for_one_image(tmp_path):
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, np.stack([GREY, GREY]), photometric="minisblack", metadata=None)
    with tifffile.TiffFile(path) as tif:
        second = tif.pages[1].offset
    path.write_bytes(path.read_bytes()[:second])
    with pytest.raises(InputError, match="damaged"):
        read_grey(path)


def test_a_width_of_nothing_is_refused(tmp_path):
    path = tmp_path / "none.tif"
    tifffile.imwrite(path, GREY)
    with tifffile.TiffFile(path, mode="r+b") as tif:  # type: ignore[arg-type]
        tif.pages.first.tags["ImageWidth"].overwrite(0)
    for read in (read_grey, read_radiograph):
        with pytest.raises(InputError, match="no width"):
            read(path)


def test_a_missing_tile_is_refused(tmp_path):
    path = tmp_path / "sparse.tif"
    tifffile.imwrite(path, GREY, tile=(16, 16))
    with tifffile.TiffFile(path, mode="r+b") as tif:  # type: ignore[arg-type]
        counts = tif.pages.first.tags["TileByteCounts"]
        counts.overwrite([0, *counts.value[1:]])
    with pytest.raises(InputError, match="11 of 12 strips or tiles"):
        read_grey(path)


def test_tifffiles_log_works_again_after_reading(tmp_path):
    logger = logging.getLogger("tifffile")
    before = logger.propagate, list(logger.handlers)
    tifffile.imwrite(tmp_path / "x.tif", GREY)
    read_grey(tmp_path / "x.tif")
    assert (logger.propagate, logger.handlers) == before


def test_sizes_that_differ_are_both_said():
    check_same_size("x.tif", (10, 20), "r.tif", (10, 20))
    with pytest.raises(InputError, match=r"10 x 20 px and 20 x 10 px.*register") as caught:
        check_same_size("x.tif", (10, 20), "r.tif", (20, 10))
    assert "x.tif and r.tif" in str(caught.value)


def test_a_pair_is_checked_by_its_images():
    radiograph = Radiograph(np.ones((20, 30), np.float32), 1.0, np.dtype("f4"))
    check_pair(radiograph, Photograph(np.ones((20, 30, 3), np.float32)))
    with pytest.raises(InputError, match="20 x 30 px and 21 x 30 px"):
        check_pair(radiograph, Photograph(np.ones((21, 30, 3), np.float32)))


def test_bare_arrays_of_the_wrong_kind_are_no_pictures():
    with pytest.raises(ValueError, match="float32"):
        Radiograph(np.ones((20, 30)), 1.0, np.dtype("f8"))
    with pytest.raises(ValueError, match="gain"):
        Radiograph(np.ones((20, 30), np.float32), 0.0, np.dtype("f4"))
    with pytest.raises(ValueError, match="h, w, 3"):
        Photograph(np.ones((20, 30), np.float32))

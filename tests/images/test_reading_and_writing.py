"""Every accepted format is read back exactly; what is written keeps its tags."""

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from tfpaintsep.errors import InputError
from tfpaintsep.images import (
    Polarity,
    Resolution,
    findings,
    read_grey,
    read_photograph,
    read_radiograph,
    write_8bit,
    write_16bit,
    write_layer,
)

RNG = np.random.default_rng(7)
GREY16 = RNG.integers(0, 65536, (67, 45), dtype=np.uint16)
GREY8 = (GREY16 >> 8).astype(np.uint8)
RGB16 = RNG.integers(0, 65536, (67, 45, 3), dtype=np.uint16)
RGB8 = (RGB16 >> 8).astype(np.uint8)
RAMP = np.linspace(0.5, 3.5, 67 * 45).reshape(67, 45)

STORAGE = {
    "one strip": {},
    "strips": {"rowsperstrip": 8},
    "tiles": {"tile": (16, 32)},
    "bigtiff": {"bigtiff": True},
    "big-endian": {"byteorder": ">"},
    "deflate": {"compression": "zlib", "predictor": True, "rowsperstrip": 8},
    "lzw tiles": {"compression": "lzw", "tile": (16, 16)},
    "zstd": {"compression": "zstd"},
    "imagej": {"imagej": True},
    "ome": {"ome": True},
}


@pytest.mark.parametrize("storage", STORAGE.values(), ids=STORAGE.keys())
@pytest.mark.parametrize("samples", [GREY8, GREY16, RAMP.astype(np.float32)], ids=lambda a: a.dtype)
def test_radiograph_tiff_is_read_exactly(tmp_path, samples, storage):
    path = tmp_path / "x.tif"
    if storage.get("imagej") or not storage.get("predictor"):
        tifffile.imwrite(path, samples, **storage)
    else:
        kind = 3 if samples.dtype.kind == "f" else 2
        tifffile.imwrite(path, samples, **{**storage, "predictor": kind})
    radiograph = read_radiograph(path)
    assert radiograph.values.dtype == np.float32
    assert radiograph.stored_dtype == samples.dtype
    assert radiograph.gain == {"u1": 255, "u2": 65535, "f4": 3.5}[samples.dtype.str[1:]]
    assert radiograph.size == (67, 45)
    assert radiograph.source == path
    assert radiograph.notes == ()
    np.testing.assert_array_equal(radiograph.values, samples)


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_float_types(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "x.tif", RAMP.astype(dtype))
    radiograph = read_radiograph(tmp_path / "x.tif")
    np.testing.assert_array_equal(radiograph.values, RAMP.astype(dtype).astype(np.float32))
    assert radiograph.stored_dtype == dtype


def test_a_given_gain_replaces_the_images_own(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", RAMP.astype(np.float32))
    assert read_radiograph(tmp_path / "x.tif", gain=7.0).gain == 7.0


@pytest.mark.parametrize("samples", [GREY8, GREY16], ids=lambda a: a.dtype)
def test_white_is_zero_is_read_as_displayed(tmp_path, samples):
    tifffile.imwrite(tmp_path / "x.tif", samples, photometric="miniswhite")
    radiograph = read_radiograph(tmp_path / "x.tif")
    np.testing.assert_array_equal(radiograph.values, radiograph.gain - samples)
    assert "white-is-zero" in radiograph.notes[0]


@pytest.mark.parametrize("polarity", Polarity)
def test_polarity_round_trip(tmp_path, polarity):
    tifffile.imwrite(tmp_path / "x.tif", GREY16)
    radiograph = read_radiograph(tmp_path / "x.tif", polarity)
    x = radiograph.normalised()
    darkest = np.unravel_index(GREY16.argmin(), GREY16.shape)
    assert (x[darkest] == x.max()) == (polarity is Polarity.POSITIVE)
    np.testing.assert_allclose(radiograph.to_own_units(x), GREY16, atol=0.01)
    surface, concealed = 0.3 * x, 0.7 * x
    total = radiograph.to_own_units(surface) + radiograph.to_own_units(concealed)
    offset = radiograph.gain if polarity is Polarity.POSITIVE else 0
    np.testing.assert_allclose(total, GREY16 + offset, atol=0.05)


def test_grey_stored_as_rgb_is_accepted_with_a_note(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", np.repeat(GREY16[..., None], 3, axis=-1))
    radiograph = read_radiograph(tmp_path / "x.tif")
    np.testing.assert_array_equal(radiograph.values, GREY16)
    assert "equal channels" in radiograph.notes[0]


@pytest.mark.parametrize("thumbnail_first", [False, True])
def test_smaller_copies_in_the_file_are_ignored(tmp_path, thumbnail_first):
    pages = [(GREY16, 0), (GREY16[::2, ::2], 1), (GREY16[::4, ::4], 1)]
    with tifffile.TiffWriter(tmp_path / "x.tif") as tif:
        for samples, subfiletype in pages[::-1] if thumbnail_first else pages:
            tif.write(samples, subfiletype=subfiletype, metadata=None)
    np.testing.assert_array_equal(read_grey(tmp_path / "x.tif"), GREY16)


@pytest.mark.parametrize(
    ("samples", "options"),
    [
        (RGB8, {}),
        (RGB16, {"tile": (16, 16)}),
        (RGB16, {"compression": "lzw"}),
        (RGB16 / np.float32(65535), {}),
        (RGB16, {"planarconfig": "separate", "rowsperstrip": 8}),
    ],
    ids=["8 bit", "tiled", "compressed", "float", "planar"],
)
def test_photograph_tiff_is_read_exactly(tmp_path, samples, options):
    stored = np.moveaxis(samples, -1, 0) if "planarconfig" in options else samples
    tifffile.imwrite(tmp_path / "r.tif", stored, photometric="rgb", **options)
    photograph = read_photograph(tmp_path / "r.tif")
    top = 1 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max
    np.testing.assert_allclose(photograph.values, samples / top, atol=1e-7)
    assert photograph.values.flags.c_contiguous
    assert photograph.size == (67, 45)


def test_jpeg_compressed_tiff_comes_back_in_rgb(tmp_path):
    smooth = np.stack([np.tile(np.arange(64, dtype=np.uint8) * k, (64, 1)) for k in (1, 2, 3)], -1)
    coded = np.asarray(Image.fromarray(smooth).convert("YCbCr"))  # tifffile does not convert
    tifffile.imwrite(
        tmp_path / "r.tif",
        coded,
        photometric="ycbcr",
        subsampling=(1, 1),
        compression="jpeg",
        compressionargs={"level": 95},
        tile=(32, 32),
    )
    photograph = read_photograph(tmp_path / "r.tif")
    np.testing.assert_allclose(photograph.values, smooth / 255, atol=0.04)


def test_opaque_alpha_is_dropped_with_a_note(tmp_path):
    alpha = np.full((67, 45, 1), 65535, np.uint16)
    rgba = np.concatenate([RGB16, alpha], -1)
    tifffile.imwrite(tmp_path / "r.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    (tmp_path / "r.png").write_bytes(imagecodecs.png_encode(rgba))
    for name in ("r.tif", "r.png"):
        photograph = read_photograph(tmp_path / name)
        np.testing.assert_allclose(photograph.values, RGB16 / 65535, atol=1e-7)
        assert "alpha" in photograph.notes[0]


@pytest.mark.parametrize("samples", [GREY8, GREY16], ids=lambda a: a.dtype)
def test_png_radiograph(tmp_path, samples):
    (tmp_path / "x.tif").write_bytes(imagecodecs.png_encode(samples))  # the name does not matter
    np.testing.assert_array_equal(read_grey(tmp_path / "x.tif"), samples)


@pytest.mark.parametrize("samples", [RGB8, RGB16], ids=lambda a: a.dtype)
def test_png_photograph(tmp_path, samples):
    (tmp_path / "r.png").write_bytes(imagecodecs.png_encode(samples))
    top = np.iinfo(samples.dtype).max
    np.testing.assert_allclose(read_photograph(tmp_path / "r.png").values, samples / top, atol=1e-7)


def test_jpeg(tmp_path):
    (tmp_path / "x.jpg").write_bytes(imagecodecs.jpeg8_encode(GREY8, level=100))
    assert np.abs(read_grey(tmp_path / "x.jpg") - GREY8).max() <= 2
    Image.fromarray(RGB8).save(tmp_path / "r.jpg", quality=100, subsampling=0, dpi=(300, 300))
    photograph = read_photograph(tmp_path / "r.jpg")
    assert np.abs(photograph.values * 255 - RGB8).max() <= 5
    assert photograph.resolution == Resolution(300, 300, "inch")


def test_jpeg_without_a_stated_resolution_has_none(tmp_path):
    exif = Image.Exif()
    exif[271] = "a camera"
    Image.fromarray(GREY8).save(tmp_path / "x.jpg", exif=exif)
    assert read_radiograph(tmp_path / "x.jpg").resolution is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_as_viewers_do(tmp_path, orientation):
    # Pillow's transposition, an independent implementation, is the reference
    ramp = (np.arange(24 * 20).reshape(24, 20) // 2).astype(np.uint8)
    exif = Image.Exif()
    exif[274] = orientation
    stored = io.BytesIO()
    Image.fromarray(ramp).save(stored, "jpeg", quality=100, exif=exif)
    (tmp_path / "x.jpg").write_bytes(stored.getvalue())
    upright = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    image = Image.fromarray(ramp)
    expected = np.asarray(image.transpose(upright[orientation]) if orientation > 1 else image)
    tifffile.imwrite(tmp_path / "x.tif", ramp, extratags=[(274, "H", 1, orientation, True)])
    Image.fromarray(ramp).save(tmp_path / "x.png", exif=exif)
    np.testing.assert_array_equal(read_grey(tmp_path / "x.tif"), expected)
    np.testing.assert_array_equal(read_grey(tmp_path / "x.png"), expected)
    np.testing.assert_allclose(read_grey(tmp_path / "x.jpg"), expected, atol=3)


@pytest.mark.parametrize("unit", ["inch", "centimeter"])
def test_resolution_survives_reading_and_writing(tmp_path, unit):
    resolution = Resolution(600.0, 300.0, unit)
    write_16bit(tmp_path / "x.tif", GREY16, resolution)
    radiograph = read_radiograph(tmp_path / "x.tif")
    assert radiograph.resolution == resolution
    write_layer(
        tmp_path / "surface.tif",
        radiograph.values,
        resolution=radiograph.resolution,
        description="computed hypothesis: à surface layer",
    )
    with tifffile.TiffFile(tmp_path / "surface.tif") as tif:
        page: Any = tif.pages[0]
        assert page.description == "computed hypothesis: à surface layer"
        assert page.software.startswith("tfpaintsep ")
        assert page.compression == tifffile.COMPRESSION.NONE
        assert page.dtype == np.float32
        assert page.resolution == (600, 300)
        assert page.resolutionunit.name == unit.upper()
        np.testing.assert_array_equal(page.asarray(), GREY16)
    pixel = {"inch": 25.4, "centimeter": 10}[unit]
    assert resolution.pixel_size_mm == pytest.approx((pixel / 600, pixel / 300))


def test_no_resolution_stays_none(tmp_path):
    write_8bit(tmp_path / "x.tif", GREY8)
    assert read_radiograph(tmp_path / "x.tif").resolution is None
    assert Resolution(2, 1, "none").pixel_size_mm is None


def test_layers_may_be_negative_and_are_unchanged(tmp_path):
    layer = (RAMP - 2).astype(np.float32)
    write_layer(tmp_path / "layer.tif", layer, description="")
    np.testing.assert_array_equal(read_grey(tmp_path / "layer.tif"), layer)


def test_simulated_photographs_come_back(tmp_path):
    write_8bit(tmp_path / "r8.tif", RGB8)
    write_16bit(tmp_path / "r16.tif", RGB16)
    np.testing.assert_allclose(read_photograph(tmp_path / "r8.tif").values, RGB8 / 255, atol=1e-7)
    np.testing.assert_allclose(
        read_photograph(tmp_path / "r16.tif").values, RGB16 / 65535, atol=1e-7
    )
    with pytest.raises(TypeError, match="uint8"):
        write_8bit(tmp_path / "r.tif", RGB16)


def test_a_failed_write_leaves_the_old_file_and_no_debris(tmp_path, monkeypatch):
    write_8bit(tmp_path / "x.tif", GREY8)
    before = (tmp_path / "x.tif").read_bytes()

    def full_disk(path, *args, **kwargs):
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tifffile, "imwrite", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_8bit(tmp_path / "x.tif", GREY8[::-1])
    assert (tmp_path / "x.tif").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "x.tif"]


def test_findings_speak_of_depth_clipping_and_resolution(tmp_path):
    scan = (GREY16 >> 8).astype(np.uint16)  # 8 bits in a 16-bit file
    scan[:10] = 0
    write_16bit(tmp_path / "x.tif", np.tile(scan, (2, 2)), Resolution(600, 600, "inch"))
    write_8bit(tmp_path / "r.tif", np.tile(RGB8, (2, 2, 1)), Resolution(300, 300, "inch"))
    radiograph = read_radiograph(tmp_path / "x.tif")
    remarks = " | ".join(findings(radiograph, read_photograph(tmp_path / "r.tif")))
    assert "8 of 16 bits" in remarks
    assert "8-bit scan" in remarks
    assert "lie at 0" in remarks
    assert "its maximum" not in remarks
    assert "resolution tags disagree" in remarks


def test_no_findings_on_sound_inputs(tmp_path):
    write_16bit(tmp_path / "x.tif", GREY16, Resolution(600, 600, "inch"))
    write_16bit(tmp_path / "r.tif", RGB16, Resolution(600 / 2.54, 600 / 2.54, "centimeter"))
    assert findings(read_radiograph(tmp_path / "x.tif"), read_photograph(tmp_path / "r.tif")) == []


def test_input_error_is_what_a_folder_gives(tmp_path):
    with pytest.raises(InputError, match="folder"):
        read_grey(tmp_path)

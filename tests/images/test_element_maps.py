"""Element maps come back exactly, with names and pixel size, from every kind of file."""

from typing import Any

import numpy as np
import pytest
import tifffile

from tfpaintsep.errors import InputError
from tfpaintsep.images import (
    ElementStack,
    Resolution,
    degrade,
    element_maps,
    read_element_maps,
    write_element_maps,
)
from tfpaintsep.images.pixel_size import resolution_from_density, resolution_from_pixel_size

RNG = np.random.default_rng(5)
MAPS = RNG.uniform(0, 900, (20, 31, 3)).astype(np.float32)
PLANES = np.ascontiguousarray(np.moveaxis(MAPS, -1, 0))
NAMES = ("Pb-L", "Ca-Kα", "Fe-K")
UNIT = 'µg/cm² "net"'


def assert_holds(path, names=NAMES, values=MAPS, notes=(), **options):
    stack = read_element_maps(path, **options)
    assert stack.values.dtype == np.float32
    assert stack.values.flags.c_contiguous
    assert stack.names == names
    assert " | ".join(notes) in " | ".join(stack.notes)
    if not notes:
        assert stack.notes == ()
    np.testing.assert_array_equal(stack.values, values)
    return stack


def assert_holds_given(path):
    stack = read_element_maps(path, names=["Pb_L", "Ca Kα", "Fe-K"])
    assert stack.names == NAMES
    assert stack.notes == ()
    np.testing.assert_array_equal(stack.values, MAPS)


@pytest.mark.parametrize("large", [False, True], ids=["imagej", "ome"])
@pytest.mark.parametrize(
    "resolution",
    [
        None,
        Resolution(600.0, 300.0, "inch"),
        Resolution(20.0, 20.0, "centimeter"),
        Resolution(37.7, 21.123, "centimeter"),
        Resolution(2.0, 1.0, "none"),
    ],
    ids=str,
)
def test_names_values_and_pixel_size_survive_writing(tmp_path, monkeypatch, large, resolution):
    if large:
        monkeypatch.setattr(element_maps, "LARGEST_IMAGEJ", 0)
    written = ElementStack(MAPS - 100, NAMES, UNIT, resolution)
    write_element_maps(tmp_path / "m.tif", written, description="à hypothesis")
    read = read_element_maps(tmp_path / "m.tif")
    np.testing.assert_array_equal(read.values, written.values)
    assert (read.names, read.unit) == (NAMES, UNIT)
    assert read.source == tmp_path / "m.tif"
    if resolution is None:
        assert read.resolution is None
    else:
        assert read.resolution is not None
        assert read.resolution.unit == resolution.unit
        assert (read.resolution.x, read.resolution.y) == pytest.approx(
            (resolution.x, resolution.y), rel=1e-7
        )


@pytest.mark.parametrize("bands", [1, 3])
def test_imagej_finds_what_it_looks_for(tmp_path, bands):
    stack = ElementStack(MAPS[..., :bands], NAMES[:bands], None, Resolution(20, 20, "centimeter"))
    write_element_maps(tmp_path / "m.tif", stack, description="computed hypothesis")
    with tifffile.TiffFile(tmp_path / "m.tif") as tif:
        assert tif.is_imagej
        assert not tif.is_bigtiff
        metadata: Any = tif.imagej_metadata
        page: Any = tif.pages[0]
        assert np.atleast_1d(metadata["Labels"]).tolist() == list(NAMES[:bands])
        assert metadata["Info"] == "computed hypothesis"
        assert metadata["unit"] == "cm"
        assert metadata["images"] == bands
        assert page.resolution == (20, 20)
        assert page.dtype == np.float32
        assert metadata["Ranges"][:2] == pytest.approx((MAPS[..., 0].min(), MAPS[..., 0].max()))


def test_ome_states_names_and_pixel_size(tmp_path, monkeypatch):
    monkeypatch.setattr(element_maps, "LARGEST_IMAGEJ", 0)
    stack = ElementStack(MAPS, NAMES, None, Resolution(20, 10, "centimeter"))
    write_element_maps(tmp_path / "m.tif", stack, description="computed hypothesis")
    with tifffile.TiffFile(tmp_path / "m.tif") as tif:
        assert tif.is_ome
        assert tif.is_bigtiff
        xml = tif.ome_metadata or ""
    assert all(f'Name="{name}"' in xml for name in NAMES)
    assert 'PhysicalSizeX="0.05"' in xml
    assert 'PhysicalSizeYUnit="cm"' in xml
    assert "<Description>computed hypothesis</Description>" in xml


def test_a_failed_write_leaves_the_old_file_and_no_debris(tmp_path, monkeypatch):
    stack = ElementStack(MAPS, NAMES)
    write_element_maps(tmp_path / "m.tif", stack, description="")
    before = (tmp_path / "m.tif").read_bytes()

    def full_disk(path, *args, **kwargs):
        path.write_bytes(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tifffile, "imwrite", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_element_maps(tmp_path / "m.tif", stack, description="")
    assert (tmp_path / "m.tif").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "m.tif"]


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("axes", ["CYX", "ZYX", "TYX"])
def test_imagej_stack(tmp_path, dtype, axes):
    labels = ["Pb_L", "Ca Kα\nsecond line", "images_Fe_K.tif"]
    planes = (PLANES / 4).astype(dtype)
    options: dict[str, Any] = {"axes": axes, "Labels": labels, "unit": "mm"}
    tifffile.imwrite(tmp_path / "m.tif", planes, imagej=True, resolution=(2, 4), metadata=options)
    stack = assert_holds(tmp_path / "m.tif", values=np.moveaxis(planes, 0, -1))
    assert stack.resolution == Resolution(20, 40, "centimeter")


def test_imagejs_calibration_gives_back_signed_counts(tmp_path):
    counts = np.rint(PLANES).astype(np.int32) - 300
    stored = (counts + 32768).astype(np.uint16)
    options: dict[str, Any] = {"axes": "CYX", "Labels": list(NAMES)}
    signed = {"cf": 0, "c0": -32768.0, "c1": 1.0, "vunit": "Gray Value"}
    path = tmp_path / "m.tif"
    tifffile.imwrite(path, stored, imagej=True, metadata=options | signed)
    values = np.moveaxis(counts, 0, -1).astype(np.float32)
    assert_holds(path, values=values, notes=["calibrated as in ImageJ: -32768 + 1 times"])
    tifffile.imwrite(path, stored, imagej=True, metadata=options | {"cf": 21})
    with pytest.raises(InputError, match="another calibration function"):
        read_element_maps(path)
    # It calibrates integers alone, and writes the number of no calibration, too.
    for planes, function in ((PLANES, 0), (stored, 20)):
        metadata = options | {"cf": function, "c0": 5.0, "c1": 2.0}
        tifffile.imwrite(path, planes, imagej=True, metadata=metadata)
        assert_holds(path, values=np.moveaxis(planes, 0, -1))


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_an_inverted_display_of_imagej_is_no_other_value(tmp_path, dtype):
    planes, path = PLANES.astype(dtype), tmp_path / "m.tif"
    options: dict[str, Any] = {"axes": "CYX", "Labels": list(NAMES)}
    tifffile.imwrite(path, planes, imagej=True, metadata=options)
    with tifffile.TiffFile(path, mode="r+") as tif:
        for page in tif.pages:
            page.aspage().tags["PhotometricInterpretation"].overwrite(0)
    assert_holds(path, values=np.moveaxis(planes, 0, -1))


@pytest.mark.parametrize(
    ("unit", "per_cm"),
    [("µm", 1e4), ("\\u00B5m", 1e4), ("micron", 1e4), ("cm", 1), ("pixel", None)],
)
def test_units_of_length(unit, per_cm):
    found = resolution_from_density(0.02, 0.02, unit)
    assert found == (None if per_cm is None else Resolution(0.02 * per_cm, 0.02 * per_cm,
                                                            "centimeter"))  # fmt: skip
    assert resolution_from_pixel_size(0.5, 0.0, "mm") is None
    assert resolution_from_density(float("inf"), 1, "mm") is None


def test_imagej_display_colours_do_not_change_the_values(tmp_path):
    planes = (PLANES / 4).astype(np.uint8)
    fire = np.stack([np.arange(256), np.arange(256)[::-1], np.zeros(256)]).astype(np.uint8)
    tifffile.imwrite(
        tmp_path / "m.tif",
        planes,
        imagej=True,
        colormap=fire.astype(np.uint16) * 257,
        photometric="palette",
        metadata={"axes": "CYX", "Labels": list(NAMES)},
    )
    assert_holds(tmp_path / "m.tif", values=np.moveaxis(planes, 0, -1))


def test_ome_stack(tmp_path):
    tifffile.imwrite(
        tmp_path / "m.tif",
        PLANES,
        ome=True,
        metadata={
            "axes": "CYX",
            "Channel": {"Name": ["Pb L", "Ca Kα", "Fe-K"]},
            "PhysicalSizeX": 500.0,
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": 250.0,
            "PhysicalSizeYUnit": "µm",
        },
    )
    stack = assert_holds(tmp_path / "m.tif")
    assert stack.resolution == Resolution(20, 40, "centimeter")
    assert stack.resolution.pixel_size_mm == pytest.approx((0.5, 0.25))


PLAIN = {
    "pages": (PLANES, {"metadata": None}),
    "tifffile's own": (PLANES, {}),
    "compressed": (PLANES, {"metadata": None, "compression": "zlib", "rowsperstrip": 4}),
    "bigtiff": (PLANES, {"bigtiff": True}),
    "samples": (MAPS, {"planarconfig": "contig"}),
    "planar samples": (PLANES, {"planarconfig": "separate"}),
}


@pytest.mark.parametrize(("array", "options"), PLAIN.values(), ids=PLAIN.keys())
def test_plain_stack_is_named_by_number_or_by_the_user(tmp_path, array, options):
    path = tmp_path / "m.tif"
    tags: dict[str, Any] = {"resolution": (50, 25), "resolutionunit": "CENTIMETER"}
    tifffile.imwrite(path, array, photometric="minisblack", **tags, **options)
    stack = assert_holds(path, ("band-1", "band-2", "band-3"), notes=["names no elements"])
    assert stack.resolution == Resolution(50, 25, "centimeter")
    assert_holds_given(path)


def test_page_names(tmp_path):
    with tifffile.TiffWriter(tmp_path / "m.tif") as tif:
        for plane, name in zip(PLANES, ("Pb_L", "Ca Ka", "400 nm"), strict=True):
            tag = (285, "s", 0, name, True)
            tif.write(plane, photometric="minisblack", metadata=None, extratags=[tag])
    stack = assert_holds(tmp_path / "m.tif", ("Pb-L", "Ca-Ka", "400 nm"), notes=["400 nm"])
    assert "not the name of an element" in stack.notes[0]


def test_smaller_copies_are_ignored(tmp_path):
    with tifffile.TiffWriter(tmp_path / "m.tif") as tif:
        tif.write(PLANES, photometric="minisblack")
        tif.write(PLANES[0, ::4, ::4], photometric="minisblack", subfiletype=1)
    stack = read_element_maps(tmp_path / "m.tif", names=NAMES)
    np.testing.assert_array_equal(stack.values, MAPS)
    assert "1 smaller images" in stack.notes[0]


def test_three_maps_that_were_saved_as_colours_need_names(tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", MAPS, photometric="rgb")
    assert_holds_given(tmp_path / "m.tif")


def test_white_is_zero_is_read_as_displayed(tmp_path):
    planes = (PLANES / 4).astype(np.uint8)
    tifffile.imwrite(tmp_path / "m.tif", planes, photometric="miniswhite")
    stack = read_element_maps(tmp_path / "m.tif", names=NAMES)
    np.testing.assert_array_equal(stack.values, 255 - np.moveaxis(planes, 0, -1))
    assert "white-is-zero" in stack.notes[0]


def test_orientation_is_applied(tmp_path):
    turned = np.rot90(PLANES, axes=(1, 2))  # 6: the first row is the right-hand side
    tifffile.imwrite(
        tmp_path / "m.tif",
        turned,
        photometric="minisblack",
        resolution=(50, 25),
        resolutionunit="CENTIMETER",
        extratags=[(274, "H", 1, 6, True)],
        metadata=None,
    )
    stack = read_element_maps(tmp_path / "m.tif", names=NAMES)
    np.testing.assert_array_equal(stack.values, MAPS)
    assert stack.resolution == Resolution(25, 50, "centimeter")


@pytest.mark.parametrize("last", [True, False], ids=["YXC", "CYX"])
def test_numpy_arrays(tmp_path, last):
    array = MAPS if last else PLANES
    np.save(tmp_path / "m.npy", array)
    assert_holds_given(tmp_path / "m.npy")
    notes = ["axes not stated: read as 3 maps of 20 x 31 px"]
    assert_holds(tmp_path / "m.npy", ("band-1", "band-2", "band-3"), notes=notes)
    for stored in (np.array(NAMES), np.array(["Pb_L", "Fe_K", "Ca_K"], "S4")):
        np.savez(tmp_path / "m.npz", maps=array, names=stored)
        stack = read_element_maps(tmp_path / "m.npz")
        np.testing.assert_array_equal(stack.values, MAPS)
        assert stack.names[0] == "Pb-L"
        assert stack.notes == ()


def test_one_map(tmp_path):
    np.save(tmp_path / "m.npy", MAPS[..., 0])
    stack = read_element_maps(tmp_path / "m.npy", names=["Pb_L"])
    assert (stack.names, stack.values.shape) == (("Pb-L",), (20, 31, 1))
    tifffile.imwrite(tmp_path / "m.tif", MAPS[..., 0])
    stack = read_element_maps(tmp_path / "m.tif", names=["Pb_L"])
    np.testing.assert_array_equal(stack.values, MAPS[..., :1])


def test_axes_may_be_stated(tmp_path):
    cube = RNG.uniform(1, 2, (5, 6, 5)).astype(np.float32)
    names = [f"band {i}" for i in range(5)]
    np.save(tmp_path / "m.npy", cube)
    np.savez(tmp_path / "m.npz", maps=cube, names=names, axes="CYX")
    last = read_element_maps(tmp_path / "m.npy", names=names, axes="YXC")
    first = read_element_maps(tmp_path / "m.npz")
    np.testing.assert_array_equal(last.values, cube)
    np.testing.assert_array_equal(first.values, np.moveaxis(cube, 0, -1))


def test_rows_that_were_saved_as_pages(tmp_path):
    maps = RNG.uniform(1, 2, (20, 31, 5)).astype(np.float32)
    tifffile.imwrite(tmp_path / "m.tif", maps)
    names = ("Pb-L", "Ca-K", "Fe-K", "Hg-L", "Zn-K")
    by_name = read_element_maps(tmp_path / "m.tif", names=names)
    np.testing.assert_array_equal(by_name.values, maps)
    assert "pages are rows" in by_name.notes[0]
    np.testing.assert_array_equal(read_element_maps(tmp_path / "m.tif", axes="YXC").values, maps)


def test_folder_of_single_maps(tmp_path):
    files = {"images_Fe_K.tif": 2, "Ca-Kα.TIFF": 1, "scan_Pb_L.tif": 0, "images_sFe_K.tif": 0,
             "images_wFe_K.tif": 0, "rgb.tif": 0, ".Hg_L.tif": 0}  # fmt: skip
    for name, band in files.items():
        tifffile.imwrite(tmp_path / name, PLANES[band], resolution=(10, 10), resolutionunit=3)
    (tmp_path / "notes.txt").write_text("not a map")
    stack = read_element_maps(tmp_path)
    assert stack.names == ("Ca-Kα", "Fe-K", "Pb-L")
    np.testing.assert_array_equal(stack.values, MAPS[..., [1, 2, 0]])
    assert stack.resolution == Resolution(10, 10, "centimeter")
    assert "images_sFe_K, images_wFe_K" in stack.notes[0]
    assert "rgb" in stack.notes[1]
    assert len(stack.notes) == 2


def test_folder_whose_resolutions_differ(tmp_path):
    tifffile.imwrite(tmp_path / "Fe_K.tif", PLANES[0])
    tifffile.imwrite(tmp_path / "Pb_L.tif", PLANES[1], resolution=(10, 10), resolutionunit=3)
    stack = read_element_maps(tmp_path)
    assert stack.resolution == Resolution(10, 10, "centimeter")
    assert "resolution tags differ" in stack.notes[0]


def test_uncertainties_in_a_stack_are_left_out(tmp_path):
    labels = ["Pb-L", "s(Pb-L)", "w(Pb-L)"]
    tifffile.imwrite(tmp_path / "m.tif", PLANES, imagej=True, metadata={"Labels": labels})
    assert_holds(tmp_path / "m.tif", ("Pb-L",), MAPS[..., :1], ["left out: s(Pb-L), w(Pb-L)"])


def test_negative_counts_are_kept_and_said(tmp_path):
    planes = PLANES.copy()
    planes[1, :2, 0] = -7
    tifffile.imwrite(tmp_path / "m.tif", planes, photometric="minisblack")
    stack = read_element_maps(tmp_path / "m.tif", names=NAMES)
    assert stack.values.min() == -7
    assert stack.notes == ("negative counts kept: Ca-Kα: 2 of 620, lowest -7",)


def test_counts_beyond_float32_are_said_to_be_rounded(tmp_path):
    planes = PLANES.astype(np.uint32)
    planes[0, 0, 0] = 2**24 + 1
    tifffile.imwrite(tmp_path / "m.tif", planes, photometric="minisblack")
    assert "rounded" in read_element_maps(tmp_path / "m.tif", names=NAMES).notes[0]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_degrading_averages_blocks(tmp_path, scale):
    stack = ElementStack(MAPS, NAMES, "counts", Resolution(60, 30, "centimeter"))
    coarse, truth = degrade(stack, scale)
    h, w = 20 // scale, 31 // scale
    assert (coarse.size, truth.size) == ((h, w), (h * scale, w * scale))
    np.testing.assert_array_equal(truth.values, MAPS[: h * scale, : w * scale])
    for i, j in ((0, 0), (h - 1, w - 1)):
        block = MAPS[i * scale : (i + 1) * scale, j * scale : (j + 1) * scale]
        np.testing.assert_allclose(coarse.values[i, j], block.mean(axis=(0, 1)), rtol=1e-6)
    assert coarse.resolution == Resolution(60 / scale, 30 / scale, "centimeter")
    assert truth.resolution == stack.resolution
    assert coarse.names == truth.names == NAMES
    assert "cropped from 20 x 31" in truth.notes[-1]


def test_nothing_is_said_of_cropping_where_nothing_is_cropped():
    assert degrade(ElementStack(MAPS[:, :30], NAMES), 2)[1].notes == ()

"""Each kind of bad element maps gives one clear message: which file, and which element."""

import logging
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile

from tfpaintsep.errors import InputError
from tfpaintsep.images import ElementStack, degrade, read_element_maps

RNG = np.random.default_rng(8)
PLANES = RNG.uniform(0, 900, (3, 20, 31)).astype(np.float32)
NAMES = ["Pb-L", "Ca-K", "Fe-K"]


def refusal(path, **options) -> str:
    with pytest.raises(InputError) as caught:
        read_element_maps(path, **options)
    assert caught.value.advice
    assert str(path).partition("::")[0] in str(caught.value)
    return str(caught.value)


def imagej(path, planes=PLANES, labels=NAMES):
    metadata: Any = {"axes": "CYX", "Labels": list(labels)}
    tifffile.imwrite(path, planes, imagej=True, metadata=metadata)


def changed(band, where, value):
    planes = PLANES.copy()
    planes[(band, *where)] = value
    return planes


FILES = {
    "missing": (None, "no such file"),
    "empty": (b"", "an empty file"),
    "text": (b"Ca and Fe, of the left half\n" * 9, "a text file"),
    "another": (b"%PDF-1.4\x00\xff\xfe", "another kind"),
    "cut TIFF": (b"II*\0\x08\0\0\0", "damaged"),
    "cut npy": (b"\x93NUMPY\x01\0", "damaged"),
    "cut npz": (b"PK\x03\x04\x14\0\0\0", "damaged"),
    "cut HDF5": (b"\x89HDF\r\n\x1a\n\0\0\0", "damaged"),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES.keys())
def test_files_that_hold_no_maps(tmp_path, caplog, content, message):
    path = tmp_path / "maps.tif"
    if content is not None:
        path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert message in refusal(path)
    assert not caplog.records


VALUES = {
    "NaN": (changed(1, (slice(2), 3), np.nan), "Ca-K: 2 NaN and 0 infinite of 620"),
    "infinite": (changed(2, (0, 0), -np.inf), "Fe-K: 0 NaN and 1 infinite"),
    "all zero": (changed(0, (), 0), "Pb-L: the same value, 0, everywhere"),
    "constant": (changed(2, (), 5), "Fe-K: the same value, 5"),
}


@pytest.mark.parametrize(("planes", "message"), VALUES.values(), ids=VALUES.keys())
def test_values_that_are_no_counts(tmp_path, planes, message):
    imagej(tmp_path / "m.tif", planes)
    assert message in refusal(tmp_path / "m.tif")


def test_maps_without_content_are_kept_where_they_may_be(tmp_path):
    planes = changed(2, (), -5)
    planes[0] = 0
    imagej(tmp_path / "m.tif", planes)
    stack = read_element_maps(tmp_path / "m.tif", allow_constant=True)
    np.testing.assert_array_equal(stack.values, np.moveaxis(planes, 0, -1))
    assert stack.notes == (
        "maps without content kept: Pb-L: the same value, 0, everywhere; Fe-K: the same value, -5, "
        "everywhere",
        "negative counts kept: Fe-K: 620 of 620, lowest -5",
    )
    imagej(tmp_path / "m.tif", changed(1, (0, 0), np.nan))
    assert "Ca-K: 1 NaN" in refusal(tmp_path / "m.tif", allow_constant=True)


def test_values_too_large_for_float32(tmp_path):
    np.savez(tmp_path / "m.npz", maps=PLANES.astype("f8") * 1e300, names=NAMES)
    assert "infinite" in refusal(tmp_path / "m.npz")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["Pb-L", "Ca_K", "Ca K"], "Ca-K more than once"),
        (["Pb-L", "Ca-Ka", "Ca-Kα"], "Ca-Kα more than once"),
        (["Pb-L", "", "Ca-K"], "none for map 2 of 3"),
        (["s(Pb-L)", "w(Pb-L)", "chisq"], "s(Pb-L), w(Pb-L), chisq"),
    ],
)
def test_names_that_do_not_tell_the_maps_apart(tmp_path, labels, message):
    imagej(tmp_path / "m.tif", labels=labels)
    assert message in refusal(tmp_path / "m.tif")


def test_names_given_must_fit(tmp_path):
    imagej(tmp_path / "m.tif")
    np.save(tmp_path / "m.npy", PLANES)
    assert "expected 3 names" in refusal(tmp_path / "m.tif", names=["Fe-K", "Pb-L"])
    assert "a stack of 2 maps" in refusal(tmp_path / "m.npy", names=["Fe-K", "Pb-L"])
    assert "more than once" in refusal(tmp_path / "m.npy", names=["Fe-K", "Fe_K", "Pb-L"])
    with pytest.raises(InputError, match=r"CYX .* or YXC"):
        read_element_maps(tmp_path / "m.npy", names=NAMES, axes="ZYX")


def test_axes_that_cannot_be_told(tmp_path):
    cube = RNG.uniform(1, 2, (6, 8, 6))
    np.save(tmp_path / "m.npy", cube)
    assert "6 maps of 8 x 6 px or 6 maps of 6 x 8 px" in refusal(tmp_path / "m.npy")
    assert "cannot be told" not in refusal(tmp_path / "m.npy", names=["Fe-K", "Pb-L"])
    assert "6 maps" in refusal(tmp_path / "m.npy", names=[f"band {i}" for i in range(6)])
    tifffile.imwrite(tmp_path / "m.tif", RNG.uniform(1, 2, (20, 31, 5)))
    assert "20 maps of 31 x 5 px or 5 maps of 20 x 31 px" in refusal(tmp_path / "m.tif")


ARRAYS = {
    "four axes": (PLANES[None], "(1, 3, 20, 31)"),
    "text": (PLANES.astype(str), "values of type <U"),
    "complex": (PLANES * 1j, "complex"),
    "logical": (PLANES > 5, "bool"),
    "objects": (PLANES.astype(object), "damaged, truncated or unsupported"),
    "a line": (PLANES[:, :1], "1 x 31 px"),
}


@pytest.mark.parametrize(("array", "message"), ARRAYS.values(), ids=ARRAYS.keys())
def test_arrays_that_are_no_maps(tmp_path, array, message):
    np.save(tmp_path / "m.npy", array)
    assert message in refusal(tmp_path / "m.npy", names=NAMES)


def test_npz_must_say_what_it_holds(tmp_path):
    np.savez(tmp_path / "m.npz", PLANES)
    assert "`maps` and `names`; found arr_0" in refusal(tmp_path / "m.npz")
    np.savez(tmp_path / "m.npz", maps=PLANES, names=np.array(NAMES, dtype=object))
    assert "damaged, truncated or unsupported" in refusal(tmp_path / "m.npz")
    np.savez(tmp_path / "m.npz", maps=PLANES, names=NAMES)
    whole = (tmp_path / "m.npz").read_bytes()
    (tmp_path / "m.npz").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(tmp_path / "m.npz")


TIFFS = {
    "photograph": (PLANES[0, :, :30].reshape(20, 10, 3), {"photometric": "rgb"}, "RGB"),
    "palette": ((PLANES[0] / 4).astype("u1"), {"photometric": "palette",
                "colormap": np.zeros((3, 256), "u2")}, "PALETTE"),
    "hyperstack": (np.stack([PLANES, PLANES]), {"imagej": True, "metadata": {"axes": "TCYX"}},
                   "axes TCYX"),
    "complex": (PLANES * 1j, {"photometric": "minisblack"}, "complex"),
    "white-is-zero floats": (PLANES, {"photometric": "miniswhite"}, "MINISWHITE"),
}  # fmt: skip


@pytest.mark.parametrize(("array", "options", "message"), TIFFS.values(), ids=TIFFS.keys())
def test_tiffs_that_are_no_stack_of_maps(tmp_path, array, options, message):
    tifffile.imwrite(tmp_path / "m.tif", array, **options)
    assert message in refusal(tmp_path / "m.tif")


def test_maps_of_several_sizes_in_one_file(tmp_path):
    with tifffile.TiffWriter(tmp_path / "m.tif") as tif:
        tif.write(PLANES[0], metadata=None)
        tif.write(PLANES[0, :15], metadata=None)
    message = refusal(tmp_path / "m.tif")
    assert "20 x 31 px" in message
    assert "15 x 31 px" in message


@pytest.mark.parametrize(
    "options",
    [
        {"imagej": True, "metadata": {"axes": "CYX", "Labels": NAMES}},
        {"ome": True, "metadata": {"axes": "CYX"}},
        {"metadata": None},
        {},
        {"metadata": None, "compression": "zlib", "rowsperstrip": 4},
        {"tile": (16, 16)},
    ],
    ids=["imagej", "ome", "pages", "shaped", "compressed", "tiled"],
)
def test_a_stack_cut_anywhere_is_refused(tmp_path, caplog, options):
    path = tmp_path / "cut.tif"
    tifffile.imwrite(path, PLANES, photometric="minisblack", **options)
    whole = path.read_bytes()
    np.testing.assert_array_equal(read_element_maps(path).values, np.moveaxis(PLANES, 0, -1))
    lengths = [4, 8, 40, 300, 700, len(whole) // 3, len(whole) // 2, 3000, 6000, len(whole) - 600]
    for length in lengths:
        path.write_bytes(whole[:length])
        with caplog.at_level(logging.WARNING):
            refusal(path)
    assert not caplog.records


def folder_with(tmp_path, **maps):
    for name, planes in maps.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", planes, photometric="minisblack")
    return tmp_path


def test_folders_that_are_no_stack(tmp_path):
    assert "no TIFF file" in refusal(tmp_path)
    folder_with(tmp_path, rgb=PLANES[0], images_chisq=PLANES[0])
    assert "found images_chisq.tif, rgb.tif" in refusal(tmp_path)
    folder_with(tmp_path, Fe_K=PLANES[0], Zn_K=PLANES[0, :, :30])
    message = refusal(tmp_path)
    assert str(tmp_path / "Zn_K.tif") in message
    assert "20 x 31 px (height x width), as Fe_K.tif has; found 20 x 30 px" in message
    folder_with(tmp_path, Zn_K=PLANES)
    assert "Zn_K.tif: expected the map of one element; found a stack of 3 maps" in refusal(tmp_path)
    (tmp_path / "Zn_K.tif").write_bytes(b"II*\0")
    assert "Zn_K.tif" in refusal(tmp_path)
    folder_with(tmp_path, **{"Zn_K": PLANES[0], "other_Zn-K": PLANES[1]})
    assert "several files for Zn-K (other_Zn-K.tif, Zn_K.tif)" in refusal(tmp_path)
    assert "Leave the names out" in refusal(tmp_path, names=["Fe-K"])


def test_an_uncertainty_by_its_title_is_not_loaded_under_an_elements_name(tmp_path):
    tifffile.imwrite(tmp_path / "Fe_K.tif", PLANES[0], description="Title=s(Fe_K)", metadata=None)
    assert "titled s(Fe_K)" in refusal(tmp_path)


def fit(path, process="images/xrf_fit", group="parameters", **signals):
    with h5py.File(path, "a") as file:
        for name, values in signals.items():
            file[f"{process}/results/{group}/{name}"] = values


def test_hdf5_that_holds_no_fit(tmp_path):
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        file["entry/data"] = PLANES
    assert "groups entry" in refusal(path)
    fit(path, group="massfractions", Fe_K=PLANES[0])
    assert "fit results of PyMca" in refusal(path)
    fit(path, A0=PLANES[0])
    assert "found A0" in refusal(path)
    fit(path, Fe_K=PLANES)
    assert "Fe_K: expected images (rows, columns)" in refusal(path)
    fit(path, "images/second", Fe_K=PLANES[0])
    message = refusal(path)
    assert f"{path}::/images/" in message
    assert refusal(f"{path}::/images/third").count("/images/second/results/parameters") == 1
    np.testing.assert_array_equal(
        read_element_maps(f"{path}::/images/second").values[..., 0], PLANES[0]
    )
    assert "Leave the names out" in refusal(path, names=["Fe-K"])


def test_maps_of_a_fit_that_differ_or_are_no_numbers(tmp_path):
    fit(tmp_path / "a.h5", Fe_K=PLANES[0], Zn_K=PLANES[0, :5])
    assert "Zn_K: expected images (rows, columns) of one size" in refusal(tmp_path / "a.h5")
    fit(tmp_path / "b.h5", Fe_K=PLANES[0].astype("S8"))
    assert "values of type |S8" in refusal(tmp_path / "b.h5")
    fit(tmp_path / "c.h5", Fe_K=PLANES[0], Zn_K=np.zeros((20, 31)))
    assert "Zn-K: the same value, 0" in refusal(tmp_path / "c.h5")
    whole = (tmp_path / "c.h5").read_bytes()
    (tmp_path / "c.h5").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(tmp_path / "c.h5")


@pytest.mark.parametrize("scale", [-1, 0, 1, 11])
def test_scales_that_do_not_fit(scale):
    stack = ElementStack(np.moveaxis(PLANES, 0, -1).copy(), tuple(NAMES))
    with pytest.raises(InputError, match=r"from 2 to 10 for maps of 20 x 31 px; found"):
        degrade(stack, scale)

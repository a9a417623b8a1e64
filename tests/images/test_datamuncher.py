"""Datamuncher's `.dms`, and Bruker's `.bcf`, which holds no maps."""

import numpy as np
import pytest
import tifffile

from tfpaintsep.errors import InputError
from tfpaintsep.images import read_element_maps

PLANES = np.random.default_rng(9).uniform(-90, 900, (4, 6, 9)).astype("<f4")
NAMES = ["Cl-K", "Ca-Ka", "Ca-Kb", "chisq"]


def dms(planes=PLANES, names=NAMES, end="\r\n"):
    bands, height, width = planes.shape
    head = f"2\n{width:10d}{height:10d}{bands:11d}\n"
    return head.encode() + planes.tobytes() + "".join(name + end for name in names).encode()


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_element_maps(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("end", ["\r\n", "\n", "  \n"])
def test_maps_come_row_after_row_with_their_names(tmp_path, end):
    (tmp_path / "m.dms").write_bytes(dms(end=end))
    maps = read_element_maps(tmp_path / "m.dms")
    assert maps.names == ("Cl-K", "Ca-Ka", "Ca-Kb")
    np.testing.assert_array_equal(maps.values, np.moveaxis(PLANES[:3], 0, -1))
    assert any("top" in note for note in maps.notes)
    assert any("chisq" in note for note in maps.notes)
    assert any("negative" in note for note in maps.notes)


def test_values_that_look_like_line_ends_are_values(tmp_path):
    planes = PLANES.copy()
    planes[:, :, ::2] = np.frombuffer(b"\n\r 2", "<f4")
    (tmp_path / "m.dms").write_bytes(dms(planes))
    maps = read_element_maps(tmp_path / "m.dms")
    np.testing.assert_array_equal(maps.values, np.moveaxis(planes[:3], 0, -1))


def test_a_file_cut_anywhere_is_refused(tmp_path):
    whole = dms()
    last_name = len(whole) - len("chisq\r\n")
    for length in {1, 2, 10, 33, *range(34, last_name, 41), last_name}:
        (tmp_path / "m.dms").write_bytes(whole[:length])
        refusal(tmp_path / "m.dms")


BROKEN = {
    "doubles": (dms(PLANES.astype("<f8")), "names of 4 maps behind their values"),
    "two names more": (dms(names=[*NAMES, "Fe-K", "Zn-K"]), "found 6 lines"),
    "numbers as text (.ims)": (
        b"2\n9 6 4\n" + b"".join(b"%13.5f\n" % x for x in PLANES.ravel()) + b"Fe-K\n" * 4,
        "Save it in Datamuncher again as .dms",
    ),
    "huge": (b"2\n900000 900000 90\nFe-K", "damaged"),
    "no map": (dms(PLANES[:0], []), "maps of fitted peak areas"),
    "NaN": (dms(np.full_like(PLANES, np.nan)), "Cl-K: 54 NaN"),
    "spectra": (b"3\n4 4 4 4\n", "a text file"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_files_that_hold_no_maps(tmp_path, content, message):
    (tmp_path / "m.dms").write_bytes(content)
    assert message in refusal(tmp_path / "m.dms")


def test_through_the_command_line(tmp_path, invoke):
    (tmp_path / "m.dms").write_bytes(dms())
    maps, out = tmp_path / "m.dms", tmp_path / "coarse"
    result = invoke("degrade", "--maps", maps, "--scale", 3, "--out", out)
    assert result.code == 0, result.err
    coarse = read_element_maps(out / "maps.tif")
    assert coarse.names == ("Cl-K", "Ca-Ka", "Ca-Kb")
    means = PLANES[:3].reshape(3, 2, 3, 3, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(coarse.values, np.moveaxis(means, 0, -1), rtol=1e-5)
    with tifffile.TiffFile(out / "maps.tif") as tif:
        assert tif.is_imagej


def test_a_bruker_hypermap_is_refused_with_what_to_export(tmp_path, invoke):
    bcf, out = tmp_path / "scan.bcf", tmp_path / "out"
    bcf.write_bytes(b"AAMVHFSS" + bytes(600))
    result = invoke("degrade", "--maps", bcf, "--scale", 2, "--out", out)
    assert result.code == 2
    assert "scan.bcf" in result.err
    assert "spectrum for every pixel" in " ".join(result.err.split())
    assert "Esprit" in result.err
    assert not out.exists()

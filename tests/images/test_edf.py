"""EDF as PyMca and fabio write it: every map and name, and nothing of a file that is cut off."""

import logging
import sys

import fabio.edfimage
import numpy as np
import pytest
import tifffile

from tfpaintsep.errors import InputError
from tfpaintsep.images import read_element_maps
from tfpaintsep.runs.provenance import checksum

PLANES = np.random.default_rng(4).uniform(0, 900, (5, 6, 7)).astype(np.float32)
TITLES = ["w(Fe_K)", "Ca_K", "Fe_K", "Scatter_Compton000", "s(Fe_K)"]


def block(number, title, plane, dtype="FloatValue"):
    """An image as PyMca's batch fit writes it: a header of 1024 bytes, then the values."""
    height, width = plane.shape
    lines = {
        "HeaderID": f"EH:{number:06d}:000000:000000",
        "Image": number,
        "ByteOrder": "LowByteFirst",
        "DataType": dtype,
        "Dim_1": width,
        "Dim_2": height,
        "Size": plane.nbytes,
        "Title": title,
    }
    text = "{\n" + "".join(f"{key} = {value} ;\n" for key, value in lines.items())
    return text.ljust(1022).encode() + b"}\n" + plane.tobytes()


def stack(titles=TITLES, planes=PLANES):
    return b"".join(block(i + 1, *one) for i, one in enumerate(zip(titles, planes, strict=True)))


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_element_maps(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_every_image_of_a_fit_in_one_file(tmp_path):
    (tmp_path / "images.edf").write_bytes(stack())
    maps = read_element_maps(tmp_path / "images.edf")
    assert maps.names == ("Ca-K", "Fe-K")
    np.testing.assert_array_equal(maps.values, np.moveaxis(PLANES[1:3], 0, -1))
    assert maps.resolution is None
    assert "w(Fe_K), s(Fe_K)" in maps.notes[0]
    assert "Scatter_Compton000" in maps.notes[1]


@pytest.mark.parametrize("dtype", ["u2", "i4", "f4", "f8"])
def test_what_fabio_writes(tmp_path, dtype):
    planes = PLANES.astype(dtype)
    image = fabio.edfimage.EdfImage(data=planes[0], header={"Title": "Pb L"})
    image.append_frame(data=planes[1], header={"Title": "Hg-L"})
    image.write(str(tmp_path / "m.edf"))
    maps = read_element_maps(tmp_path / "m.edf")
    assert maps.names == ("Pb-L", "Hg-L")
    np.testing.assert_array_equal(maps.values, np.moveaxis(planes[:2], 0, -1).astype("f4"))


def test_high_byte_first(tmp_path):
    data = block(1, "Fe_K", PLANES[0].astype(">f4")).replace(b"LowByteFirst", b"HighByteFirst", 1)
    (tmp_path / "m.edf").write_bytes(data.replace(b"  }", b" }", 1))
    maps = read_element_maps(tmp_path / "m.edf")
    np.testing.assert_array_equal(maps.values[..., 0], PLANES[0])


def test_images_without_titles_are_named_by_the_user(tmp_path):
    fabio.edfimage.EdfImage(data=PLANES[0]).write(str(tmp_path / "m.edf"))
    assert "names no elements" in read_element_maps(tmp_path / "m.edf").notes[0]
    assert read_element_maps(tmp_path / "m.edf", names=["Fe_K"]).names == ("Fe-K",)


def test_a_file_cut_anywhere_is_refused(tmp_path, caplog):
    path, whole = tmp_path / "cut.edf", stack(TITLES[1:3], PLANES[1:3])
    middle = len(whole) // 2  # here the format cannot tell: it does not count its images
    for length in {1, 2, 5, 30, 900, 1023, *range(1024, len(whole), 67), len(whole) - 1} - {middle}:
        path.write_bytes(whole[:length])
        with caplog.at_level(logging.WARNING):
            refusal(path)
    assert not caplog.records


def test_sizes_that_cannot_be_true_are_not_believed(tmp_path):
    path, whole = tmp_path / "m.edf", block(1, "Fe_K", PLANES[0])
    path.write_bytes(whole.replace(b"Dim_1 = 7 ", b"Dim_1 = 7" + b"0" * 9, 1))
    assert "bytes stored of an image of" in refusal(path)
    path.write_bytes(whole.replace(b"Size = 168", b"Size = 9" + b"0" * 12, 1))
    assert "ends at byte" in refusal(path)
    path.write_bytes(whole + block(2, "Ca_K", PLANES[0][:4]))
    assert "(6, 7) and of (4, 7)" in refusal(path)
    path.write_bytes(block(1, "Fe_K", np.full((6, 7), np.nan, "f4")))
    assert "Fe-K: 42 NaN" in refusal(path)


def test_json_is_no_edf(tmp_path):
    (tmp_path / "m.edf").write_text('{"maps": 3}')
    assert "a text file" in refusal(tmp_path / "m.edf")


def test_without_fabio_the_message_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fabio.edfimage", None)
    (tmp_path / "m.edf").write_bytes(stack())
    assert 'pip install "tfpaintsep[edf]"' in refusal(tmp_path / "m.edf")


def test_a_folder_of_a_fit_is_read_from_one_kind_of_file(tmp_path):
    for title, name, plane in (
        ("Ca_K", "images_Ca_K", PLANES[1]),
        ("Fe_K", "images_Fe_K", PLANES[2]),
        ("s(Fe_K)", "images_sFe_K", PLANES[4]),
    ):
        (tmp_path / f"{name}.edf").write_bytes(block(1, title, plane))
    tifffile.imwrite(tmp_path / "photograph.tif", PLANES[0])
    from_edf = read_element_maps(tmp_path)
    assert from_edf.names == ("Ca-K", "Fe-K")
    np.testing.assert_array_equal(from_edf.values, np.moveaxis(PLANES[1:3], 0, -1))
    before = checksum(tmp_path)
    (tmp_path / "notes.md").write_text("nothing of it is read")
    assert checksum(tmp_path) == before
    (tmp_path / "images_Fe_K.edf").write_bytes(block(1, "Fe_K", PLANES[3]))
    assert checksum(tmp_path) != before
    tifffile.imwrite(tmp_path / "images_Ca_K.tif", PLANES[0])
    from_tiff = read_element_maps(tmp_path)
    np.testing.assert_array_equal(from_tiff.values[..., 0], PLANES[0])
    assert "read from the TIFF files; maps as EDF are there too" in from_tiff.notes

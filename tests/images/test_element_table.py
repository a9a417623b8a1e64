"""Tables and matrices of numbers: PyMca's `.csv` and `.dat`, XRF-Explorer's, ImageJ's text."""

import numpy as np
import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.images import read_element_maps

PLANES = np.round(np.random.default_rng(6).uniform(0, 900, (3, 4, 5)), 3).astype(np.float32)
MAPS = np.moveaxis(PLANES, 0, -1)
NAMES = ["Ca_K", "s(Ca_K)", "Fe_K"]


def table(names=NAMES, planes=PLANES, separator=";", quote='"', end="", first=0):
    columns = [f"{quote}{name}{quote}" for name in ("row", "column", *names)]
    lines = [separator.join(columns)]
    for row, column in np.ndindex(planes.shape[1:]):
        values = [f"{value:.7g}" for value in planes[:, row, column]]
        lines.append(separator.join([str(row + first), str(column + first), *values]) + end)
    return lines


def save(path, lines):
    path.write_text("\n".join(lines) + "\n\n")
    return path


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_element_maps(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


LAYOUTS = {
    "PyMca csv": {},
    "PyMca dat": {"separator": "  ", "quote": ""},
    "XRF-Explorer": {"end": ";"},
    "commas": {"separator": ",", "quote": ""},
    "tabs from one": {"separator": "\t", "quote": "", "first": 1},
    "single blanks": {"separator": " ", "quote": ""},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_column_of_an_element_is_a_map(tmp_path, layout):
    maps = read_element_maps(save(tmp_path / "images.any", table(**layout)))
    assert maps.names == ("Ca-K", "Fe-K")
    np.testing.assert_array_equal(maps.values, MAPS[..., [0, 2]])
    assert "s(Ca_K)" in maps.notes[0]
    assert maps.resolution is None


@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas_of_a_spreadsheet(tmp_path, separator):
    lines = [line.replace(".", ",") for line in table(separator=separator)]
    maps = read_element_maps(save(tmp_path / "images.csv", lines))
    np.testing.assert_array_equal(maps.values, MAPS[..., [0, 2]])


def test_thousands_are_no_decimals(tmp_path):
    lines = ["900;937;974;1,011"] * 3
    save(tmp_path / "Fe_K.csv", lines)
    with pytest.raises(InputError, match="1,011, with decimals or thousands"):
        read_element_maps(tmp_path)
    lines[1] = "900;937;0,974;1,011"  # which thousands never are
    save(tmp_path / "Fe_K.csv", lines)
    values = read_element_maps(tmp_path).values[..., 0]
    np.testing.assert_allclose(values[1], [900, 937, 0.974, 1.011])


def test_another_encoding_is_named(tmp_path):
    path = tmp_path / "images.csv"
    path.write_bytes("\n".join(table(["Ca_K", "Rückstreuung", "Fe_K"])).encode("latin-1"))
    assert "UTF-8" in refusal(path)


def test_names_with_blanks_between_columns_of_two_blanks(tmp_path):
    lines = table(["Ca K", "Compton", "Fe K"], separator="  ", quote="")
    assert read_element_maps(save(tmp_path / "m.dat", lines)).names == ("Ca-K", "Fe-K")


def test_names_that_are_no_elements_are_kept_where_none_is(tmp_path):
    maps = read_element_maps(save(tmp_path / "m.csv", table(["400 nm", "500 nm", "600 nm"])))
    assert maps.names == ("400 nm", "500 nm", "600 nm")
    names = ["Pb-L", "Hg-L", "Zn-K"]
    assert read_element_maps(tmp_path / "m.csv", names=names).names == tuple(names)


def test_lines_in_any_order_columns_first_and_a_byte_order_mark(tmp_path):
    header, *lines = table(["Ca_K", "Pb_L", "Fe_K"], separator=",")
    swapped = header.replace("row", "?").replace("column", "Row").replace("?", "Column")
    cells = [line.split(",") for line in lines]
    shuffled = [",".join([b, a, *rest]) for a, b, *rest in cells[::-1]]
    (tmp_path / "m.csv").write_bytes("\r\n".join([swapped, *shuffled]).encode("utf-8-sig"))
    maps = read_element_maps(tmp_path / "m.csv")
    np.testing.assert_array_equal(maps.values, MAPS)


LINES = table()
BROKEN = {
    "cut between lines": (LINES[:-2], "2 pixels missing and 0 doubled"),
    "cut in a line": ([*LINES[:-1], "3;4;1"], "damaged"),
    "titles only": (LINES[:1], "damaged"),
    "a line twice": ([*LINES, LINES[3]], "0 pixels missing and 1 doubled"),
    "a row left out": ([line for line in LINES if line[:2] != "1;"], "5 pixels missing"),
    "first row left out": ([li for li in LINES if li[:2] not in ("0;", "1;")], "from 2 to 3"),
    "positions in mm": ([LINES[0], "0;0.5;1;2;3", "0;1.5;1;2;3"], "other numbers from 0.5 to 1.5"),
    "far away": ([*LINES[:-1], "3;99999;1;2;3"], "from 0 to 99999"),
    "no number for a row": ([*LINES[:-1], "nan;4;1;2;3"], "column `row`"),
    "commas in thousands": ([*LINES[:-1], "3;4;1.234,5;2;3"], "could not convert"),
    "an empty cell": ([*LINES[:-1], "3;4;1;;3"], "could not convert"),
    "no value": ([*LINES[:-1], "3;4;nan;2;3"], "Ca-K: 1 NaN"),
    "too few titles": ([LINES[0].removesuffix(';"Fe_K"'), *LINES[1:]], "4 names of columns"),
    "the same title": ([LINES[0].replace("Fe", "Ca"), *LINES[1:]], "Ca-K more than once"),
    "constant": (table(planes=np.full((3, 4, 5), 7.0)), "Ca-K: the same value, 7"),
}


@pytest.mark.parametrize(("lines", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_tables_that_are_incomplete_or_no_maps(tmp_path, lines, message):
    assert message in refusal(save(tmp_path / "m.csv", lines))


@pytest.mark.parametrize("separator", [";", ",", "\t", " "])
def test_a_folder_of_matrices(tmp_path, separator):
    for name, plane in zip(("scan_Fe_K.csv", "Ca K.txt", "Pb-L.dat"), PLANES, strict=True):
        np.savetxt(tmp_path / name, plane, fmt="%.9g", delimiter=separator)
    (tmp_path / "readme.txt").write_text("not a map")
    maps = read_element_maps(tmp_path)
    assert maps.names == ("Ca-K", "Pb-L", "Fe-K")
    np.testing.assert_array_equal(maps.values, MAPS[..., [1, 2, 0]])
    assert "readme" in maps.notes[0]


def test_matrices_that_are_cut_or_of_another_size(tmp_path):
    np.savetxt(tmp_path / "Fe_K.csv", PLANES[0], delimiter=",")
    whole = (tmp_path / "Fe_K.csv").read_text()
    (tmp_path / "Fe_K.csv").write_text(whole[:-30])
    assert "damaged" in (message := refusal(tmp_path))
    assert "Fe_K.csv" in message
    (tmp_path / "Fe_K.csv").write_text(whole)
    np.savetxt(tmp_path / "Pb_L.csv", PLANES[0, :3], delimiter=",")
    assert "as Fe_K.csv has; found 3 x 5 px" in refusal(tmp_path)
    save(tmp_path / "Pb_L.csv", LINES)
    assert "without titles; found a text file" in refusal(tmp_path)


def test_a_folder_with_nothing_but_tables_says_to_name_one(tmp_path):
    save(tmp_path / "images.csv", LINES)
    assert "found images.csv" in (message := refusal(tmp_path))
    assert "given by its own name" in message

"""PyMca's fit results: the fitted areas are read, nothing else."""

import h5py
import numpy as np
import pytest
import tifffile

from tfpaintsep.images import Resolution, read_element_maps

RNG = np.random.default_rng(4)
SIGNALS = ("Pb_L", "Ca_K", "Scatter_Compton000", "Fe_Ka")
AREAS = {name: RNG.uniform(1, 50, (20, 31)).astype(np.float32) for name in SIGNALS}


def write_fit(path, *, listed=True, process="images/xrf_fit"):
    """The layout that PyMca's batch fit writes, error links and diagnostics included."""
    with h5py.File(path, "a") as file:
        results = file.create_group(f"{process}/results")
        results.attrs["NX_class"] = "NXcollection"
        for group, factor in (("parameters", 1), ("uncertainties", 0.1), ("massfractions", 0.01)):
            data = results.create_group(group)
            data.attrs["NX_class"] = "NXdata"
            for name, area in AREAS.items():
                data[name] = factor * area
                data[name].attrs["interpretation"] = "image"
            if listed:
                data.attrs["signal"] = SIGNALS[0]
                data.attrs["auxiliary_signals"] = SIGNALS[1:]
        for name in SIGNALS:
            results[f"parameters/{name}_errors"] = h5py.SoftLink(f"../uncertainties/{name}")
        results["diagnostics/chisq"] = AREAS["Pb_L"]
        file[f"{process}/plotselect"] = h5py.SoftLink(f"/{process}/results/parameters")


@pytest.mark.parametrize("listed", [True, False], ids=["with signals", "without"])
def test_only_the_fitted_areas_of_elements_are_read(tmp_path, listed):
    write_fit(tmp_path / "IMAGES.h5", listed=listed)
    stack = read_element_maps(tmp_path / "IMAGES.h5")
    assert stack.names == (("Pb-L", "Ca-K", "Fe-Ka") if listed else ("Ca-K", "Fe-Ka", "Pb-L"))
    for band, name in enumerate(stack.names):
        np.testing.assert_array_equal(stack.values[..., band], AREAS[name.replace("-", "_")])
    assert stack.resolution is None
    assert "/images/xrf_fit/results/parameters" in stack.notes[0]
    assert stack.notes[1] == "not named by an element, left out: Scatter_Compton000"


def test_one_of_several_fits_is_named_in_the_path(tmp_path):
    write_fit(tmp_path / "f.h5", process="entry/first")
    write_fit(tmp_path / "f.h5", process="entry/second")
    with h5py.File(tmp_path / "f.h5", "a") as file:
        file["entry/second/results/parameters/Ca_K"][...] += 1000
    for group in ("/entry/second", "entry/second/", "/entry/second/results/parameters"):
        stack = read_element_maps(f"{tmp_path / 'f.h5'}::{group}")
        assert stack.values[..., 1].min() > 1000
        assert stack.source == tmp_path / "f.h5"


@pytest.mark.parametrize(
    ("units", "bend", "expected"),
    [
        (("mm", "mm"), 0, Resolution(40, 20, "centimeter")),
        (("µm", "µm"), 0, Resolution(40e3, 20e3, "centimeter")),
        (("mm", "µm"), 0, None),
        (("mm", "mm"), 0.1, None),
        (("", ""), 0, None),
    ],
)
def test_pixel_size_from_the_positions_of_the_scan(tmp_path, units, bend, expected):
    write_fit(tmp_path / "f.h5")
    with h5py.File(tmp_path / "f.h5", "a") as file:
        data = file["images/xrf_fit/results/parameters"]
        data["y"] = 7 - 0.5 * np.arange(20)  # a motor that runs backwards
        data["x"] = 3 + 0.25 * np.arange(31) + bend * (np.arange(31) > 9)
        data.attrs["axes"] = ["y", "x"]
        for name, unit in zip("yx", units, strict=True):
            data[name].attrs["units"] = unit
    found = read_element_maps(tmp_path / "f.h5").resolution
    if expected is None or found is None:
        assert found == expected
    else:
        assert (found.x, found.y) == pytest.approx((expected.x, expected.y))


def test_units_of_the_values(tmp_path):
    write_fit(tmp_path / "f.h5")
    with h5py.File(tmp_path / "f.h5", "a") as file:
        for name in SIGNALS:
            file[f"images/xrf_fit/results/parameters/{name}"].attrs["units"] = "counts"
    assert read_element_maps(tmp_path / "f.h5").unit == "counts"


def test_multi_page_tiff_with_titles(tmp_path):
    titles = ["w(Pb_L)", *SIGNALS, "s(Pb_L)", "chisq"]
    with tifffile.TiffWriter(tmp_path / "images.tif") as tif:
        for title in titles:
            area = AREAS.get(title, AREAS["Pb_L"] / 100)
            tif.write(area, description=f"Title={title}", metadata=None, photometric="minisblack")
    stack = read_element_maps(tmp_path / "images.tif")
    assert stack.names == ("Pb-L", "Ca-K", "Fe-Ka")
    np.testing.assert_array_equal(stack.values[..., 0], AREAS["Pb_L"])
    assert "w(Pb_L), s(Pb_L), chisq" in stack.notes[0]
    assert "Scatter_Compton000" in stack.notes[1]

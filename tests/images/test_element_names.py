"""One spelling for every program's names; what is no map of counts is known by its name."""

import numpy as np
import pytest

from tfpaintsep.images.element_names import (
    is_derived,
    is_element,
    name_of_file,
    normalised_name,
    repeated_names,
    select_maps,
)
from tfpaintsep.images.element_stack import ElementStack


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Fe-K", "Fe-K"),
        ("Fe_K", "Fe-K"),
        ("Fe K", "Fe-K"),
        (" Fe  K \n", "Fe-K"),
        ("Fe–K", "Fe-K"),
        ("Fe:K", "Fe-K"),
        ("Ca-Ka", "Ca-Ka"),
        ("Ca Kα", "Ca-Kα"),
        ("Ca_KA", "Ca-KA"),
        ("Pb L3M5", "Pb-L3M5"),
        ("Hg_M", "Hg-M"),
        ("K K", "K-K"),
        ("Fe_K\nslice 3 of 7", "Fe-K"),
        ("images_Fe_K.tif", "Fe-K"),
        ("400 nm", "400 nm"),
        ("Compton", "Compton"),
        ("Xx_K", "Xx_K"),
        ("Pb Layer", "Pb Layer"),
        ("Scatter_Peak000", "Scatter_Peak000"),
        ("  ", ""),
    ],
)
def test_the_rule(given, expected):
    assert normalised_name(given) == expected
    assert normalised_name(expected) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("Fe_K.tif", "Fe-K"),
        ("Fe-K.TIFF", "Fe-K"),
        ("images_Fe_K.tif", "Fe-K"),
        ("my scan 2_Ca Ka.tif", "Ca-Ka"),
        ("Cs_L.tif", "Cs-L"),
        ("scan_W_L.tif", "W-L"),
        ("Pb.tif", "Pb"),
        ("rgb.tif", "rgb"),
        ("images_sFe_K.tif", "images_sFe_K"),
    ],
)
def test_names_of_files(file, expected):
    assert name_of_file(f"folder/{file}") == expected


@pytest.mark.parametrize(
    "name",
    ["s(Fe-K)", "w(Fe_K)", "mM(Fe-K)", "s(Fe_K)_Layer1", "sFe_K", "wPb_L", "mMCa_K", "s_Fe_K",
     "images_sFe_K", "images_wFe_K_Layer1", "chisq", "images_chisq", "s(Scatter_Peak000)"],
)  # fmt: skip
def test_what_is_no_map_of_counts(name):
    assert is_derived(name)
    assert not is_element(normalised_name(name))


@pytest.mark.parametrize("name", ["Fe-K", "S-K", "W-L", "Cs_L", "images_W_L", "Sn-L", "Se_K", "Mo"])
def test_maps_are_not_mistaken_for_uncertainties(name):
    assert not is_derived(name)


def test_selection_says_what_it_left_out():
    names = ["Fe-K", "s(Fe-K)", "Scatter_Peak000", "Pb"]
    kept, notes = select_maps(names)
    assert kept == [0, 2, 3]
    assert "s(Fe-K)" in notes[0]
    kept, notes = select_maps(names, only_elements=True)
    assert kept == [0, 3]
    assert "Scatter_Peak000" in notes[1]
    assert select_maps(["Fe-K"], only_elements=True) == ([0], ())


def test_names_are_equal_in_any_spelling_of_their_greek_letters():
    assert repeated_names(["Ca-Ka", "Ca-Kb", "Ca-Kα", "Fe-Ka", "CA-KALPHA"]) == [
        "Ca-Kα",
        "CA-KALPHA",
    ]
    assert repeated_names(["Co-K", "C-K", "K-K", "Ca-K"]) == []


def test_a_stack_is_checked_where_it_is_made():
    values = np.zeros((4, 5, 2), np.float32)
    stack = ElementStack(values, ("Fe-K", "Pb-L"))
    assert (stack.size, stack.bands) == ((4, 5), 2)
    for bad in (values[0], values.astype("f8"), values[..., :0], values[..., :1]):
        with pytest.raises(ValueError, match="Received"):
            ElementStack(bad, ("Fe-K", "Pb-L"))
    for names in (("Fe-K",), ("Fe-K", ""), ("Fe-K", "Fe-K")):
        with pytest.raises(ValueError, match="2 different names"):
            ElementStack(values, names)

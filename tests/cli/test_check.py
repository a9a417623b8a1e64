"""`tfpaintsep check`: files on disk, told by their content, in words, as JSON and as a page."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from tfpaintsep.images import ElementStack, Resolution, write_8bit, write_16bit, write_element_maps
from tfpaintsep.simulation import SimulatedPainting, simulate

FINE, COARSE = Resolution(40, 40, "centimeter"), Resolution(10, 10, "centimeter")


@pytest.fixture(scope="module")
def simulated() -> SimulatedPainting:
    return simulate(size=(240, 240), seed=6)


@pytest.fixture(scope="module")
def files(simulated: SimulatedPainting, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a radiograph, a photograph and maps, under names that say nothing."""
    folder = tmp_path_factory.mktemp("painting")
    write_16bit(folder / "a.tif", simulated.mixture, FINE)
    write_8bit(folder / "b.tif", np.round(255 * simulated.rgb).astype(np.uint8), FINE)
    stack = ElementStack(simulated.maps.values, simulated.maps.names, "counts", COARSE)
    write_element_maps(folder / "c.tif", stack, description="a scan")
    return folder


@pytest.fixture
def check(invoke: Callable[..., Any]) -> Callable[..., tuple[int, dict[str, Any], str]]:
    """`check(*args)`: exit code, findings and messages."""

    def call(*args: object) -> tuple[int, dict[str, Any], str]:
        result = invoke("check", *args, "--json", "-")
        return result.code, json.loads(result.out), result.err

    return call


def state_of(folder: Path) -> dict[str, str]:
    """A checksum of every file."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def keys(found: dict[str, Any], *severities: str) -> list[str]:
    return [one["key"] for one in found["findings"] if one["severity"] in severities]


def test_sound_files_are_told_apart_and_found_fit(
    files: Path, check: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    paths = [files / name for name in ("a.tif", "b.tif", "c.tif")]
    code, found, _ = check(*paths)
    assert code == 0
    assert found["usable"]
    assert [one["role"] for one in found["files"]] == ["radiograph", "photograph", "element maps"]
    assert found["files"][2]["names"]
    assert found["files"][0]["pixel_size_mm"] == pytest.approx([0.25, 0.25])
    assert keys(found, "refused", "warning") == []
    assert {"scale", "registration"} <= set(keys(found, "good"))
    result = invoke("check", *paths)
    assert result.code == 0
    assert "Fit for use." in result.out


def test_what_cannot_work_is_refused_with_code_2(
    files: Path, check: Callable[..., Any], invoke: Callable[..., Any], tmp_path: Path
) -> None:
    small = tmp_path / "small.tif"
    write_8bit(small, tifffile.imread(files / "b.tif")[:80, :80], FINE)
    code, found, err = check(files / "a.tif", small)
    assert code == 2
    assert not found["usable"]
    assert keys(found, "refused") == ["size"]
    assert "register" in found["findings"][0]["advice"]
    assert err.startswith("Error: ")
    table = invoke("check", files / "a.tif", small)
    assert table.code == 2
    assert "refused" in table.out
    assert "Cannot be used as they are: 1 reason." in table.out


def test_files_that_cannot_be_read_are_refused_each(
    files: Path, check: Callable[..., Any], tmp_path: Path
) -> None:
    holes = tifffile.imread(files / "a.tif").astype(np.float32)
    holes[3, 4] = np.nan
    tifffile.imwrite(tmp_path / "nan.tif", holes)
    rgba = np.dstack([tifffile.imread(files / "b.tif"), np.full((240, 240), 9, np.uint8)])
    tifffile.imwrite(tmp_path / "alpha.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    (tmp_path / "cut.tif").write_bytes((files / "a.tif").read_bytes()[:2000])
    (tmp_path / "words.txt").write_text("none of these")
    (tmp_path / "words.tif").write_text("none of these")
    # a missing file is nothing by its content; one with a group in it can only hold maps
    names = ["nan.tif", "alpha.tif", "cut.tif", "words.txt", "words.tif", "missing.tif"]
    names.append("no.h5::entry")
    code, found, _ = check(*(tmp_path / name for name in names))
    assert code == 2
    refused = [one for one in found["findings"] if one["severity"] == "refused"]
    assert [Path(one["files"][0]).name for one in refused] == names
    assert all(one["found"] and one["why"] and one["advice"] for one in refused)
    assert "1 NaN" in refused[0]["found"]
    assert "alpha" in refused[1]["found"]
    assert "PNG or JPEG" in refused[4]["why"]  # by its name it should be a picture


def test_maps_are_known_by_their_content_whatever_their_name(
    check: Callable[..., Any], tmp_path: Path
) -> None:
    counts = np.random.default_rng(0).poisson(90, (40, 50)).astype(np.float32)
    edf = pytest.importorskip("fabio.edfimage").EdfImage(data=counts, header={"Title": "Fe-K"})
    edf.write(str(tmp_path / "maps.edf"))
    (tmp_path / "maps.edf").rename(tmp_path / "maps.tif")
    _, found, _ = check(tmp_path / "maps.tif")
    assert "refused" not in {one["severity"] for one in found["findings"]}


def test_the_user_can_say_what_a_file_is(files: Path, check: Callable[..., Any]) -> None:
    code, found, _ = check("--xray", files / "b.tif")
    assert code == 2
    assert "colour" in found["findings"][0]["found"]
    code, found, _ = check("--rgb", files / "a.tif")
    assert code == 2
    code, found, _ = check("--xrf", files / "a.tif")
    assert code == 0
    assert [one["role"] for one in found["files"]] == ["element maps"]


def test_maps_in_a_folder_or_an_array_are_known_to_be_8_bit_pictures(
    simulated: SimulatedPainting, check: Callable[..., Any], tmp_path: Path
) -> None:
    maps = simulated.maps
    planes = np.rint(255 * maps.values / maps.values.max(axis=(0, 1))).astype(np.uint8)
    for name, plane in zip(maps.names, np.moveaxis(planes, -1, 0), strict=True):
        (tmp_path / "folder").mkdir(exist_ok=True)
        tifffile.imwrite(tmp_path / "folder" / f"{name}.tif", plane)
    np.savez(tmp_path / "maps.npz", maps=planes, names=maps.names)
    for path in (tmp_path / "folder", tmp_path / "maps.npz"):
        _, found, _ = check(path)
        assert any("8 bits" in one["found"] for one in found["findings"])


def test_depth_of_a_png_and_colour_of_a_photograph_named_like_an_element(
    files: Path, check: Callable[..., Any], tmp_path: Path
) -> None:
    rgb = tifffile.imread(files / "b.tif")
    (tmp_path / "x.png").write_bytes(imagecodecs.png_encode(rgb.astype(np.uint16) * 257))
    Image.fromarray(rgb).save(tmp_path / "V.png")
    _, found, _ = check(tmp_path / "x.png", tmp_path / "V.png")
    assert [one["role"] for one in found["files"]] == ["photograph"] * 2
    assert [one["dtype"] for one in found["files"]] == ["uint16", "uint8"]


def test_colours_that_imagej_keeps_as_a_stack_are_no_maps(
    files: Path, check: Callable[..., Any], tmp_path: Path
) -> None:
    planes = np.moveaxis(tifffile.imread(files / "b.tif"), -1, 0).astype(np.uint16) * 257
    metadata = {"axes": "CYX", "Labels": ["Red", "Green", "Blue"], "mode": "composite"}
    tifffile.imwrite(tmp_path / "rgb48.tif", planes, imagej=True, metadata=metadata)
    for words in ([], ["--rgb"]):
        code, found, _ = check(*words, tmp_path / "rgb48.tif")
        assert code == 2
        assert "RGB Color" in found["findings"][0]["advice"]


def test_a_grey_scan_stored_with_a_tint_is_refused_as_a_radiograph(
    files: Path, check: Callable[..., Any], tmp_path: Path
) -> None:
    grey = (tifffile.imread(files / "a.tif") // 256).astype(np.uint8)
    tinted = np.stack([grey, grey, np.maximum(grey, 3) - 3], axis=-1)
    write_8bit(tmp_path / "tinted.tif", tinted, FINE)
    code, found, _ = check(tmp_path / "tinted.tif")
    assert code == 2
    assert [one["role"] for one in found["files"]] == ["radiograph"]


def test_a_profile_and_a_compression_are_read_from_the_header(
    files: Path, check: Callable[..., Any], tmp_path: Path
) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    rgb = tifffile.imread(files / "b.tif")
    for name, profile in (("other", lab), ("usual", srgb)):
        tifffile.imwrite(tmp_path / f"{name}.tif", rgb, photometric="rgb", iccprofile=profile)
        Image.fromarray(rgb).save(tmp_path / f"{name}.png", icc_profile=profile)
    Image.fromarray(rgb[..., 0]).save(tmp_path / "grey.jpg", dpi=(600, 600))
    for ending in ("tif", "png"):
        assert "profile" in keys(check(tmp_path / f"other.{ending}")[1], "note")
        assert "profile" not in keys(check(tmp_path / f"usual.{ending}")[1], "note")
    assert "compression" in keys(check(tmp_path / "grey.jpg")[1], "note")


def test_two_maps_of_one_element_are_refused(
    simulated: SimulatedPainting, check: Callable[..., Any], tmp_path: Path
) -> None:
    maps = np.moveaxis(simulated.maps.values[..., :2], -1, 0)
    metadata = {"axes": "CYX", "Labels": ["Fe-K", "Fe_K"]}
    tifffile.imwrite(tmp_path / "maps.tif", maps, imagej=True, metadata=metadata)
    code, found, _ = check(tmp_path / "maps.tif")
    assert code == 2
    assert "Fe-K more than once" in found["findings"][0]["found"]


def test_an_empty_map_is_refused_once_and_the_rest_is_still_said(
    simulated: SimulatedPainting, check: Callable[..., Any], tmp_path: Path
) -> None:
    values = simulated.maps.values.copy()
    values[..., 1] = 0
    stack = ElementStack(values, simulated.maps.names, "counts")
    write_element_maps(tmp_path / "maps.tif", stack, description="a scan")
    code, found, _ = check(tmp_path / "maps.tif")
    assert code == 2
    assert keys(found, "refused") == ["counts"]
    assert simulated.maps.names[1] in found["findings"][0]["found"]
    assert "resolution" in keys(found, "note")


def test_the_page_needs_nothing_beside_it(
    simulated: SimulatedPainting, files: Path, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    moved = tmp_path / "moved.tif"
    write_8bit(moved, np.roll(tifffile.imread(files / "b.tif"), 7, axis=0), FINE)
    page = tmp_path / "check.html"
    before = state_of(files)
    result = invoke("check", files / "a.tif", moved, files / "c.tif", "--out", page)
    assert result.code == 0
    assert state_of(files) == before
    text = page.read_text()
    assert "px up" in re.sub(r"\s+", " ", text)
    assert text.count("<img ") == 2 + simulated.maps.bands
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)"', text))
    assert "http" not in re.sub(r"data:[^\"]*", "", text).replace("http-equiv", "")
    assert "<script" not in text


@pytest.mark.parametrize("option", ["--out", "--json"])
def test_no_file_is_lost_to_what_is_written(
    option: str, files: Path, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    before = state_of(files)
    xray, rgb = files / "a.tif", files / "b.tif"
    for words in (
        (option, xray, rgb),  # as if the option took no name
        (xray, option, rgb),
        (xray, option, xray, "--overwrite"),
        ("--xrf", files, option, xray, "--overwrite"),
        ("--xrf", f"{xray}::/group", option, xray, "--overwrite"),
    ):
        result = invoke("check", *words)
        assert result.code == 2
        assert result.err.count("Error:") == 1
    assert state_of(files) == before
    for words in ((xray, option, tmp_path), (xray, option, tmp_path / "none" / "x")):
        refused = invoke("check", *words, "--overwrite")
        assert refused.code == 2
        assert "a folder that is there" in refused.err
    inside = files / "check.html"  # a page may lie among the maps
    for _ in range(2):
        assert invoke("check", "--xray", xray, "--xrf", files, option, inside, "--overwrite").out
        assert inside.is_file()
    inside.unlink()
    page = tmp_path / "earlier"
    page.write_text("earlier")
    assert invoke("check", xray, option, page, "--overwrite").code == 0
    assert page.read_text() != "earlier"


def test_page_and_findings_need_two_names(
    files: Path, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    both = tmp_path / "both"
    result = invoke("check", files / "a.tif", "--out", both, "--json", both)
    assert result.code == 2
    assert not both.exists()


def test_no_file_is_a_wrong_command_line(invoke: Callable[..., Any]) -> None:
    result = invoke("check")
    assert result.code == 2
    assert "at least one file" in result.err

"""`tfpaintsep register`: from two files of unequal size to a photograph that fits."""

import builtins
import hashlib
import importlib.util
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from scipy.ndimage import gaussian_filter

from tfpaintsep.images import (
    ElementStack,
    Resolution,
    read_element_maps,
    write_8bit,
    write_16bit,
    write_element_maps,
)
from tfpaintsep.registration.photograph import read_original

FINE = Resolution(40, 40, "centimeter")
MATRIX = np.array([[1.4, -0.05, 12], [0.05, 1.4, 8], [0, 0, 1]])
SPOTS = np.array([[5, 5], [90, 8], [8, 70], [88, 74], [50, 40.0]])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A radiograph of 80 x 100 px, maps of 20 x 25, and a larger photograph with a profile."""
    folder = tmp_path_factory.mktemp("painting")
    rng = np.random.default_rng(2)
    scene = gaussian_filter(rng.standard_normal((140, 170, 3)), (3, 3, 0))
    scene = (scene - scene.min()) / np.ptp(scene)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    samples = np.rint(65535 * scene).astype(np.uint16)
    tifffile.imwrite(folder / "rgb.tif", samples, photometric="rgb", iccprofile=profile)
    eight = Image.fromarray((samples // 257).astype(np.uint8))
    eight.save(folder / "rgb.png", icc_profile=profile)
    eight.save(folder / "rgb.jpg", icc_profile=profile)
    xray = gaussian_filter(rng.standard_normal((80, 100)), 2)
    xray = np.rint(60000 * (xray - xray.min()) / np.ptp(xray)).astype(np.uint16)
    write_16bit(folder / "xray.tif", xray, FINE)
    coarse = xray.reshape(20, 4, 25, 4).mean(axis=(1, 3)).astype(np.float32)
    stack = ElementStack(coarse[..., None], ("Pb-L",), "counts", Resolution(10, 10, "centimeter"))
    write_element_maps(folder / "maps.tif", stack, description="a scan")
    write_points(folder / "points.csv", SPOTS)
    write_points(folder / "coarse.csv", (SPOTS + 0.5) / 4 - 0.5, SPOTS)
    return folder


def moved(spots: np.ndarray) -> np.ndarray:
    return spots @ MATRIX[:2, :2].T + MATRIX[:2, 2]


def write_points(path: Path, spots: np.ndarray, true_spots: np.ndarray | None = None) -> None:
    rows = np.hstack([spots, moved(spots if true_spots is None else true_spots)])
    text = "\n".join(",".join(f"{value:.6f}" for value in row) for row in rows)
    path.write_text(f"x,y,photo_x,photo_y\n{text}\n")


def state_of(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_by_points_onto_a_radiograph(
    files: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    before = state_of(files)
    out = tmp_path / "registered"
    arguments = ["register", "--xray", files / "xray.tif", "--rgb", files / "rgb.tif"]
    arguments += ["--points", files / "points.csv", "--out", out]
    result = invoke(*arguments)
    assert result.code == 0, result.err
    assert "left out" in result.out
    assert "mm)" in result.out
    with tifffile.TiffFile(out / "rgb.tif") as tif, tifffile.TiffFile(files / "rgb.tif") as given:
        page, original = tif.pages.first, given.pages.first
        values = page.asarray()
        assert (values.shape, values.dtype) == ((80, 100, 3), np.uint16)
        assert page.tags[34675].value == original.tags[34675].value
        assert page.resolution == (40, 40)
        # the photograph's own values at the places that the matrix names
        x, y = moved(np.array([[30.0, 20], [71, 55]])).round().astype(int).T
        near = original.asarray()[y, x].astype(float)
    np.testing.assert_allclose(values[[20, 55], [30, 71]], near, atol=3000)
    record = json.loads((out / "transform.json").read_text())
    np.testing.assert_allclose(record["transform"]["matrix"], MATRIX, atol=1e-4)
    assert record["points"]["left_out_rms_px"] < 1e-3
    assert record["points"]["pairs"][0]["residual_mm"] is not None
    assert set(record["provenance"]["inputs"]) == {"xray", "rgb", "points"}
    with Image.open(out / "before-after.png") as picture:
        assert min(picture.size) > 300
    assert state_of(files) == before
    # what is there stays unless it may go
    assert invoke(*arguments).code == 2
    assert invoke(*arguments, "--overwrite").code == 0
    checked = invoke("check", files / "xray.tif", out / "rgb.tif", "--json", "-")
    assert json.loads(checked.out)["usable"]


def test_by_points_onto_maps_at_a_scale(
    files: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    from tfpaintsep.images import read_element_maps, read_photograph
    from tfpaintsep.superresolution.painting import ScannedPainting

    out = tmp_path / "registered"
    result = invoke(
        *("register", "--xrf", files / "maps.tif", "--rgb", files / "rgb.png", "--scale", 4),
        *("--points", files / "coarse.csv", "--out", out),
    )
    assert result.code == 0, result.err
    photograph = read_photograph(out / "rgb.tif")
    ScannedPainting(read_element_maps(files / "maps.tif"), photograph).check_scale(4)
    assert tifffile.imread(out / "rgb.tif").dtype == np.uint8
    assert photograph.resolution is not None
    assert photograph.resolution.pixel_size_mm == pytest.approx((0.25, 0.25))
    record = json.loads((out / "transform.json").read_text())
    np.testing.assert_allclose(record["transform"]["matrix"], MATRIX, atol=1e-4)


def test_a_link_to_the_output_is_followed_and_stays(
    files: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    kept, link = tmp_path / "disk" / "kept", tmp_path / "link"
    kept.mkdir(parents=True)
    link.symlink_to(kept)
    arguments = ["register", "--xray", files / "xray.tif", "--rgb", files / "rgb.tif"]
    arguments += ["--points", files / "points.csv", "--out", link]
    assert invoke(*arguments).code == 0  # onto an empty folder
    (kept / "older.txt").write_text("of the earlier result")
    assert invoke(*arguments).code == 2
    assert (kept / "older.txt").exists()
    assert invoke(*arguments, "--overwrite").code == 0
    assert link.is_symlink()
    assert (kept / "rgb.tif").is_file()
    assert not (kept / "older.txt").exists()
    assert [path.name for path in kept.parent.iterdir()] == ["kept"]


@pytest.mark.parametrize("name", ["rgb.png", "rgb.jpg"])
def test_a_photograph_however_large_keeps_its_profile(
    name: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)  # above twice of it Pillow refuses
    original = read_original(files / name)
    assert original.profile is not None
    assert original.photograph.size == (140, 170)


@pytest.mark.parametrize("inner", ["", "below"])
def test_the_folder_one_stands_in_is_not_replaced(
    inner: str,
    files: Path,
    tmp_path: Path,
    invoke: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / inner).mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / inner)
    result = invoke(
        *("register", "--xray", files / "xray.tif", "--rgb", files / "rgb.tif"),
        *("--points", files / "points.csv", "--out", tmp_path if inner else "."),
    )
    assert result.code == 2
    assert "runs in" in result.err


def test_the_next_command_can_be_pasted_and_notes_are_said(
    files: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    folder = tmp_path / "my scan"
    folder.mkdir()
    maps = np.stack([np.ones((20, 25)), tifffile.imread(files / "xray.tif")[::4, ::4]])
    tifffile.imwrite(folder / "maps.tif", maps.astype(np.float32), photometric="minisblack")
    result = invoke(
        *("register", "--xrf", folder / "maps.tif", "--names", "Fe-K,Pb-L"),
        *("--rgb", files / "rgb.tif", "--points", files / "coarse.csv", "--out", folder / "out"),
    )
    assert result.code == 0, result.err
    words = shlex.split(result.out.splitlines()[-1])
    assert words[:2] == ["tfpaintsep", "train-sr"]
    assert words[words.index("--xrf") + 1] == str(folder / "maps.tif")
    assert words[words.index("--names") + 1] == "Fe-K,Pb-L"
    stack = read_element_maps(folder / "maps.tif", names=("Fe-K", "Pb-L"), allow_constant=True)
    notes = stack.notes
    assert notes
    assert all(f"Note: {note}" in result.err for note in notes)


@pytest.mark.parametrize("on_a_line", [4, 5])
def test_an_error_that_cannot_be_had_is_said(
    on_a_line: int, files: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    line = np.array([[10, 10], [25, 25], [40, 40], [70, 70.0], [50, 50]])[:on_a_line]
    write_points(tmp_path / "points.csv", np.vstack([line, [[10, 70]]]))
    result = invoke(
        *("register", "--xray", files / "xray.tif", "--rgb", files / "rgb.tif"),
        *("--points", tmp_path / "points.csv", "--out", tmp_path / "out"),
    )
    assert result.code == 0, result.err
    assert result.out.count("no error left out") == 1
    assert f"root mean square of {on_a_line} points" in result.out
    pairs = json.loads((tmp_path / "out" / "transform.json").read_text())["points"]["pairs"]
    assert [pair["left_out_px"] is None for pair in pairs] == on_a_line * [False] + [True]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--points", "points.csv", "--model", "spline"], "thin-plate"),
        (["--model", "projective"], "control points"),
        (["--points", "missing.csv"], "no such file"),
        (["--points", "outside.csv"], "--max-outside"),
        (["--xrf", "maps.tif"], "either --xray or --xrf"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_message(
    arguments: list[str], words: str, files: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    far = np.hstack([SPOTS, moved(SPOTS) - [30, 0] + [[30, 0], [0, 0], [30, 0], [0, 0], [15, 0]]])
    far[:, 2] = np.clip(far[:, 2] * 1.8 - 10, 0, 169)
    rows = "\n".join(",".join(map(str, row)) for row in far.tolist())
    (files / "outside.csv").write_text(f"x,y,photo_x,photo_y\n{rows}\n")
    words_of = [files / a if a.endswith((".csv", ".tif")) else a for a in arguments]
    out = tmp_path / "registered"
    result = invoke(
        *("register", "--xray", files / "xray.tif", "--rgb", files / "rgb.tif"),
        *(*words_of, "--out", out),
    )
    assert result.code == 2
    assert words in result.err
    assert "Traceback" not in result.err
    assert not out.exists()


def test_without_the_extra_one_message_says_what_to_install(
    files: Path, tmp_path: Path, invoke: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "SimpleITK" else found(name)
    )
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        assert name != "SimpleITK"
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    out = tmp_path / "registered"
    result = invoke(
        "register", "--xray", files / "xray.tif", "--rgb", files / "rgb.tif", "--out", out
    )
    assert result.code == 2
    assert "tfpaintsep[register]" in result.err
    assert "--points" in result.err
    assert not out.exists()


def test_pictures_without_anything_in_common_are_refused(
    files: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    pytest.importorskip("SimpleITK")
    noise = np.random.default_rng(7).integers(0, 255, (80, 100), dtype=np.uint8)
    write_8bit(tmp_path / "noise.tif", noise, Resolution(30, 30, "centimeter"))
    rgb = tifffile.imread(files / "rgb.tif")
    write_16bit(tmp_path / "rgb.tif", rgb, FINE)
    out = tmp_path / "registered"
    result = invoke(
        "register", "--xray", tmp_path / "noise.tif", "--rgb", tmp_path / "rgb.tif", "--out", out
    )
    assert result.code == 2
    assert "no registration better than chance" in result.err
    assert "--points" in result.err
    assert not out.exists()

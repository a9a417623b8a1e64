import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from tfpaintsep.report import Pictures, contact_sheet, loss_curves, loss_curves_svg
from tfpaintsep.report.figures import sheet_size
from tfpaintsep.report.panel import number, shrink
from tfpaintsep.report.pictures import common_scale_panels, panels

NAMES = ("lambda1", "lambda2", "tau1", "tau2", "gamma", "mu_LL", "mu_LH", "mu_HL", "mu_HH")


def make_pictures(size: tuple[int, int] = (40, 30), **changes: Any) -> Pictures:
    rng = np.random.default_rng(1)
    surface, concealed = rng.uniform(100, 30000, (2, *size)).astype(np.float32)
    given: dict[str, Any] = {
        "photograph": rng.uniform(0, 1, (*size, 3)).astype(np.float32),
        "mixture_input": surface + concealed,
        "surface": surface,
        "concealed": concealed,
        "residual": np.zeros(size, np.float32),
        "gain": 65535.0,
    }
    return Pictures(**(given | changes))


def make_history(rows: int, layers: int = 1) -> list[dict[str, float]]:
    names = NAMES if layers == 1 else [f"{n}_{i + 1}" for i in range(layers) for n in NAMES]
    return [
        {"step": 4.0 * i, "loss": 1 / (i + 1), "loss/xray": 0.5 / (i + 1), "loss/rgb": 0.0}
        | {f"scalars/{name}": 0.1 * k for k, name in enumerate(names)}
        for i in range(rows)
    ]


@pytest.mark.parametrize("size", [(40, 30), (30, 90), (200, 20)])
@pytest.mark.parametrize("truth", [False, True])
def test_contact_sheet_has_the_size_it_says_and_shows_pictures(
    tmp_path: Path, size: tuple[int, int], truth: bool
) -> None:
    found = make_pictures(size)
    known = {"true_surface": found.surface, "true_concealed": found.concealed} if truth else {}
    pictures = make_pictures(size, pixel_size_mm=0.5, **known)
    path = tmp_path / "sheet.png"
    contact_sheet(pictures, path, scores={"surface": {"skill": 0.3, "sdri": None}})
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.size == sheet_size(pictures)
        pixels = np.asarray(image.convert("RGB")).astype(int)
    # Each of the five columns holds something in the upper row, the last four below.
    columns = np.array_split(pixels, 5, axis=1)
    half = pixels.shape[0] // (2 if truth else 1)
    assert all(column[:half].std() > 10 for column in columns)
    assert all(column[-half:].std() > 10 for column in columns[1:])
    assert list(tmp_path.iterdir()) == [path]


def test_known_layers_add_a_row() -> None:
    found = make_pictures()
    below = make_pictures(true_surface=found.surface, true_concealed=found.concealed)
    assert sheet_size(below)[0] == sheet_size(found)[0]
    assert sheet_size(below)[1] > 1.8 * sheet_size(found)[1]


def test_each_picture_says_what_it_is_and_on_which_scale() -> None:
    found = make_pictures()
    pictures = make_pictures(
        true_surface=found.surface - np.float32(1000), true_concealed=found.concealed
    )
    by_key = {panel.key: panel for panel in panels(pictures)}
    for key in ("surface", "concealed", "residual", "error-surface", "error-concealed"):
        assert "computed hypothesis" in by_key[key].stamp
    for key in ("photograph", "radiograph", "true-surface", "true-concealed"):
        assert "computed" not in by_key[key].stamp
    mixture = pictures.mixture_input
    expected = np.percentile(mixture, (0.5, 99.5))
    assert (by_key["radiograph"].low, by_key["radiograph"].high) == pytest.approx(tuple(expected))
    assert by_key["surface"].low == by_key["true-surface"].low < 100
    assert by_key["surface"].high == by_key["true-surface"].high
    for key in ("residual", "error-surface", "error-concealed"):
        assert by_key[key].low == -by_key[key].high < 0
    assert by_key["error-surface"].high == by_key["error-concealed"].high
    # The surface layer is 1000 too bright everywhere: red.
    red, _, blue = by_key["error-surface"].pixels(100)[0, 0].astype(int)
    assert red > blue


def test_common_scale_holds_radiograph_and_layers() -> None:
    low, high = {(panel.low, panel.high) for panel in common_scale_panels(make_pictures())}.pop()
    assert len({(p.low, p.high) for p in common_scale_panels(make_pictures())}) == 1
    own = {panel.key: panel for panel in panels(make_pictures())}
    for key in ("radiograph", "surface", "concealed"):
        assert low <= own[key].low
        assert own[key].high <= high


def test_constant_pictures_and_a_perfect_mixture_can_be_shown(tmp_path: Path) -> None:
    flat = np.full((20, 20), 5.0, np.float32)
    pictures = Pictures(
        photograph=np.zeros((20, 20, 3)), mixture_input=flat, surface=flat, concealed=0 * flat,
        residual=0 * flat, gain=5.0,
    )  # fmt: skip
    contact_sheet(pictures, tmp_path / "sheet.png")
    assert pictures.residual_share == 0.0


def test_residual_share_is_rms_over_full_scale() -> None:
    found = make_pictures(residual=np.full((40, 30), -300.0, np.float32))
    assert found.residual_share == pytest.approx(300 / found.gain)


def test_pictures_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"concealed must be \(40, 30\)"):
        make_pictures(concealed=np.zeros((40, 31)))
    with pytest.raises(ValueError, match="photograph must be"):
        make_pictures(photograph=np.zeros((40, 30)))


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (300, 200, 3)])
def test_shrinking_averages_and_keeps_the_shape(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(2).normal(7, 1, shape).astype(np.float32)
    small = shrink(values, 30)
    assert small.shape == (shape[0] // 10, shape[1] // 10, *shape[2:])
    blocks = values.reshape(shape[0] // 10, 10, shape[1] // 10, 10, *shape[2:]).mean((1, 3))
    np.testing.assert_allclose(small, blocks, atol=1e-4)


def test_a_small_image_is_not_resampled() -> None:
    values = np.random.default_rng(3).normal(size=(9, 12)).astype(np.float32)
    np.testing.assert_array_equal(shrink(values, 12), values)


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "0"), (-0.0123, "−0.0123"), (65535.0, "65,535"), (-1234.5, "−1,234"), (12.34, "12.3"),
])  # fmt: skip
def test_numbers_are_written_for_people(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("suffix", [".png", ".svg"])
@pytest.mark.parametrize("rows", [1, 2, 4000])
def test_loss_curves_of_any_length(tmp_path: Path, rows: int, suffix: str) -> None:
    path = tmp_path / f"curves{suffix}"
    loss_curves(make_history(rows), path)
    if suffix == ".png":
        with Image.open(path) as image:
            drawn = np.asarray(image.convert("RGB")).astype(int)
        # Something coloured is there: with a single row a marker at least.
        assert ((drawn.max(axis=2) - drawn.min(axis=2)) > 60).sum() > 100
    else:
        assert "<svg" in path.read_text()
        assert path.stat().st_size < 1_000_000
    assert list(tmp_path.iterdir()) == [path]


def test_curves_take_their_ink_from_the_page_and_name_no_address() -> None:
    svg = loss_curves_svg(make_history(20))
    assert svg.startswith("<svg ")
    assert svg.endswith("</svg>")
    assert "currentColor" in svg
    assert 'href="http' not in svg
    opening = svg[: svg.index(">")]
    assert "viewBox" in opening
    assert "width=" not in opening
    assert "height=" not in opening


def test_curves_of_untied_weights_without_scalars_or_with_gaps() -> None:
    assert "<svg" in loss_curves_svg(make_history(3, layers=5))
    assert "<svg" in loss_curves_svg([{"step": 1.0, "loss": 1.0}])
    gap = [{"step": 1.0, "loss": float("nan"), "loss/xray": 0.0}, {"step": 2.0, "loss": 2.0}]
    assert "<svg" in loss_curves_svg(gap)


def test_empty_history_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        loss_curves_svg([])


def test_drawing_leaves_matplotlib_alone(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    contact_sheet(make_pictures(), tmp_path / "sheet.png")
    loss_curves(make_history(2), tmp_path / "curves.svg")
    assert dict(mpl.rcParams) == before


def test_importing_loads_neither_tensorflow_nor_readers_of_files() -> None:
    code = (
        "import sys, tfpaintsep.report; "
        "print({'tensorflow', 'keras', 'tifffile', 'h5py'} & set(sys.modules) or 'none')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout.strip() == "none"

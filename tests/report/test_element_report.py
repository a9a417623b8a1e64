import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from tfpaintsep.report import (
    ElementPictures,
    element_contact_sheet,
    element_figures,
    loss_curves_svg,
    write_element_report,
)
from tfpaintsep.report.element_figures import element_sheet_size
from tfpaintsep.report.element_pictures import bilinear, element_panels
from tfpaintsep.report.panel import reach

VOID = {"meta", "img", "br", "link", "input", "hr"}
NAMES = ("Pb-L", "Hg-L", "Ca-K")
NAN = float("nan")
ADVERSARIAL = (
    "loss/adversarial",
    "loss/discriminator",
    "misclassified/generator",
    "misclassified/reconstructed",
    "misclassified/real",
)


class Page(HTMLParser):
    """Parses strictly enough to notice an element left open or closed twice."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._words = ""
        self._open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self._words += f" {data}"

    @property
    def words(self) -> str:
        return " ".join(self._words.split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def make_pictures(
    size: tuple[int, int] = (12, 9), scale: int = 4, names: tuple[str, ...] = NAMES, **changes: Any
) -> ElementPictures:
    rng = np.random.default_rng(0)
    fine = (size[0] * scale, size[1] * scale)
    coarse = rng.uniform(5, 300, (*size, len(names))).astype(np.float32)
    given: dict[str, Any] = {
        "photograph": rng.uniform(0, 1, (*fine, 3)).astype(np.float32),
        "coarse": coarse,
        "maps": coarse.repeat(scale, 0).repeat(scale, 1)
        + rng.normal(0, 9, (*fine, len(names))).astype(np.float32),
        "names": names,
        "scale": scale,
    }
    return ElementPictures(**(given | changes))


def with_truth(**changes: Any) -> ElementPictures:
    found = make_pictures(**changes)
    return make_pictures(**changes, truth=found.maps + 30, unit="counts", pixel_size_mm=0.5)


def make_scores(*psnr: float | None) -> dict[str, Any]:
    def row(decibels: float | None) -> dict[str, float | None]:
        rmse = None if decibels is None else 10 ** (-decibels / 20)
        return {"psnr": decibels, "rmse": rmse, "ssim": None if rmse is None else 1 - rmse}

    elements = {name: row(value) for name, value in zip(NAMES, psnr, strict=True)}
    return {"elements": elements, "pooled": {**row(35.0), "sam": 1.5, "ergas": 5.25}}


def two_stages(rows: int = 30) -> list[dict[str, float]]:
    history = []
    for i in range(rows):
        late = 2 * i >= rows
        history.append(
            {"step": float(i), "loss": 1 / (i + 1), "loss/xrf": 0.5, "loss/rgb": 0.4}
            | {"loss/augmented": NAN if late else 0.1, "learning_rate": 1e-3}
            | dict.fromkeys(ADVERSARIAL, 0.6 if late else NAN)
        )
    return history


def write(path: Path, pictures: ElementPictures, **changes: Any) -> Page:
    given: dict[str, Any] = {
        "title": "A portrait",
        "history": two_stages(),
        "scores": None,
        "consistency": {"rms": 1e-8, "largest": 3e-7},
        "provenance": {
            "status": "computed hypothesis",
            "command": "tfpaintsep train-sr --out run",
            "inputs": {"xrf": {"file": "maps.tif", "sha256": "ab" * 32, "size": [12, 9]}},
            "configuration": {"network": {"layers": 5}},
            "seed": 7,
        },
        "findings": ["Ca-K has negative counts."],
        "notes": [],
    }
    write_element_report(path, pictures=pictures, **(given | changes))
    return Page(path)


@pytest.mark.parametrize("size", [(12, 9), (8, 30)])
@pytest.mark.parametrize("truth", [False, True])
def test_contact_sheet_has_a_row_per_element(
    tmp_path: Path, size: tuple[int, int], truth: bool
) -> None:
    pictures = with_truth(size=size) if truth else make_pictures(size)
    path = tmp_path / "sheet.png"
    before = dict(mpl.rcParams)
    element_contact_sheet(pictures, path, scores=make_scores(30, 31, None) if truth else None)
    assert dict(mpl.rcParams) == before
    with Image.open(path) as image:
        assert image.size == element_sheet_size(pictures)
        pixels = np.asarray(image.convert("RGB")).astype(int)
    for row in np.array_split(pixels, 4)[1:]:
        for column in np.array_split(row, 5 if truth else 3, axis=1):
            assert column.std() > 10
    assert list(tmp_path.iterdir()) == [path]


def test_contact_sheet_has_room_for_the_disagreement_of_trainings(tmp_path: Path) -> None:
    pictures = with_truth()
    spread = np.random.default_rng(4).uniform(0, 9, pictures.maps.shape).astype(np.float32)
    element_contact_sheet(replace(pictures, disagreement=spread), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    for row in np.array_split(pixels, 4)[1:]:
        for column in np.array_split(row, 6, axis=1):
            assert column.std() > 10
    assert (pixels[:, -5:] == pixels[0, 0]).all()  # the margin


def test_names_are_no_formulas(tmp_path: Path) -> None:
    pictures = make_pictures((3, 3), 2, (r"a$\foo$b", "$$"))
    element_contact_sheet(pictures, tmp_path / "sheet.png")


def test_a_rare_element_is_drawn_on_a_scale_of_its_own() -> None:
    rare = np.zeros((25, 25, 1), np.float32)
    rare[3, 4] = 40
    shown = make_pictures((25, 25), 4, ("Hg-L",), coarse=rare, maps=rare.repeat(4, 0).repeat(4, 1))
    for panel in element_panels(shown, 0)[:2]:
        assert (panel.low, panel.high) == (0, 40)
    assert reach(rare[..., 0], -3 * rare[..., 0]) == 120


def test_contact_sheet_stops_after_eight_elements(tmp_path: Path) -> None:
    names = tuple(f"X{i}-K" for i in range(21))
    many = make_pictures((3, 3), 2, names)
    assert element_sheet_size(many) == element_sheet_size(make_pictures((3, 3), 2, names[:8]))
    element_contact_sheet(many, tmp_path / "sheet.png")


def test_maps_of_an_element_share_one_scale_that_holds_them() -> None:
    pictures = with_truth()
    for i in range(len(NAMES)):
        found = {panel.key.partition("-")[0]: panel for panel in element_panels(pictures, i)}
        assert list(found) == ["measured", "computed", "known", "detail", "error"]
        ends = {(found[key].low, found[key].high) for key in ("measured", "computed", "known")}
        assert len(ends) == 1
        low, high = ends.pop()
        assert low < np.percentile(pictures.maps[..., i], 1)
        assert pictures.truth is not None
        assert high > np.percentile(pictures.truth[..., i], 99)
        assert found["error"].high == found["detail"].high == -found["error"].low > 0
        for key in ("computed", "detail", "error"):
            assert "computed hypothesis" in found[key].stamp
        assert found["known"].stamp == "known map"
        assert found["measured"].stamp == "input"
        # Thirty counts too few everywhere: blue.
        red, _, blue = found["error"].pixels(100)[0, 0].astype(int)
        assert blue > red


def test_measured_pixels_are_drawn_as_squares_and_brighter_means_more() -> None:
    coarse = np.arange(12, dtype=np.float32).reshape(3, 4, 1)
    pictures = make_pictures((3, 4), 2, ("Pb-L",), coarse=coarse, maps=np.full((6, 8, 1), 5.0))
    panel = element_panels(pictures, 0)[0]
    np.testing.assert_array_equal(panel.values[::2, ::2], coarse[..., 0])
    np.testing.assert_array_equal(panel.values[1::2, 1::2], coarse[..., 0])
    luminance = (panel.pixels(100)[::2, ::2] @ [0.299, 0.587, 0.114]).ravel()
    assert (np.diff(luminance) > 0).all()
    assert luminance[-1] > luminance[0] + 150


@pytest.mark.parametrize(("operator", "offset"), [("mean", 1.5), ("decimate", 0.0)])
def test_bilinear_reproduces_a_ramp_where_samples_stand(operator: Any, offset: float) -> None:
    y, x = np.mgrid[0:5, 0:6]
    fine_y, fine_x = np.mgrid[0:20, 0:24]
    expected = (fine_y - offset) / 4 + 2 * (fine_x - offset) / 4
    inner = slice(2, 14)
    found = bilinear((y + 2.0 * x).astype(np.float32), 4, operator)
    np.testing.assert_allclose(found[inner, inner], expected[inner, inner], atol=1e-5)
    assert (found[0, 0], found[-1, -1]) == (0, 14)


def test_sizes_and_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"maps must be \(48, 36, 3\)"):
        make_pictures(maps=np.zeros((48, 35, 3)))
    with pytest.raises(ValueError, match="photograph must be"):
        make_pictures(photograph=np.zeros((48, 36)))
    found = make_pictures()
    with pytest.raises(ValueError, match="3 different names"):
        replace(found, names=("Pb-L", "Pb-L", "Ca-K"))


def test_is_one_sound_page_that_requests_nothing(tmp_path: Path) -> None:
    page = write(tmp_path / "report.html", with_truth(), scores=make_scores(30, 31, 32))
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert page.all("script") == [{}]
    assert not page.all("link")
    assert list(tmp_path.iterdir()) == [tmp_path / "report.html"]


@pytest.mark.parametrize("truth", [False, True])
def test_pictures_are_described_anchored_and_in_order(tmp_path: Path, truth: bool) -> None:
    page = write(tmp_path / "report.html", with_truth() if truth else make_pictures())
    images = page.all("img")
    assert len(images) == 1 + 3 * (5 if truth else 3)
    assert len({image["alt"] for image in images}) == len(images)
    names = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
    assert len(names) == len(set(names))
    assert {(link["href"] or "").removeprefix("#") for link in page.all("a")} <= set(names)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_says_how_far_to_trust_it(tmp_path: Path) -> None:
    words = write(tmp_path / "r.html", make_pictures()).words
    for part in (
        "Computed hypothesis",
        "all detail finer than a measured pixel is inferred, from the photograph",
        "nothing to do with visible colour",
        "the computed maps are the measured ones",
        "3.0 × 10⁻⁷",
        "No fine maps of this painting are known, so no score",
    ):
        assert part in words
    assert "PSNR" not in words
    assert "known map" not in words


def test_disagreement_with_the_measurement_is_stated(tmp_path: Path) -> None:
    off = {"rms": 0.012, "largest": 0.25}
    words = write(tmp_path / "r.html", make_pictures(), consistency=off).words
    assert "differ from the measured ones by 1.2 % of a map's range" in words
    assert "by 25 % at most" in words
    decimated = write(tmp_path / "d.html", make_pictures(operator="decimate")).words
    assert "Every 4th pixel of the fine maps" in decimated
    assert "Averaged over" not in decimated


def test_noise_that_was_taken_out_is_stated(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "consistency": {"rms": 0.02, "largest": 0.25},
        "largest_by_element": {"Pb-L": 0.25, "Hg-L": 0.125, "Ca-K": 3e-7},
    }
    taken = {"Pb-L": 0.913, "Hg-L": 1.04, "Ca-K": None}
    words = write(tmp_path / "r.html", make_pictures(noise_taken_out=taken), **given).words
    for part in (
        "Averaged over blocks of 4 × 4 pixels, the fine maps are the measured maps but for that",
        "the computed maps are the measured ones but for the counting noise that was taken out of "
        "these first: 2 % of a map's range in root mean square, and 25 % at most",
        "the measurement was kept, but for noise,",
        "0.91 of the noise's deviation was taken out, in root mean square, and at most 25 %",
        "1 of the noise's deviation was taken out, in root mean square, and at most 12 %",
        "Consistency: brought down again, this map is the measured one (largest difference 3.0",
    ):
        assert part in words
    assert "give back the measured maps" not in words
    assert "is not changed" not in words
    assert words.count("It shows the noise that was taken out as well.") == 2
    decimated = make_pictures(noise_taken_out=taken, operator="decimate")
    words = write(tmp_path / "d.html", decimated, **given).words
    assert "But for that noise, every 4th pixel" in words
    assert "is not changed" not in words


def test_nothing_is_said_of_noise_where_none_was_taken_out(tmp_path: Path) -> None:
    found = [
        write(tmp_path / "r.html", make_pictures(noise_taken_out=taken)).words
        for taken in (None, dict.fromkeys(NAMES))
    ]
    assert found[0] == found[1]
    assert "give back the measured maps" in found[0]
    assert "noise" not in found[0]


@pytest.mark.parametrize("operator", ["mean", "decimate"])
def test_contact_sheet_says_whether_noise_was_taken_out(
    operator: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets: list[Any] = []
    monkeypatch.setattr(element_figures, "save", lambda figure, *_, **__: sheets.append(figure))
    for taken in (None, {"Pb-L": 0.9, "Hg-L": None, "Ca-K": None}):
        pictures = make_pictures(operator=operator, noise_taken_out=taken)
        element_contact_sheet(pictures, tmp_path / "sheet.png")
    kept, without = (" ".join(text.get_text() for text in sheet.texts) for sheet in sheets)
    assert "noise" not in kept
    assert re.search(r"measured ones?, but for counting noise that was taken out\.", without)


def test_scores_stand_beside_interpolation(tmp_path: Path) -> None:
    given = {"scores": make_scores(30.0, 31.0, None), "baseline": make_scores(29.0, 33.0, None)}
    words = write(tmp_path / "r.html", with_truth(), **given).words
    free = "bicubic interpolation corrected to agree with the measurement"
    assert f"Closer to the known map than {free}: Pb-L." in words
    assert f"Farther from the known map than {free}, so harmed: Hg-L." in words
    assert "result corrected bicubic result corrected bicubic" in words
    assert "Pb-L 30.0 29.0 0.0316 0.0355 0.968 0.965" in words
    assert "Ca-K – – – – – –" in words
    assert "All maps together 35.0 35.0" in words
    assert "Spectral angle (SAM) over all maps: 1.50°; corrected bicubic 1.50°." in words
    alone = write(tmp_path / "s.html", with_truth(), scores=make_scores(30.0, 31.0, None)).words
    assert "Pb-L 30.0 0.0316 0.968 Hg-L" in alone
    assert "so harmed" not in alone


def test_curves_show_both_stages() -> None:
    svg = loss_curves_svg(two_stages())
    assert svg.count('id="axes_') == 2
    assert "adversary enters" in svg
    pretraining = [row for row in two_stages() if np.isnan(row["loss/discriminator"])]
    assert "adversary enters" not in loss_curves_svg(pretraining)
    assert "<svg" in loss_curves_svg(two_stages()[-1:])


def test_special_characters_are_escaped(tmp_path: Path) -> None:
    nasty = """<script>alert("1")</script> & {{ 7 * 7 }} "#x" """.strip()
    page = write(
        tmp_path / "r.html",
        make_pictures(names=(nasty, "Hg-L", "Ca-K"), unit=nasty),
        title=nasty,
        findings=[nasty],
        notes=[nasty],
    )
    assert page.all("script") == [{}]
    assert page.words.count("{{ 7 * 7 }}") > 10


def test_constant_maps_can_be_shown(tmp_path: Path) -> None:
    flat = np.full((12, 9, 3), 2.0, np.float32)
    pictures = make_pictures(coarse=flat, maps=flat.repeat(4, 0).repeat(4, 1))
    element_contact_sheet(pictures, tmp_path / "sheet.png")
    assert len(write(tmp_path / "r.html", pictures, history=[]).all("svg")) == 0


def test_many_noisy_elements_stay_below_15_megabytes(tmp_path: Path) -> None:
    names = tuple(f"X{i}-K" for i in range(20))
    pictures = make_pictures((150, 200), 4, names)
    write(tmp_path / "r.html", pictures)
    assert (tmp_path / "r.html").stat().st_size < 15e6

import base64
import io
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tfpaintsep.report import Pictures, write_report
from tfpaintsep.report.embedding import scale_bar

VOID = {"meta", "img", "br", "link", "input", "hr"}
METRICS = ("mse", "skill", "sdr", "sdri", "sir", "siri", "sar")


class Page(HTMLParser):
    """Parses strictly enough to notice an element left open or closed twice."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
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
            self.words += f" {data}"

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def make_pictures(size: tuple[int, int] = (48, 36), **changes: Any) -> Pictures:
    rng = np.random.default_rng(0)
    surface, concealed = rng.uniform(0, 30000, (2, *size)).astype(np.float32)
    residual = rng.normal(0, 100, size).astype(np.float32)
    given: dict[str, Any] = {
        "photograph": rng.uniform(0, 1, (*size, 3)).astype(np.float32),
        "mixture_input": surface + concealed + residual,
        "surface": surface,
        "concealed": concealed,
        "residual": residual,
        "gain": 65535.0,
    }
    return Pictures(**(given | changes))


def with_truth() -> Pictures:
    found = make_pictures()
    return make_pictures(
        true_surface=found.surface + np.float32(50), true_concealed=found.concealed, pixel_size_mm=1
    )


def write(path: Path, pictures: Pictures, **changes: Any) -> str:
    given: dict[str, Any] = {
        "title": "A portrait",
        "history": [{"step": 1.0, "loss": 0.1, "scalars/gamma": 1.0}],
        "scores": None,
        "provenance": {
            "status": "computed hypothesis",
            "command": "tfpaintsep train-sep --out run",
            "inputs": {"xray": {"file": "xray.tif", "sha256": "ab" * 32, "size": [48, 36]}},
            "configuration": {"network": {"layers": 5}},
            "seed": 7,
            "versions": {"numpy": "2.4.0"},
        },
        "findings": ["The radiograph is rather dark."],
        "notes": [],
    }
    write_report(path, pictures=pictures, **(given | changes))
    return path.read_text(encoding="utf-8")


def test_is_one_sound_page_that_requests_nothing(tmp_path: Path) -> None:
    text = write(tmp_path / "report.html", with_truth(), scores={"surface": {"skill": 0.5}})
    page = Page(text)
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert not re.search(r"url\((?!#)", text)
    assert page.all("script") == [{}]
    assert not page.all("link")
    assert list(tmp_path.iterdir()) == [tmp_path / "report.html"]


def test_every_picture_is_described_and_every_anchor_exists(tmp_path: Path) -> None:
    page = Page(write(tmp_path / "report.html", with_truth()))
    pictures = page.all("img")
    assert len(pictures) == 4 + 4 + 4
    assert len({picture["alt"] for picture in pictures}) == len(pictures)
    assert all(picture["alt"] for picture in pictures)
    names = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
    assert len(names) == len(set(names))
    targets = {(link["href"] or "").removeprefix("#") for link in page.all("a")}
    assert targets <= set(names)


def test_headings_are_in_order(tmp_path: Path) -> None:
    page = Page(write(tmp_path / "report.html", with_truth()))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_says_that_no_score_can_be_given_without_truth(tmp_path: Path) -> None:
    page = Page(write(tmp_path / "report.html", make_pictures()))
    assert "no score of the separation can be given" in " ".join(page.words.split())
    assert "SDRi" not in page.words
    assert "known layer" not in page.words
    assert page.words.count("computed hypothesis") == 5


def test_shows_the_scores_beside_halving(tmp_path: Path) -> None:
    surface = dict(zip(METRICS, (0.002, 0.6, 9.0, 4.0, 12.0, -5.5, 8.0), strict=True))
    concealed = surface | {"skill": -0.25, "sdri": None}
    scores = {"surface": surface, "concealed": concealed, "mean": surface}
    page = Page(write(tmp_path / "report.html", with_truth(), scores=scores))
    words = " ".join(page.words.split())
    # MSE of halving: 0.002 / (1 - 0.6) and 0.002 / (1 + 0.25); their mean.
    assert "MSE (16) 0.00200 0.00500 0.00200 0.00160 0.00200 0.00330" in words
    assert "Skill 0.60 0.00 −0.25 0.00" in words
    assert "SDRi, dB 4.0 0.0 – 0.0" in words
    assert "SDR, dB 9.0 5.0 9.0 –" in words
    assert "The surface layer is closer to the known one" in words
    assert "The concealed layer is farther from the known one" in words
    assert "5.5 dB more of the other layer" in words
    assert "no score" not in words


def test_scores_of_every_odd_kind_can_be_shown(tmp_path: Path) -> None:
    odd = dict(zip(METRICS, (0.0, -np.inf, np.inf, np.nan, None, None, None), strict=True))
    words = Page(write(tmp_path / "r.html", with_truth(), scores={"surface": odd})).words
    assert "−∞" in words
    assert "∞" in words
    assert "nan" not in words


def test_special_characters_are_escaped(tmp_path: Path) -> None:
    nasty = """<script>alert("1")</script> & 'Œuvre' {{ 7 * 7 }}.tif"""
    text = write(
        tmp_path / "r.html",
        make_pictures(),
        title=nasty,
        findings=[nasty],
        notes=[nasty],
        provenance={
            "inputs": {nasty: {"file": nasty, "sha256": "00"}},
            "configuration": {nasty: nasty},
            "command": nasty,
            "extra": {nasty: [1.5, nasty]},
        },
    )
    page = Page(text)
    assert page.all("script") == [{}]
    assert text.count("<script") == 1
    assert page.words.count(nasty) == 11
    assert "{{ 7 * 7 }}" in page.words


def test_shows_how_it_was_made(tmp_path: Path) -> None:
    words = " ".join(Page(write(tmp_path / "r.html", make_pictures())).words.split())
    for part in ("xray.tif", "ab" * 32, "48 × 36", "numpy 2.4.0", "Seed 7", "layers: 5"):
        assert part in words
    assert "tfpaintsep train-sep --out run" in words
    assert "The radiograph is rather dark." in words


def test_without_history_there_are_no_curves(tmp_path: Path) -> None:
    assert Page(write(tmp_path / "r.html", make_pictures(), history=[])).all("svg") == []


def test_a_large_picture_is_shown_smaller_and_says_so(tmp_path: Path) -> None:
    text = write(tmp_path / "r.html", make_pictures((300, 4000)))
    page = Page(text)
    assert "Shown at 22 % of 4000 × 300 px" in page.words
    for picture in page.all("img"):
        shown = decode(picture)
        assert 900 <= shown.width <= 4000
        assert shown.height >= shown.width * 300 / 4000 - 1


@pytest.mark.slow
def test_a_noisy_4000_by_3000_pair_stays_below_15_megabytes(tmp_path: Path) -> None:
    found = make_pictures((3000, 4000))
    given = make_pictures((3000, 4000), true_surface=found.concealed, true_concealed=found.surface)
    assert len(write(tmp_path / "r.html", given)) < 15e6


def test_computed_pictures_carry_a_band_that_hides_nothing(tmp_path: Path) -> None:
    page = Page(write(tmp_path / "r.html", make_pictures((400, 300))))
    shown = {str(picture["alt"]): decode(picture) for picture in page.all("img")}
    computed = next(picture for alt, picture in shown.items() if "computed surface" in alt)
    assert computed.height > computed.width * 400 / 300
    # Orange letters, where grey values alone have no colour.
    band = np.asarray(computed).astype(int)[round(computed.width * 4 / 3) + 2 :]
    assert (band[..., 0] - band[..., 2]).max() > 60
    given = np.asarray(shown["The mixed X-radiograph, in which both layers are superimposed"])
    assert (given[..., 0].astype(int) - given[..., 2]).max() < 30


def test_polarity_and_the_sum_are_explained(tmp_path: Path) -> None:
    words = Page(write(tmp_path / "a.html", make_pictures(polarity="positive"))).words
    assert "absorbing paint, such as lead white, is dark" in words
    assert "counted from" in words
    words = Page(write(tmp_path / "b.html", make_pictures(polarity="negative"))).words
    assert "absorbing paint, such as lead white, is bright" in words
    assert "counted from" not in words


def test_an_earlier_report_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    before = write(path, make_pictures())
    with pytest.raises(ValueError, match="surrogates not allowed"):
        write(path, make_pictures(), title="\ud800")
    assert path.read_text(encoding="utf-8") == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("most_mm", "length_mm", "label"),
    [(63.0, 50.0, "5 cm"), (20.0, 20.0, "2 cm"), (9.9, 5.0, "5 mm"), (0.3, 0.2, "200 µm"),
     (1999.0, 1000.0, "1 m"), (10.0, 10.0, "1 cm"), (1.0, 1.0, "1 mm")],
)  # fmt: skip
def test_scale_bar_is_a_round_length(most_mm: float, length_mm: float, label: str) -> None:
    length, text = scale_bar(most_mm)
    assert length == pytest.approx(length_mm)
    assert text == label


def decode(picture: dict[str, str | None]) -> Image.Image:
    kind, _, content = str(picture["src"]).partition(";base64,")
    assert kind == "data:image/jpeg"
    return Image.open(io.BytesIO(base64.b64decode(content)))

"""`report --compare`: several runs on one page."""

import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfpaintsep.images import read_element_maps, write_8bit
from tfpaintsep.runs.provenance import write_json


def change(run: Path, **facts: Any) -> None:
    """Change the record of a run, and its configuration by "section.name"."""
    record = json.loads((run / "provenance.json").read_text())
    for name, value in facts.pop("settings", {}).items():
        section, setting = name.split(".")
        record["configuration"][section][setting] = value
    record |= facts
    write_json(run / "provenance.json", {k: v for k, v in record.items() if v is not None})


class Words(HTMLParser):
    """What a reader sees, table by table and cell by cell."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.words = ""
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        self.words += f" {data.strip()}"
        if self._in_cell:
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {data.strip()}".strip()

    def row(self, first: str) -> list[str]:
        (found,) = (row for row in self.rows if row and row[0] == first)
        return found[1:]


def without_drawings(page: str) -> str:
    """The page without the curves, whose inner names are drawn at random."""
    return re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)


@pytest.fixture(scope="module")
def runs(finished_run: Path, finished_sr: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four separations, one of them unfinished, and two super-resolutions."""
    folder = tmp_path_factory.mktemp("compared") / "runs"
    for name in ("run-10", "run-2", "later/run-1", "cut"):
        shutil.copytree(finished_run, folder / name)
    for name in ("maps-a", "maps-b"):
        shutil.copytree(finished_sr, folder / name)
    change(folder / "run-10", settings={"loss.eta1": 0.25}, finished="2031-01-01T02:05:00+00:00",
           started="2031-01-01T00:00:00+00:00")  # fmt: skip
    change(folder / "cut", finished=None)
    change(folder / "maps-b", settings={"training.seed": 4})
    scores = {"skill": 0.25, "sdri": 2.0, "siri": 3.0}
    for name, skill in {"run-2": 0.25, "run-10": 0.5}.items():
        (folder / name / "evaluation").mkdir()
        write_json(
            folder / name / "evaluation" / "scores.json",
            {"reference": "/truth", "scores": {"mean": scores | {"skill": skill}}},
        )
    return folder


@pytest.fixture(scope="module")
def page(runs: Path, invoke: Callable[..., Any]) -> str:
    result = invoke("report", "--compare", runs)
    assert result.code == 0, result.err
    assert f"Wrote {runs / 'compare.html'}" in result.out
    assert "cut is left out: not finished" in result.err
    return (runs / "compare.html").read_text(encoding="utf-8")


def test_runs_of_one_painting_and_method_stand_together(page: str) -> None:
    shown = Words(page)
    assert re.search(r"separation, 3 runs.*super-resolution, 2 runs", shown.words)
    heads = [row[0] for row in shown.rows if re.fullmatch(r"[A-C] \S+", row[0])]
    assert heads == ["A later/run-1", "B run-2", "C run-10", "A maps-a", "B maps-b"]
    assert shown.row("cut") == ["not finished; the same command with --resume goes on with it"]


def test_only_the_settings_that_differ_are_listed(page: str) -> None:
    shown = Words(page)
    assert shown.row("loss.eta1") == ["0.02", "0.02", "0.25"]
    assert shown.row("training.seed") == ["0", "4"]
    listed = [row[0] for row in shown.rows if re.fullmatch(r"[a-z_]+\.[a-z_0-9]+", row[0])]
    assert listed == ["loss.eta1", "training.seed"]
    assert "weighted differently (loss.eta1)" in shown.words


def test_the_table_says_what_the_runs_recorded(page: str, runs: Path) -> None:
    shown = Words(page)
    (head, *_) = (row for row in shown.rows if row[0] == "Run")
    table = {
        name: dict(zip(head[1:], shown.row(f"{letter} {name}"), strict=True))
        for letter, name in (("A", "later/run-1"), ("B", "run-2"), ("C", "run-10"))
    }
    record = json.loads((runs / "run-2" / "provenance.json").read_text())
    last = (runs / "run-2" / "history.csv").read_text().splitlines()
    loss = float(dict(zip(last[0].split(","), last[-1].split(","), strict=True))["loss"])
    assert float(table["run-2"]["Final loss"]) == pytest.approx(loss, rel=6e-3)
    residual = float(table["run-2"]["Residual"].removesuffix(" %"))
    assert residual == pytest.approx(100 * record["residual_rms"], rel=0.06)
    assert {row["Steps"] for row in table.values()} == {"100"}
    assert table["run-10"]["Time"] == "2 h 5 min"
    skills = [table[name]["Skill"] for name in ("later/run-1", "run-2", "run-10")]
    assert skills == ["–", "0.25", "0.50"]
    # Of equal scores none is the best.
    assert re.findall(r'class="best">([^<]*)<', page) == ["0.50"]


def test_all_pictures_of_a_kind_share_a_scale_and_are_stamped(page: str) -> None:
    figures = re.findall(r'<figure id="(group-\d+-\d+)-\d+"(.*?)</figure>', page, re.DOTALL)
    # Three pictures of three separations; three elements of two super-resolutions.
    assert len(figures) == 3 * 3 + 3 * 2
    scales: dict[str, set[str]] = {}
    for key, content in figures:
        assert "computed hypothesis" in content
        (scale,) = re.findall(r'aria-label="(scale from [^"]*)"', content)
        scales.setdefault(key, set()).add(scale)
    assert len(scales) == 6
    assert all(len(found) == 1 for found in scales.values())


def test_the_page_needs_nothing_beside_it(page: str) -> None:
    for value in re.findall(r'\b(?:src|href|xlink:href|srcset|action)="([^"]*)"', page):
        assert value.startswith(("#", "data:"))
    names = re.findall(r'\bid="([^"]*)"', page)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(names)
    assert page.count("<svg") == 2


def test_the_page_is_written_again_but_nothing_else_is_replaced(
    runs: Path, page: str, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    assert invoke("report", "--compare", runs).code == 0
    again = (runs / "compare.html").read_text(encoding="utf-8")
    assert without_drawings(again) == without_drawings(page)
    out = tmp_path / "mine.html"
    out.write_text("mine")
    refused = invoke("report", "--compare", runs, "--out", out)
    assert (refused.code, out.read_text()) == (2, "mine")
    assert "--overwrite" in refused.err
    assert invoke("report", "--compare", runs, "--out", out, "--overwrite").code == 0
    assert without_drawings(out.read_text(encoding="utf-8")) == without_drawings(page)
    for wrong in (tmp_path, tmp_path / "none" / "page.html"):
        assert invoke("report", "--compare", runs, "--out", wrong).code == 2
    picture = next(runs.glob("*/surface.tif"))
    record = json.loads((picture.parent / "provenance.json").read_text())
    for part in (record["inputs"]["xray"]["file"], picture):
        before = Path(part).read_bytes()
        over = invoke("report", "--compare", runs, "--out", part, "--overwrite")
        assert (over.code, Path(part).read_bytes()) == (2, before)
        assert "apart from the runs" in over.err
    assert list(tmp_path.iterdir()) == [out]


def test_a_page_of_the_user_s_own_is_not_replaced_unasked(
    finished_run: Path, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        shutil.copytree(finished_run, tmp_path / name)
    mine = tmp_path / "compare.html"
    # Another page of ours is no comparison either.
    for content in (b"mine", b"", b"\xff\xfe", (finished_run / "report.html").read_bytes()):
        mine.write_bytes(content)
        refused = invoke("report", "--compare", tmp_path)
        assert (refused.code, mine.read_bytes()) == (2, content)
        assert "--overwrite" in refused.err
    for options in (["--overwrite"], []):
        assert invoke("report", "--compare", tmp_path, *options).code == 0
        assert "Comparison of runs" in mine.read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [("--out", "x.html"), ("--overwrite",)])
def test_options_of_the_comparison_are_refused_without_it(
    runs: Path, options: tuple[str, ...], invoke: Callable[..., Any]
) -> None:
    result = invoke("report", runs / "run-2", *options)
    assert result.code == 2
    assert "--compare" in result.err


def test_a_folder_without_two_runs_to_compare_is_refused(
    finished_run: Path, finished_sr: Path, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    for name, source in {"a": finished_run, "b": finished_sr}.items():
        shutil.copytree(source, tmp_path / "two" / name)
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder, said in ((tmp_path / "two", "a: the only"), (empty, "no run"),
                         (tmp_path / "two" / "a", "a run itself")):  # fmt: skip
        result = invoke("report", "--compare", folder)
        assert result.code == 2
        assert said in result.err
    assert not list(tmp_path.rglob("compare.html"))


def test_a_name_cannot_become_part_of_the_page(
    finished_run: Path, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    nasty = "<b>&amp;\"'{{7*7}}"
    for name in (nasty, "b"):
        shutil.copytree(finished_run, tmp_path / name)
    # A photograph registered otherwise: still the same painting.
    write_8bit(tmp_path / "rgb.tif", np.zeros((4, 4, 3), np.uint8), None)
    facts = json.loads((tmp_path / "b" / "provenance.json").read_text())["inputs"]
    facts["rgb"] |= {"file": str(tmp_path / "rgb.tif"), "sha256": "0" * 64}
    change(tmp_path / "b", inputs=facts)
    result = invoke("report", tmp_path, "--compare")
    assert result.code == 0, result.err
    text = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert "<b>" not in text
    shown = Words(text)
    assert f"A {nasty}" in [row[0] for row in shown.rows]
    assert shown.row("--rgb")[1] == "rgb.tif (00000000)"
    assert "not with the same photograph" in shown.words


def test_a_run_whose_maps_were_freed_of_noise_says_so(
    finished_sr: Path, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished_sr, run)
    names = read_element_maps(run / "maps.tif").names
    change(run, noise_taken_out=dict.fromkeys(names, 0.913))
    result = invoke("report", run)
    assert result.code == 0, result.err
    words = " ".join(Words((run / "report.html").read_text(encoding="utf-8")).words.split())
    assert words.count("0.91 of the noise's deviation was taken out") == len(names)

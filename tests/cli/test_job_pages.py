"""The pages of docs/jobs/: their commands are run, in their order, on a tiny painting.

The commands are the pages' own. Options that make the work small are put behind them, and files of
the names that a page takes for granted into the folder. Before a block of a page may stand
`<!-- exit code: N -->` or, for text that the reader saves, `<!-- file: NAME -->`.
"""

import contextlib
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
import tifffile
from scipy.ndimage import shift

from tfpaintsep.cli.main import COMMANDS
from tfpaintsep.images import read_element_maps, write_8bit
from tfpaintsep.registration.warp import MatrixWarp
from tfpaintsep.simulation import simulate, write_painting

PAGES = Path(__file__).resolve().parents[2] / "docs" / "jobs"
TITLES = ("xray-and-photograph", "pymca-maps", "trust", "comparing-methods", "serving-a-model")
SERVER = "localhost:8500"

Invoke = Callable[..., Any]


class Block(NamedTuple):
    """A fenced block of a page, and what the comment before it says."""

    remark: str
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    pattern = r"(?:<!-- ([^>]*?) -->\n+)?```(\w*)\n(.*?)```"
    return [Block(*found) for found in re.findall(pattern, text, re.DOTALL)]


def commands(block: Block) -> list[list[str]]:
    lines = block.text.replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [line for line in words if line]


@pytest.fixture
def smaller(tiny: Callable[..., list[str]], tiny_sr: Callable[..., list[str]]) -> Any:
    """`smaller(words)`: options after which a command takes a second or two."""
    few = {"sep": "halving,guided-filter", "sr": "bicubic,bilinear"}
    steps = ("pretraining.steps=10", "adversarial.steps=0")

    def options(words: list[str]) -> list[str]:
        match words[0]:
            case "train-sep":
                return [
                    *tiny("training.epochs=2"),
                    *(["--seeds", "2"] if "--seeds" in words else []),
                ]
            case "train-sr":
                return tiny_sr(*steps)
            case "simulate":
                return ["--size", "64", "64"]
            case "crop":
                return ["--region", "16", "16", "96", "96"]
            case "benchmark":
                methods = [] if "--methods" in words else ["--methods", few[words[1]]]
                return [*methods, "--seconds", "1", "--seeds", "1"]
        return []

    return options


def painted(folder: Path) -> None:
    """A radiograph and a photograph that fits it neither in size nor in place; known layers."""
    write_painting(simulate("coffee", "portrait", size=(160, 128), seed=12), folder / "known")
    shutil.copy(folder / "known" / "xray.tif", folder / "xray.tif")
    rgb = tifffile.imread(folder / "known" / "rgb.tif")
    moved = shift(rgb, (3, -2, 0), order=1, mode="nearest")
    write_8bit(folder / "photograph.tif", np.pad(moved, ((8, 4), (6, 10), (0, 0)), mode="edge"))
    for name in ("xray", "rgb"):
        detail = {"xray": "detail", "rgb": "detail-rgb"}[name]
        shutil.copy(folder / "known" / f"{name}.tif", folder / f"{detail}.tif")


def registered(folder: Path) -> np.ndarray:
    """By how many pixels `registered/` misses the displacement that `painted` gave, (5, 2)."""
    transform = json.loads((folder / "registered" / "transform.json").read_text())["transform"]
    height, width = tifffile.imread(folder / "xray.tif").shape
    places = np.array([[0, 0], [width, 0], [0, height], [width, height], [width / 2, height / 2]])
    # 6 px padded on the left and -2 moved, 8 px above and 3 moved
    return MatrixWarp(np.array(transform["matrix"]))(places) - places - (4, 11)


def scanned(folder: Path, scan: Any) -> None:
    """A fit as PyMca writes it, its photograph, and the same under the names of a detail."""
    stack = read_element_maps(scan.xrf)
    with h5py.File(folder / "fit.h5", "w") as file:
        data = file.create_group("painting/xrf_fit/results/parameters")
        data.parent.attrs["NX_class"] = "NXcollection"
        data.attrs["NX_class"] = "NXdata"
        for name, values in zip(stack.names, np.moveaxis(stack.values, -1, 0), strict=True):
            data[name.replace("-", "_")] = values
    shutil.copy(folder / "fit.h5", folder / "detail.h5")
    shutil.copy(scan.rgb, folder / "detail.tif")
    rgb = np.pad(tifffile.imread(scan.rgb), ((6, 4), (5, 8), (0, 0)), mode="edge")
    write_8bit(folder / "photograph.tif", rgb)
    places = [(2, 3), (14, 2), (8, 9), (3, 16), (15, 17)]
    pairs = [f"{x},{y},{4 * x + 1.5 + 5},{4 * y + 1.5 + 6}" for x, y in places]
    (folder / "points.csv").write_text("\n".join(["x,y,photo_x,photo_y", *pairs]) + "\n")


@pytest.fixture
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], None]:
    """`given(page)`: puts the files into the folder that the page takes for granted."""

    def put(page: str) -> None:
        if page == "xray-and-photograph":
            painted(tmp_path)
        if page == "pymca-maps":
            scanned(tmp_path, request.getfixturevalue("scan"))
        if page in {"trust", "comparing-methods"}:
            scan = request.getfixturevalue("scan")
            shutil.copy(scan.fine, tmp_path / "fine-maps.tif")
            shutil.copy(scan.photograph, tmp_path / "photograph.tif")
        if page == "comparing-methods":
            for name in ("first", "second"):
                finished = request.getfixturevalue("finished_run")
                shutil.copytree(finished, tmp_path / "runs" / name)
        if page == "serving-a-model":
            painting = request.getfixturevalue("painting")
            finished = request.getfixturevalue("finished_run")
            shutil.copytree(finished, tmp_path / "runs" / "portrait")
            shutil.copy(painting.xray, tmp_path / "detail.tif")
            shutil.copy(painting.rgb, tmp_path / "detail-rgb.tif")

    return put


@pytest.fixture
def served(stand_in_module: Any) -> Iterator[Callable[[str], str]]:
    """`served(text)`: the text with the address of a server of the exported models here."""
    with contextlib.ExitStack() as stack:

        def address(text: str) -> str:
            if SERVER not in text:
                return text
            config = stand_in_module.folder_config(Path("saved_models").resolve())
            server = stack.enter_context(stand_in_module.StandIn(config))
            return text.replace(SERVER, server.address)

        yield address


@pytest.mark.slow
@pytest.mark.parametrize("page", TITLES)
def test_the_commands_of_a_page_do_what_it_says(
    page: str,
    given: Callable[[str], None],
    smaller: Callable[[list[str]], list[str]],
    served: Callable[[str], str],
    invoke: Invoke,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    given(page)
    ran = 0
    for block in blocks(page):
        if block.remark.startswith("file: "):
            Path(block.remark.removeprefix("file: ")).write_text(block.text)
        if block.language != "sh":
            continue
        expected = int(block.remark.removeprefix("exit code: ") or 0)
        for program, *words in commands(block):
            assert program == "tfpaintsep"
            result = invoke(*map(served, words), *smaller(words))
            assert result.code == expected, f"{words}\n{result.out}\n{result.err}"
            ran += 1
    assert ran
    if page == "xray-and-photograph":
        assert np.hypot(*registered(tmp_path).T).max() < 2
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w.-]+/[\w./-]*)`", text)
    assert [name for name in named if not (tmp_path / name).exists()] == []


def test_there_is_no_other_page() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == set(TITLES)
    assert COMMANDS.keys() >= {
        line[1]
        for page in TITLES
        for b in blocks(page)
        if b.language == "sh"
        for line in commands(b)
    }

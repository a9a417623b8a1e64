"""Each kind of bad input: exit code 2, one message that names it, nothing written."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from tfpaintsep.runs.folder import RunFolder

Words = list[object]


def digest(folder: Path) -> dict[str, str]:
    """Every file below a folder, with its checksum."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Desk:
    """A user's folder with a painting, and wrong files made on demand."""

    def __init__(self, folder: Path, painting: Any, tiny: Callable[..., list[str]]) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.tiny = tiny
        for name in ("xray.tif", "rgb.tif"):
            shutil.copy(painting.folder / name, folder / name)
        shutil.copytree(painting.truth, folder / "truth")
        self.xray, self.rgb = folder / "xray.tif", folder / "rgb.tif"
        self.grey: np.ndarray = tifffile.imread(self.xray)
        self.colour: np.ndarray = tifffile.imread(self.rgb)

    def file(self, name: str, content: bytes | np.ndarray) -> Path:
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            rgb = content.ndim == 3
            tifffile.imwrite(path, content, photometric="rgb" if rgb else "minisblack")
        return path

    def train(self, *extra: object, xray: Path | None = None, rgb: Path | None = None) -> Words:
        return [
            *("train-sep", "--xray", xray or self.xray, "--rgb", rgb or self.rgb),
            *("--out", self.out, *self.tiny(), *extra),
        ]

    def set(self, *settings: str) -> Words:
        return self.train(*(word for setting in settings for word in ("--set", setting)))

    def run_folder(self) -> Path:
        """The out folder, looking like an unfinished run."""
        self.out.mkdir()
        (self.out / "provenance.json").write_text(
            '{"inputs": {"xray": {}}, "configuration": {"training": {}}}'
        )
        return self.out


@pytest.fixture
def desk(tmp_path: Path, painting: Any, tiny: Callable[..., list[str]]) -> Desk:
    return Desk(tmp_path, painting, tiny)


def nan(desk: Desk) -> Path:
    values = desk.grey.astype(np.float32)
    values[3, 4] = np.nan
    return desk.file("nan.tif", values)


def occupied(desk: Desk) -> Words:
    desk.out.mkdir()
    (desk.out / "thesis.txt").write_text("mine")
    return desk.train()


def unknown_folder(desk: Desk) -> Words:
    return [*occupied(desk), "--overwrite"]


def out_is_a_file(desk: Desk) -> Words:
    desk.out.write_text("mine")
    return desk.train()


def out_below_a_file(desk: Desk) -> Words:
    (desk.folder / "file").write_text("mine")
    return ["train-sep", "--xray", desk.xray, "--rgb", desk.rgb, "--out", desk.folder / "file/run"]


def config(content: bytes | None) -> Callable[[Desk], Words]:
    def make(desk: Desk) -> Words:
        path = desk.folder / "mine.yaml"
        if content is not None:
            path.write_bytes(content)
        return desk.train("--config", path)

    return make


def truth_without(desk: Desk) -> Words:
    (desk.folder / "truth" / "concealed.tif").unlink()
    return desk.train("--truth", desk.folder / "truth")


REFUSALS: dict[str, tuple[Callable[[Desk], Words], list[str]]] = {
    "missing radiograph": (
        lambda d: d.train(xray=d.folder / "none.tif"),
        ["none.tif", "no such file"],
    ),
    "missing photograph": (
        lambda d: d.train(rgb=d.folder / "none.tif"),
        ["none.tif", "no such file"],
    ),
    "folder for a file": (lambda d: d.train(xray=d.folder), ["a folder"]),
    "text named tif": (
        lambda d: d.train(xray=d.file("text.tif", b"grey values\n" * 9)),
        ["text.tif", "a text file"],
    ),
    "empty file": (lambda d: d.train(rgb=d.file("empty.tif", b"")), ["empty.tif", "an empty file"]),
    "truncated TIFF": (
        lambda d: d.train(xray=d.file("cut.tif", d.xray.read_bytes()[:-500])),
        ["cut.tif", "truncated"],
    ),
    "NaN": (lambda d: d.train(xray=nan(d)), ["nan.tif", "1 NaN"]),
    "constant": (
        lambda d: d.train(xray=d.file("flat.tif", np.full((80, 72), 7, np.uint16))),
        ["flat.tif", "the same value, 7"],
    ),
    "colour as radiograph": (lambda d: d.train(xray=d.rgb), ["rgb.tif", "a colour image"]),
    "grey as photograph": (lambda d: d.train(rgb=d.xray), ["xray.tif", "a greyscale image"]),
    "sizes differ": (
        lambda d: d.train(rgb=d.file("small.tif", d.colour[:-3])),
        ["small.tif", "80 x 72", "77 x 72", "register"],
    ),
    "tiny image": (
        lambda d: d.train(xray=d.file("x.tif", d.grey[:9]), rgb=d.file("r.tif", d.colour[:9])),
        ["x.tif", "9 x 72"],
    ),
    "unknown preset": (
        lambda d: d.train("--preset", "best"),
        ["--preset", "best", "fast", "paper"],
    ),
    "unknown setting": (lambda d: d.set("loss.eta7=1"), ["loss.eta7", "no such setting"]),
    "wrong type": (lambda d: d.set("training.epochs=soon"), ["training.epochs", "soon"]),
    "bad --set": (lambda d: d.set("loss.eta1:1"), ["--set", "SECTION.NAME=VALUE"]),
    "seed too large": (lambda d: d.set("training.seed=4294967296"), ["training.seed"]),
    "missing YAML": (config(None), ["mine.yaml"]),
    "malformed YAML": (config(b"loss: [1"), ["mine.yaml", "YAML"]),
    "YAML of a list": (config(b"- 1"), ["mine.yaml", "list"]),
    "occupied folder": (occupied, ["out", "--overwrite"]),
    "folder not ours": (unknown_folder, ["out", "nothing was touched"]),
    "out is a file": (out_is_a_file, ["out", "a file"]),
    "out below a file": (out_below_a_file, ["file", "a folder"]),
    "out holds an input": (
        lambda d: [
            *("train-sep", "--xray", d.xray, "--rgb", d.rgb, "--out", d.folder, "--overwrite")
        ],
        ["--out", "--xray"],
    ),
    "out holds the truth": (
        lambda d: d.train("--overwrite", "--truth", d.run_folder() / "truth"),
        ["--out", "--truth"],
    ),
    "guess of another size": (
        lambda d: d.train("--init", d.file("g.tif", d.grey[:, :-1])),
        ["--init", "80 x 72", "80 x 71"],
    ),
    "guess of another depth": (
        lambda d: d.train("--init", d.file("g.tif", (d.grey >> 8).astype(np.uint8))),
        ["g.tif", "uint8", "65535"],
    ),
    "known layer of another depth": (
        lambda d: d.train(
            "--truth",
            d.file("truth/concealed.tif", (d.grey >> 8).astype(np.uint8)).parent,
        ),
        ["concealed.tif", "uint8", "65535"],
    ),
    "guess in other units": (
        lambda d: d.train("--init", d.file("g.tif", (d.grey / 65535).astype(np.float32))),
        ["--init", "values that reach"],
    ),
    "setting nearly right": (lambda d: d.set("training.epoch=3"), ["training.epochs"]),
    "scale of zero": (lambda d: d.set("start.sigmas=[0]"), ["start.sigmas"]),
    "wavelet not quite orthogonal": (lambda d: d.set("network.wavelet=dmey"), ["wavelet", "dmey"]),
    "missing guess": (lambda d: d.train("--init", d.folder / "g.tif"), ["g.tif", "no such file"]),
    "no guess given": (lambda d: d.set("start.kind=given"), ["--init"]),
    "image smaller than patch": (
        lambda d: d.set("training.sampling=patches", "training.patch=75"),
        ["75 x 75", "80 x 72", "training.patch"],
    ),
    "fewer patches than a batch": (
        lambda d: d.set("training.sampling=patches", "training.stride=32", "training.batch=64"),
        ["64 patches", "training.batch"],
    ),
    "image smaller than averaged patches": (
        lambda d: d.set("inference.mode=patches", "inference.patch=75", "inference.stride=5"),
        ["75 x 75", "80 x 72", "inference.patch"],
    ),
    "too many scales": (lambda d: d.set("loss.scales=7"), ["loss.scales", "64"]),
    "resume and overwrite": (lambda d: d.train("--resume", "--overwrite"), ["--resume"]),
    "unknown polarity": (lambda d: d.train("--polarity", "film"), ["--polarity", "film"]),
    "no known layers": (lambda d: d.train("--truth", d.folder / "no"), ["surface.tif"]),
    "half the known layers": (truth_without, ["truth", "concealed.tif"]),
    "separate without a model": (
        lambda d: ["separate", d.folder, "--xray", d.xray, "--rgb", d.rgb, "--out", d.out],
        ["no saved_model.pb"],
    ),
    "separate with nonsense": (
        lambda d: ["separate", d.xray, "--xray", d.xray, "--rgb", d.rgb, "--out", d.out],
        ["xray.tif", "SavedModel"],
    ),
    "separate sizes differ": (
        lambda d: [
            *("separate", d.folder, "--xray", d.xray, "--out", d.out),
            *("--rgb", d.file("small.tif", d.colour[:-3])),
        ],
        ["80 x 72", "77 x 72", "register"],
    ),
    "evaluate no run": (
        lambda d: ["evaluate", d.folder, "--truth", d.folder],
        ["provenance.json"],
    ),
    "export no run": (
        lambda d: ["export", d.folder, "--to", d.out],
        ["no saved_model.pb"],
    ),
    "report no run": (lambda d: ["report", d.out], ["out", "provenance.json"]),
    "report an unfinished run": (
        lambda d: ["report", d.run_folder()],
        ["not finished", "--resume"],
    ),
    "evaluate an unfinished run": (
        lambda d: ["evaluate", d.run_folder(), "--truth", d.folder],
        ["not finished", "--resume"],
    ),
}


@pytest.mark.parametrize(("make", "parts"), REFUSALS.values(), ids=REFUSALS.keys())
def test_bad_input_is_refused(
    desk: Desk,
    make: Callable[[Desk], Words],
    parts: list[str],
    invoke: Callable[..., Any],
) -> None:
    words = make(desk)
    before, existed = digest(desk.folder), desk.out.exists()
    result = invoke(*words)
    assert result.code == 2, result
    assert result.err.count("Error:") == 1
    assert "Traceback" not in result.err
    message = " ".join(result.err[result.err.index("Error:") :].split())
    for part in parts:
        assert part in message
    assert result.out == ""
    assert desk.out.exists() == existed
    assert digest(desk.folder) == before


@pytest.mark.parametrize(
    "kind",
    ["missing radiograph", "text named tif", "sizes differ", "wrong type", "folder not ours"],
)
def test_the_real_program_refuses_in_the_same_way(
    desk: Desk, kind: str, run_process: Callable[..., Any]
) -> None:
    make, parts = REFUSALS[kind]
    words = make(desk)
    before = digest(desk.folder)
    result = run_process(*words)
    assert result.code == 2
    errors = [line for line in result.err.splitlines() if not line.startswith("Note:")]
    assert len(errors) == 1, result.err
    for part in parts:
        assert part in errors[0]
    assert digest(desk.folder) == before


FROM_A_RUN: dict[str, tuple[Callable[[Desk, Path], Words], list[str]]] = {
    "resume with another radiograph": (
        lambda d, run: [
            *("train-sep", "--xray", d.file("x.tif", d.grey + np.uint16(1)), "--rgb", d.rgb),
            *("--out", run, *d.tiny(), "--resume"),
        ],
        ["--xray", "another one"],
    ),
    "resume with a guess added": (
        lambda d, run: [
            *("train-sep", "--xray", d.xray, "--rgb", d.rgb, "--init", d.xray),
            *("--out", run, *d.tiny(), "--resume"),
        ],
        ["--init", "missing or added"],
    ),
    "resume with another configuration": (
        lambda d, run: [
            *("train-sep", "--xray", d.xray, "--rgb", d.rgb),
            *("--out", run, *d.tiny("loss.eta2=0.25"), "--resume"),
        ],
        ["loss.eta2", "0.25"],
    ),
    "resume with another polarity": (
        lambda d, run: [
            *("train-sep", "--xray", d.xray, "--rgb", d.rgb, "--polarity", "positive"),
            *("--out", run, *d.tiny(), "--resume"),
        ],
        ["--polarity", "as-stored"],
    ),
    "a finished run again": (
        lambda d, run: [*("train-sep", "--xray", d.xray, "--rgb", d.rgb, "--out", run, *d.tiny())],
        ["--overwrite"],
    ),
    "separate over the model": (
        lambda d, run: [
            *("separate", run, "--xray", d.xray, "--rgb", d.rgb, "--out", run, "--overwrite")
        ],
        ["--out", "MODEL"],
    ),
    "separate a radiograph of another depth": (
        lambda d, run: [
            *("separate", run, "--rgb", d.rgb, "--out", d.out),
            *("--xray", d.file("x.tif", (d.grey // 256).astype(np.uint8))),
        ],
        ["x.tif", "uint16", "uint8"],
    ),
    "separate with a guess of another size": (
        lambda d, run: [
            *("separate", run, "--xray", d.xray, "--rgb", d.rgb, "--out", d.out),
            *("--init", d.file("g.tif", d.grey[:-2])),
        ],
        ["g.tif", "80 x 72", "78 x 72"],
    ),
    "evaluate without a reference": (
        lambda d, run: ["evaluate", run, "--truth", d.folder / "nowhere"],
        ["nowhere", "no surface.tif"],
    ),
    "evaluate against itself": (
        lambda d, run: ["evaluate", run, "--truth", run],
        ["--truth", "another folder"],
    ),
    "evaluate with a reference of another size": (
        lambda d, run: [
            "evaluate",
            run,
            "--truth",
            d.file("surface.tif", d.grey[:-2]).parent,
        ],
        ["surface.tif", "80 x 72", "78 x 72"],
    ),
    "export to a file": (lambda d, run: ["export", run, "--to", d.xray], ["xray.tif", "a file"]),
}


@pytest.mark.parametrize(("make", "parts"), FROM_A_RUN.values(), ids=FROM_A_RUN.keys())
def test_what_does_not_fit_an_earlier_run_is_refused(
    desk: Desk,
    finished_run: Path,
    make: Callable[[Desk, Path], Words],
    parts: list[str],
    invoke: Callable[..., Any],
) -> None:
    words = make(desk, finished_run)
    before, run_before = digest(desk.folder), digest(finished_run)
    result = invoke(*words)
    assert result.code == 2, result
    assert result.err.count("Error:") == 1
    for part in parts:
        assert part in result.err
    assert digest(desk.folder) == before
    assert digest(finished_run) == run_before


def test_a_run_that_goes_on_is_not_overwritten(
    painting: Any, tiny: Callable[..., list[str]], run_copy: Path, invoke: Callable[..., Any]
) -> None:
    before = sorted(path.name for path in run_copy.iterdir())
    with RunFolder(run_copy).in_use():
        result = invoke("train-sep", *painting.options, *tiny(), "--out", run_copy, "--overwrite")
    assert result.code == 2
    assert "no other process writes to" in result.err
    assert sorted(path.name for path in run_copy.iterdir()) == before


def test_a_run_that_had_fewer_settings_is_not_gone_on_with(
    painting: Any, run_copy: Path, invoke: Callable[..., Any]
) -> None:
    record = json.loads((run_copy / "provenance.json").read_text())
    del record["configuration"]["start"]["colour"]  # as if begun before there was this one
    (run_copy / "provenance.json").write_text(json.dumps(record))
    result = invoke("train-sep", *painting.options, "--out", run_copy, "--resume")
    assert result.code == 2
    assert "start.colour" in result.err
    assert "version" in result.err


def test_the_report_asks_for_pictures_that_are_gone(
    painting: Any, tiny: Callable[..., list[str]], run_copy: Path, invoke: Callable[..., Any]
) -> None:
    record = run_copy / "provenance.json"
    record.write_text(record.read_text().replace("rgb.tif", "moved.tif"))
    before = digest(run_copy)
    result = invoke("report", run_copy)
    assert result.code == 2
    assert "moved.tif" in result.err
    assert digest(run_copy) == before
    # The command that trained says where they are now.
    words = ["train-sep", *painting.options, *tiny(), "--out", run_copy, "--resume"]
    assert invoke(*words).code == 0
    assert invoke("report", run_copy).code == 0


def test_a_fault_of_the_program_is_not_called_the_users(
    monkeypatch: pytest.MonkeyPatch, invoke: Callable[..., Any], finished_run: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "out/surface.tif")

    monkeypatch.setattr("tfpaintsep.cli.report.report_run", full)
    result = invoke("report", finished_run)
    assert result.code == 1
    assert "out/surface.tif: No space left on device" in result.err

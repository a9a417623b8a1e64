"""The benchmark through the command line: runs, resumes, records failures, refuses."""

import csv
import json
import re
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tfpaintsep.evaluation.metrics import score_layers
from tfpaintsep.evaluation.stack_metrics import score_stack
from tfpaintsep.images import read_element_maps, read_grey

METHODS = """
import os
import signal
import time
import numpy as np
from tfpaintsep.evaluation.methods import Layers, Method
from tfpaintsep.evaluation.peers.interpolation import bicubic

def half(x, rgb, budget):
    return Layers(x / 2, x / 2)

def grey(x, rgb, budget):
    budget.report(0.0, "step 0")
    noise = 0.05 * np.random.default_rng(budget.seed).standard_normal(x.shape)
    surface = 0.4 * rgb.mean(axis=-1) * x.max() + noise
    budget.report(1.0, "step 1,200")
    return Layers(surface, x - surface)

def crash(x, rgb, budget):
    raise ArithmeticError("first line\\nthe loss is not finite")

def killed(x, rgb, budget):
    print("about to allocate", flush=True)
    os.kill(os.getpid(), 9)

def stop(number, frame):
    raise RuntimeError("interrupted")  # as the training loop does

def slow(x, rgb, budget):
    signal.signal(signal.SIGTERM, stop)
    budget.report(0.0, "step 0")
    time.sleep(60)

def enlarged(maps, rgb, budget):
    return bicubic(maps, len(rgb) // len(maps))

def wrong_size(maps, rgb, budget):
    return maps

METHODS = {
    "half": Method("half", "Halves", half, "trivial"),
    "grey": Method("grey", "Grey copy", grey, "made up", learned=True, note="A note."),
    "crash": Method("crash", "Crashing", crash, "made up"),
    "killed": Method("killed", "Killed", killed, "made up"),
    "slow": Method("slow", "Slow", slow, "made up"),
    "enlarged": Method("enlarged", "Enlarged", enlarged, "made up"),
    "wrong-size": Method("wrong-size", "Of another size", wrong_size, "made up"),
}
"""

Invoke = Callable[..., Any]


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's file of methods."""
    path = tmp_path_factory.mktemp("methods") / "mine.py"
    path.write_text(METHODS)
    return path


@pytest.fixture(scope="module")
def words(painting: Any, mine: Path) -> list[Any]:
    """A benchmark of a few jobs, but for its folder."""
    return [
        *("benchmark", "sep", "--data", painting.folder, "--add", mine, "--seeds", 2),
        *("--methods", "half,grey,crash,killed", "--seconds", 1),
    ]


@pytest.fixture(scope="module")
def compared(words: list[Any], invoke: Invoke, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What that benchmark wrote; not to be changed."""
    out = tmp_path_factory.mktemp("compared") / "out"
    result = invoke(*words, "--out", out)
    assert result.code == 1, result.err
    assert "2 of 5 jobs failed" in result.err
    assert "trade_off.png" in result.out
    return out


def records(out: Path, method: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((out / "jobs" / method).glob("*.json"))]


def rows(out: Path, heading: str) -> dict[str, dict[str, str]]:
    """The table below a heading: by method, by column."""
    text = (out / "table.md").read_text()
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    return {line[0]: dict(zip(lines[0], line, strict=True)) for line in lines[2:]}


def test_each_job_leaves_scores_of_the_layers_beside_them(compared: Path, painting: Any) -> None:
    gain = 65535.0
    known = [read_grey(painting.truth / f"{name}.tif") / gain for name in ("surface", "concealed")]
    mixture = read_grey(painting.xray) / gain
    found = records(compared, "half") + records(compared, "grey")
    assert [(one["job"]["method"], one["job"]["seed"]) for one in found] == [
        ("half", 0), ("grey", 0), ("grey", 1),
    ]  # fmt: skip
    for path in [
        *(compared / "jobs").glob("half/*.json"),
        *(compared / "jobs").glob("grey/*.json"),
    ]:
        layers = [
            read_grey(path.with_name(f"{path.stem}-{name}.tif")) / gain
            for name in ("surface", "concealed")
        ]
        assert layers[0] + layers[1] == pytest.approx(mixture, abs=1e-5)
        expected = score_layers(layers[0], layers[1], known[0], known[1], mixture)
        scores = json.loads(path.read_text())["scores"]
        for layer in ("surface", "concealed"):
            for metric in ("mse", "skill", "sdri", "siri"):
                value = getattr(expected[layer], metric)
                assert scores[layer][metric] == pytest.approx(value, rel=1e-3, abs=1e-4)
        assert scores["mean"]["sdri"] == pytest.approx(
            (scores["surface"]["sdri"] + scores["concealed"]["sdri"]) / 2
        )


def test_each_job_says_what_it_cost(compared: Path) -> None:
    (half,), greys = records(compared, "half"), records(compared, "grey")
    for one in (half, *greys):
        assert 0 < one["seconds"] < 60
        assert 20 < one["peak_memory_mb"] < 20000
        assert "python" in one["versions"]
        assert "cores" in one["machine"]
    assert half["steps"] is None
    assert half["job"]["seconds"] is None
    assert [one["steps"] for one in greys] == [1200, 1200]
    assert all(0 < one["learning_seconds"] <= one["seconds"] for one in greys)


def test_the_table_is_made_of_the_scores(compared: Path, painting: Any) -> None:
    table = rows(compared, painting.folder.name)
    assert list(table) == [
        "Halves", "Grey copy", "Crashing (failed: 1 of 1)", "Killed (failed: 1 of 1)",
    ]  # fmt: skip
    values = [one["scores"]["mean"]["sdri"] for one in records(compared, "grey")]
    mean, spread = statistics.fmean(values), statistics.stdev(values)
    shown = table["Grey copy"]["SDRi, dB"]
    assert shown.strip("*") == f"{mean:.2f} ± {spread:.2f}"
    assert shown.startswith("**") == (mean > 0)
    assert table["Halves"]["SDRi, dB"].strip("*") == "0.00"
    surface, concealed = (
        statistics.fmean(one["scores"][layer]["siri"] for one in records(compared, "grey"))
        for layer in ("surface", "concealed")
    )
    both = table["Grey copy"]["SIRi surface / concealed"]
    assert both == f"{surface:.2f} / {concealed:.2f}"
    assert table["Crashing (failed: 1 of 1)"]["skill"] == "-"
    text = (compared / "table.md").read_text()
    assert "**Grey copy** (`grey`): made up; A note." in text
    assert "standard deviation over seeds" in text


def test_a_failing_method_is_recorded_and_stops_nothing(compared: Path) -> None:
    (crash,), (killed,) = records(compared, "crash"), records(compared, "killed")
    assert crash["scores"] is None
    assert crash["error"] == "ArithmeticError: the loss is not finite"
    assert "SIGKILL" in killed["error"]
    assert killed["error"].endswith("about to allocate")
    assert "Traceback" in next((compared / "jobs" / "crash").glob("*.log")).read_text()
    assert not list((compared / "jobs" / "half").glob("*.log"))
    with (compared / "results.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [line["layer"] for line in lines if line["method"] == "half"] == [
        "surface", "concealed", "mean",
    ]  # fmt: skip
    (line,) = [line for line in lines if line["method"] == "crash"]
    assert (line["skill"], line["error"]) == ("", crash["error"])


def test_the_figures_show_every_method_that_ended(compared: Path, painting: Any) -> None:
    with Image.open(compared / f"figure_{painting.folder.name}.png") as figure:
        width, height = figure.size
    assert width > 3 * 200  # known layers and two methods
    assert height > 4 * 200  # both layers and their errors
    with Image.open(compared / "trade_off.png") as figure:
        assert len(np.unique(np.asarray(figure))) > 20


def test_only_what_is_missing_is_run_again(
    compared: Path, painting: Any, words: list[Any], invoke: Invoke, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(compared, out)
    ended = {path: path.stat().st_mtime_ns for path in (out / "jobs").rglob("*.json")}
    lost = next(path for path in ended if path.parent.name == "grey")
    before = json.loads(lost.read_text())
    lost.unlink()
    result = invoke(*words, "--out", out)
    assert result.code == 1, result.err
    assert "4 of 5 jobs are done already" in result.err
    again = {path: path.stat().st_mtime_ns for path in (out / "jobs").rglob("*.json")}
    assert set(again) == set(ended)
    assert {path for path in ended if again[path] != ended[path]} == {lost}
    assert json.loads(lost.read_text())["scores"] == before["scores"]

    (crash,) = (path for path in ended if path.parent.name == "crash")
    assert invoke(*words, "--out", out, "--retry", "--methods", "crash").code == 1
    third = {path: path.stat().st_mtime_ns for path in (out / "jobs").rglob("*.json")}
    assert {path for path in third if third[path] != again[path]} == {crash}
    assert list(rows(out, painting.folder.name)) == ["Crashing (failed: 1 of 1)"]


def test_an_interrupted_benchmark_keeps_what_has_ended(
    painting: Any, mine: Path, start_process: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    words = ["benchmark", "sep", "--data", painting.folder, "--add", mine, "--out", out]
    with start_process(*words, "--methods", "half,slow") as process:
        try:
            end = time.monotonic() + 120
            while not list((out / "jobs" / "slow").glob("*.log")) and time.monotonic() < end:
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130, err
    assert "the same command goes on" in err
    assert [path.parent.name for path in (out / "jobs").rglob("*.json")] == ["half"]
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert not [
        line for line in listed.stdout.splitlines() if "worker" in line and str(out) in line
    ]


def test_maps_known_and_maps_to_be_degraded_are_both_cases(
    scan: Any, mine: Path, invoke: Invoke, tmp_path: Path
) -> None:
    fine = tmp_path / "collection" / "fine"
    fine.mkdir(parents=True)
    shutil.copy(scan.fine, fine / "maps_hr.tif")
    shutil.copy(scan.photograph, fine / "rgb.tif")
    out = tmp_path / "out"
    result = invoke(
        *("benchmark", "sr", "--data", scan.degraded, "--data", fine.parent, "--add", mine),
        *("--methods", "enlarged,wrong-size", "--crop", 64, "--out", out),
    )
    assert result.code == 1, result.err  # the wrong-size jobs
    one, other = records(out, "enlarged")
    assert one["job"]["case"] == "degraded"
    assert other["job"]["case"] == "fine"
    assert one["scores"] == other["scores"]  # the same scan in two layouts
    assert "Received: (16, 16, 3)" in records(out, "wrong-size")[0]["error"]

    path = next((out / "jobs" / "enlarged").glob("degraded-*.tif"))
    estimate = read_element_maps(path)
    known = read_element_maps(scan.degraded / "truth" / "maps.tif")
    centre = known.values[8:72, 4:68]
    scores = score_stack(centre, estimate.ordered(known.names).values, known.names, 4)
    assert one["scores"]["pooled"]["psnr"] == pytest.approx(scores.pooled.psnr, rel=1e-5)
    assert one["scores"]["Hg-L"]["ssim"] == pytest.approx(scores.elements["Hg-L"].ssim, rel=1e-5)
    shown = rows(out, "Given cases: mean of 2")["Enlarged"]
    assert shown["PSNR, dB"] == f"{one['scores']['pooled']['psnr']:.2f}"
    assert shown["consistency"] == f"{one['scores']['pooled']['consistency']:.1e}"
    for name in ("degraded", "fine"):
        assert (out / f"figure_{name}.png").is_file()
    assert not (out / "trade_off.png").exists()


def test_what_cannot_be_compared_is_refused(
    compared: Path, painting: Any, scan: Any, mine: Path, invoke: Invoke, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    incomplete = tmp_path / "incomplete"
    (incomplete / "truth").mkdir(parents=True)
    for name in ("xray.tif", "rgb.tif", "truth/surface.tif"):
        shutil.copy(painting.folder / name, incomplete / name)
    unpictured = tmp_path / "unpictured"
    unpictured.mkdir()
    shutil.copy(scan.xrf, unpictured / "maps.tif")
    broken = tmp_path / "broken.py"
    broken.write_text("METHODS = 3")
    sep = ["sep", "--data", painting.folder, "--add", mine, "--methods", "half"]
    sr = ["sr", "--data", scan.degraded, "--add", mine, "--methods", "enlarged"]
    new = tmp_path / "out"
    for words, out, message in (
        (["sep", "--add", mine], new, "--data, --simulated or both"),
        (["sep", "--data", foreign], new, f"{foreign}: expected a folder with xray.tif"),
        (["sep", "--data", incomplete], new, f"{incomplete / 'truth/concealed.tif'}: expected"),
        (["sr", "--data", unpictured], new, f"{unpictured / 'rgb.tif'}: expected"),
        ([*sep, "--methods", "half,best"], new, "found best"),
        ([*sep, "--add", broken], new, f"{broken}: expected a Python file with METHODS"),
        ([*sep, "--add", mine], new, "found half, which exists"),
        ([*sep, "eta1=1"], new, "unexpected extra argument (eta1=1)"),
        ([*sep, "--sweep", "eta1=1", "eta2=1"], new, "without --methods"),
        (["sep", "--data", painting.folder, "--sweep", "eta1=1"], new, "two settings, the axes"),
        ([*sr, "--crop", "66"], new, "Choose 64."),
        (sep, foreign, f"{foreign}: expected a benchmark's folder"),
        (sr, compared, "expected a folder of `benchmark sr`; found one of sep"),
    ):
        result = invoke("benchmark", *words, "--out", out)
        assert result.code == 2, words
        assert message in " ".join(result.err.split()), (words, result.err)
    assert not new.exists()
    assert [path.name for path in foreign.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_a_sweep_runs_the_network_with_each_setting(
    painting: Any, run_process: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = run_process(
        *("benchmark", "sep", "--data", painting.folder, "--crop", 48, "--seeds", 1),
        *("--seconds", 0.5, "--sweep", "eta1=0.25", "network.channels=8", "--out", out),
    )
    assert result.code == 0, result.err
    (one,) = records(out, "lcista-fast")
    assert one["error"] == ""
    assert one["job"]["settings"] == {"loss.eta1": 0.25, "network.channels": 8}
    assert one["steps"] > 0
    with (out / "sweep.csv").open() as file:
        (mean,) = [line for line in csv.DictReader(file) if line["layer"] == "mean"]
    assert (mean["loss.eta1"], mean["network.channels"]) == ("0.25", "8")
    assert f"Best mse: {float(mean['mse']):.3g} at loss.eta1 = 0.25" in result.out
    assert (out / "sweep.png").is_file()
    assert not (out / "table.md").exists()

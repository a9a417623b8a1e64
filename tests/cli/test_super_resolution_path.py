"""From coarse maps and a photograph to fine maps, scores, a served model and a report."""

import csv
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
import yaml
from PIL import Image
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator

from tfpaintsep.images import read_element_maps, read_photograph, write_element_maps
from tfpaintsep.superresolution.config import SuperResolutionConfig

NAMES = ("Pb-L", "Hg-L", "Ca-K")
SCALE = 4


def values(path: Path) -> np.ndarray:
    return read_element_maps(path).values


def ranges(maps: np.ndarray) -> np.ndarray:
    return np.ptp(maps, axis=(0, 1))


def assert_consistent(maps: np.ndarray, coarse: np.ndarray) -> None:
    height, width, bands = coarse.shape
    blocks = maps.astype(np.float64).reshape(height, SCALE, width, SCALE, bands)
    error = np.abs(blocks.mean(axis=(1, 3)) - coarse) / ranges(coarse)
    assert error.max() < 1e-6


def assert_same_maps(first: Path, second: Path) -> None:
    error = np.abs(values(first / "maps.tif") - values(second / "maps.tif"))
    assert (error / ranges(values(second / "maps.tif"))).max() < 1e-5


def test_a_run_folder_is_complete(finished_sr: Path) -> None:
    assert {path.name for path in finished_sr.iterdir()} == {
        *("maps.tif", "config.yaml", "provenance.json", "history.csv", "report.html"),
        *("contact_sheet.png", "checkpoints", "tensorboard", "saved_model"),
    }
    assert [path.name for path in (finished_sr / "saved_model").iterdir()] == ["1"]
    config = yaml.safe_load((finished_sr / "config.yaml").read_text())
    assert SuperResolutionConfig.model_validate(config).model_dump(mode="json") == config


def test_maps_open_in_imagej_with_names_and_the_finer_pixel(finished_sr: Path) -> None:
    with tifffile.TiffFile(finished_sr / "maps.tif") as tif:
        assert tif.is_imagej
        metadata = tif.imagej_metadata
        assert metadata is not None
        assert metadata["Labels"] == list(NAMES)
        assert metadata["unit"] == "cm"
        assert metadata["Info"].startswith("Computed hypothesis")
        assert "train-sr" in metadata["Info"]
        page = tif.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        assert page.resolution == (20, 20)  # the coarse maps have 5 px to the centimetre
        assert tif.asarray().dtype == np.float32
    stack = read_element_maps(finished_sr / "maps.tif")
    assert (stack.names, stack.size, stack.unit) == (NAMES, (80, 72), "counts")


def test_maps_agree_with_the_measured_ones_and_learn_something(
    finished_sr: Path, scan: Any
) -> None:
    maps, coarse = values(finished_sr / "maps.tif"), values(scan.xrf)
    assert_consistent(maps, coarse)
    # More than each coarse pixel repeated: the photograph says something.
    known = values(scan.degraded / "truth" / "maps.tif")
    repeated = coarse.repeat(SCALE, 0).repeat(SCALE, 1)
    errors = [np.mean(((m - known) / ranges(known)) ** 2) for m in (maps, repeated)]
    assert errors[0] < 0.8 * errors[1]


def test_the_record_names_all_that_made_the_result(finished_sr: Path, scan: Any) -> None:
    record = json.loads((finished_sr / "provenance.json").read_text())
    for role, path in (("xrf", scan.xrf), ("rgb", scan.rgb)):
        assert record["inputs"][role]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert record["inputs"][role]["file"] == str(path)
    facts = record["inputs"]["xrf"]
    assert (facts["names"], facts["scale"], facts["operator"]) == (list(NAMES), SCALE, "mean")
    assert record["command"].startswith("tfpaintsep train-sr --xrf")
    assert record["started"] <= record["finished"]
    assert record["steps"] == 120
    assert record["consistency_error"] < 1e-6
    assert list(record["trust"]) == list(NAMES)
    assert all(0 <= weight <= 1 for weight in record["trust"].values())
    assert record["photograph_displacement_px"] >= 0


def test_history_and_tensorboard_count_both_stages(finished_sr: Path) -> None:
    with (finished_sr / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [int(row["step"]) for row in rows]
    # Two in a call; pictures after steps 1, 2, 5, 20 and 60 of each stage.
    assert steps == sorted({*range(2, 121, 2), 1, 5, 61, 65})
    first, second = rows[: steps.index(60) + 1], rows[steps.index(60) + 1 :]
    for row in rows:
        assert np.isfinite(float(row["loss"]))
        assert np.isfinite(float(row["loss/adversarial"])) == (row in second)
        assert np.isfinite(float(row["loss/augmented"])) == (row in first)
    losses = [float(row["loss"]) for row in first]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    board = EventAccumulator(str(finished_sr / "tensorboard"), tensor_size_guidance={"scalars": 0})
    board.Reload()
    assert [event.step for event in board.Tensors("training/loss")] == steps
    shares = board.Tensors("misclassified/real")
    assert [event.step for event in shares] == [step for step in steps if step > 60]
    for name in NAMES:
        shown = [event.step for event in board.Tensors(f"pictures/{name}")]
        assert shown == [1, 2, 5, 20, 60, 61, 62, 65, 80, 120]


def test_evaluate_scores_the_maps_beside_interpolation(
    sr_copy: Path, scan: Any, invoke: Callable[..., Any]
) -> None:
    result = invoke("evaluate", sr_copy, "--truth", scan.degraded)
    assert result.code == 0, result.err
    for word in ("RMSE", "PSNR", "SSIM", "SAM", "ERGAS", "bicubic + projection", *NAMES):
        assert word in result.out
    scores = json.loads((sr_copy / "evaluation" / "scores.json").read_text())["scores"]
    assert set(scores) == {"result", "bicubic", "bicubic + projection"}
    known, maps = values(scan.degraded / "truth" / "maps.tif"), values(sr_copy / "maps.tif")
    rmse = np.sqrt(np.mean(((maps.astype(np.float64) - known) / ranges(known)) ** 2))
    assert scores["result"]["pooled"]["rmse"] == pytest.approx(rmse, rel=1e-5)
    assert f"{-20 * np.log10(rmse):.4g}" in result.out
    for method, consistent in (("result", 1), ("bicubic", 0), ("bicubic + projection", 1)):
        assert (scores[method]["consistency"]["largest"] < 1e-6) == consistent
    error = read_element_maps(sr_copy / "evaluation" / "error_maps.tif")
    np.testing.assert_allclose(error.values, maps - known, rtol=0, atol=1e-3)
    assert error.names == NAMES
    again = invoke("evaluate", sr_copy, "--truth", scan.degraded / "truth")
    assert again.out == result.out


def test_known_maps_in_another_order_or_without_names_are_understood(
    sr_copy: Path, scan: Any, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    expected = invoke("evaluate", sr_copy, "--truth", scan.degraded).out
    known = np.moveaxis(values(scan.degraded / "truth" / "maps.tif"), -1, 0)
    labels = {"axes": "CYX", "Labels": list(NAMES[::-1])}
    files: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
        "order": (known[::-1], {"imagej": True, "metadata": labels}),
        "unnamed": (known, {"photometric": "minisblack"}),
    }
    for name, (planes, options) in files.items():
        (tmp_path / name).mkdir()
        tifffile.imwrite(tmp_path / name / "maps.tif", np.ascontiguousarray(planes), **options)
        result = invoke("evaluate", sr_copy, "--truth", tmp_path / name)
        assert result.code == 0, result.err
        assert result.out == expected
        assert ("no names" in result.err) == (name == "unnamed")


def test_report_is_one_page_without_a_network(
    sr_copy: Path, scan: Any, invoke: Callable[..., Any]
) -> None:
    assert invoke("evaluate", sr_copy, "--truth", scan.degraded).code == 0
    for name in ("report.html", "contact_sheet.png"):
        (sr_copy / name).unlink()
    result = invoke("report", sr_copy)
    assert result.code == 0, result.err
    page = (sr_copy / "report.html").read_text()
    assert "computed hypothesis" in page.lower()
    assert not re.search(r'(src|href)\s*=\s*"(https?:)?//', page)
    for word in (*NAMES, "PSNR", "ERGAS", "interpolation", "Misclassified", "in counts"):
        assert word in page
    with Image.open(sr_copy / "contact_sheet.png") as sheet:
        assert sheet.width > 300


def test_a_finished_run_is_left_as_it_is_and_a_lost_report_comes_back(
    sr_copy: Path, scan: Any, tiny_sr: Callable[..., list[str]], invoke: Callable[..., Any]
) -> None:
    words = ["train-sr", *scan.options, *tiny_sr(), "--out", sr_copy, "--resume"]
    before = {p: p.stat().st_mtime_ns for p in sr_copy.rglob("*")}
    result = invoke(*words)
    assert result.code == 0
    assert "finished; nothing to resume" in result.err
    assert {p: p.stat().st_mtime_ns for p in sr_copy.rglob("*")} == before
    (sr_copy / "report.html").unlink()
    assert invoke(*words).code == 0
    assert (sr_copy / "report.html").is_file()


def test_upscale_with_run_or_exported_model_gives_the_runs_maps(
    finished_sr: Path,
    scan: Any,
    tiny_sr: Callable[..., list[str]],
    invoke: Callable[..., Any],
    tmp_path: Path,
) -> None:
    models = tmp_path / "saved_models" / "portrait"
    assert invoke("export", finished_sr, "--to", models).code == 0
    for index, model in enumerate((finished_sr, models, models / "1")):
        out = tmp_path / str(index)
        result = invoke("upscale", model, *scan.options, "--out", out)
        assert result.code == 0, result.err
        assert_same_maps(out, finished_sr)
        assert_consistent(values(out / "maps.tif"), values(scan.xrf))
    # What upscale wrote may be replaced, scored and shown, but is no run to go on with.
    assert invoke("upscale", models, *scan.options, "--out", out, "--overwrite").code == 0
    assert invoke("evaluate", out, "--truth", scan.degraded).code == 0
    assert invoke("report", out).code == 0
    resumed = invoke("train-sr", *scan.options, *tiny_sr(), "--out", out, "--resume")
    assert resumed.code == 2
    assert "another command" in resumed.err


def test_upscale_takes_maps_in_any_order(
    finished_sr: Path, scan: Any, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    stack = read_element_maps(scan.xrf)
    turned = tmp_path / "turned.tif"
    write_element_maps(turned, stack.ordered(stack.names[::-1]), description="turned")
    out = tmp_path / "out"
    result = invoke("upscale", finished_sr, "--xrf", turned, "--rgb", scan.rgb, "--out", out)
    assert result.code == 0, result.err
    assert_same_maps(out, finished_sr)
    assert invoke("report", out).code == 0
    assert invoke("evaluate", out, "--truth", scan.degraded).code == 0
    rows = json.loads((out / "evaluation" / "scores.json").read_text())["scores"]
    assert rows["result"]["consistency"]["largest"] < 1e-5


def test_upscale_takes_names_in_the_order_of_a_file_without(
    finished_sr: Path, scan: Any, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    stack = read_element_maps(scan.xrf)
    turned = stack.ordered(stack.names[::-1])
    np.save(tmp_path / "maps.npy", turned.values)
    out = tmp_path / "out"
    result = invoke(
        *("upscale", finished_sr, "--xrf", tmp_path / "maps.npy", "--rgb", scan.rgb),
        *("--names", ",".join(turned.names), "--out", out),
    )
    assert result.code == 0, result.err
    assert_same_maps(out, finished_sr)
    assert invoke("evaluate", out, "--truth", scan.degraded).code == 0
    rows = json.loads((out / "evaluation" / "scores.json").read_text())["scores"]
    assert rows["result"]["consistency"]["largest"] < 1e-5


def test_a_run_goes_on_with_its_own_configuration(
    finished_sr: Path, scan: Any, invoke: Callable[..., Any]
) -> None:
    words = ["train-sr", *scan.options, "--out", finished_sr, "--resume"]
    for more in ((), ("--scale", str(SCALE))):
        same = invoke(*words, *more)  # though the preset says otherwise
        assert same.code == 0, same.err
        assert "finished" in same.err
    asked = invoke(*words, "--preset", "fast")
    assert asked.code == 2
    assert "as the run in --out was started with" in asked.err


def test_fits_in_hdf5_go_through_the_whole_path(
    finished_sr: Path,
    scan: Any,
    tiny_sr: Callable[..., list[str]],
    invoke: Callable[..., Any],
    tmp_path: Path,
) -> None:
    with h5py.File(tmp_path / "fit.h5", "w") as file:
        for fit, factor in (("first", 1), ("second", 2)):
            areas = file.create_group(f"entry/{fit}/results/parameters")
            for index, name in enumerate(NAMES):
                areas[name.replace("-", "_")] = factor * values(scan.xrf)[..., index]
            areas.attrs["signal"] = "Pb_L"
            areas.attrs["auxiliary_signals"] = ["Hg_L", "Ca_K"]
            areas.attrs["NX_class"] = "NXdata"
    xrf, out = f"{tmp_path / 'fit.h5'}::/entry/first", tmp_path / "out"
    result = invoke("upscale", finished_sr, "--xrf", xrf, "--rgb", scan.rgb, "--out", out)
    assert result.code == 0, result.err
    assert_same_maps(out, finished_sr)
    facts = json.loads((out / "provenance.json").read_text())["inputs"]["xrf"]
    assert (facts["file"], facts["group"]) == (str(tmp_path / "fit.h5"), "/entry/first")
    assert invoke("evaluate", out, "--truth", scan.degraded).code == 0
    assert invoke("report", out).code == 0

    run = tmp_path / "run"
    words = ["train-sr", "--rgb", scan.rgb, "--out", run, "--resume"]
    short = tiny_sr("pretraining.steps=2", "adversarial.steps=0")
    trained = invoke(*words, *short, "--xrf", xrf)
    assert trained.code == 0, trained.err
    assert_consistent(values(run / "maps.tif"), values(scan.xrf))
    other = invoke(*words, *short, "--xrf", xrf.replace("first", "second"))
    assert other.code == 2
    assert "another one" in other.err


def test_a_detail_that_lacks_an_element_goes_through_the_whole_path(
    finished_sr: Path, scan: Any, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    fine = np.moveaxis(values(scan.degraded / "truth" / "maps.tif"), -1, 0).copy()
    fine[1] = 0
    np.savez(tmp_path / "fine.npz", maps=fine, names=NAMES, axes="CYX")
    detail = tmp_path / "detail"
    result = invoke("degrade", "--maps", tmp_path / "fine.npz", "--out", detail)
    assert result.code == 0, result.err
    note = "Note: maps without content kept: Hg-L: the same value, 0, everywhere"
    assert note in result.err
    xrf, out = detail / "maps.tif", tmp_path / "out"
    result = invoke("upscale", finished_sr, "--xrf", xrf, "--rgb", scan.rgb, "--out", out)
    assert result.code == 0, result.err
    assert note in result.err
    result = invoke("evaluate", out, "--truth", detail)
    assert result.code == 0, result.err
    (row,) = re.findall(r"^Hg-L(.*)$", result.out, re.MULTILINE)
    assert row.split() == ["-"] * 3
    assert "the known map is the same everywhere" in result.out
    scores = json.loads((out / "evaluation" / "scores.json").read_text())["scores"]["result"]
    assert scores["elements"]["Pb-L"]["rmse"] > 0
    assert scores["consistency"]["largest"] < 1e-4  # of Hg-L in counts, for want of a range
    assert invoke("report", out).code == 0
    assert "maps without content kept: Hg-L" in (out / "report.html").read_text()


def test_maps_unlike_those_of_the_training_are_remarked_on(
    finished_sr: Path, scan: Any, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    tifffile.imwrite(
        tmp_path / "strong.tif",
        np.moveaxis(values(scan.xrf) * np.array([1, 9, 1], np.float32), -1, 0),
        photometric="minisblack",
    )
    result = invoke(
        *("upscale", finished_sr, "--xrf", tmp_path / "strong.tif", "--rgb", scan.rgb),
        *("--names", ",".join(NAMES), "--out", tmp_path / "out"),
    )
    assert result.code == 0, result.err
    assert re.search(r"range the model was trained on: Hg-L \d", result.err)


CLEAN = """
import sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
call = model.signatures["serving_default"]
rng = np.random.default_rng(3)
for batch, height, width in ((1, 5, 7), (2, 12, 4)):
    xrf = rng.uniform(0, 300, (batch, height, width, 3)).astype("float32")
    rgb = rng.random((batch, 4 * height, 4 * width, 3)).astype("float32")
    maps = call(xrf=tf.constant(xrf), rgb=tf.constant(rgb))["maps"].numpy()
    assert maps.shape == (batch, 4 * height, 4 * width, 3)
    blocks = maps.reshape(batch, height, 4, width, 4, 3).mean(axis=(2, 4))
    assert np.abs(blocks - xrf).max() < 1e-6 * 1000, np.abs(blocks - xrf).max()
    assert np.std(maps - xrf.repeat(4, 1).repeat(4, 2)) > 0
assert not [name for name in sys.modules if name.startswith("tfpaintsep")]
"""


def test_the_model_serves_any_size_in_a_process_of_its_own(finished_sr: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", CLEAN, str(finished_sr / "saved_model" / "1")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    metadata = finished_sr / "saved_model" / "1" / "assets.extra" / "model.json"
    found = json.loads(metadata.read_text())
    assert (found["kind"], found["names"], found["scale"]) == (
        *("super-resolution", list(NAMES)),
        SCALE,
    )


def test_pretraining_alone_from_a_folder_of_maps_through_the_whole_path(
    scan: Any, tiny_sr: Callable[..., list[str]], invoke: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "IMAGES"
    folder.mkdir()
    coarse = values(scan.xrf)
    for index, name in enumerate(NAMES):
        tifffile.imwrite(folder / f"{name.replace('-', '_')}.tif", coarse[..., index])
    (folder / "notes.txt").write_text("not a map")
    config = tmp_path / "mine.yaml"
    config.write_text("downsampling: {scale: 4}\n")
    words = (
        *("train-sr", "--xrf", folder, "--rgb", scan.rgb, "--config", config),
        *tiny_sr("pretraining.steps=4", "adversarial.steps=0", "downsampling.operator=decimate"),
        *("--set", "noise.removal=none"),
    )
    run = tmp_path / "run"
    result = invoke(*words, "--out", run, "--truth", scan.degraded)
    assert result.code == 0, result.err
    maps = read_element_maps(run / "maps.tif")
    assert maps.names == ("Ca-K", "Hg-L", "Pb-L")
    np.testing.assert_allclose(maps.values[::4, ::4], coarse[..., ::-1], rtol=0, atol=2e-3)
    assert "bicubic" not in result.out  # interpolates means
    (folder / "notes.txt").unlink()  # no map was changed by that
    assert invoke("report", run).code == 0
    with (run / "history.csv").open() as file:
        assert "misclassified" not in file.readline()
    (folder / "Hg_L.tif").write_bytes((folder / "Ca_K.tif").read_bytes())
    for command in (("report", run), ("evaluate", run, "--truth", scan.degraded)):
        changed = invoke(*command)
        assert changed.code == 2
        assert "another one" in changed.err


def test_a_run_whose_time_is_up_leaves_the_second_stage_out(
    scan: Any, tiny_sr: Callable[..., list[str]], invoke: Callable[..., Any], tmp_path: Path
) -> None:
    words = tiny_sr("training.seconds=0", "pretraining.steps=1", "enlargement.trust=full")
    result = invoke("train-sr", *scan.options, *words, "--out", tmp_path / "run")
    assert result.code == 0, result.err
    record = json.loads((tmp_path / "run/provenance.json").read_text())
    assert record["steps"] == 1
    assert "trust" not in record  # it was not measured
    assert "was tested for each element" not in (tmp_path / "run/report.html").read_text()
    assert_consistent(values(tmp_path / "run/maps.tif"), values(scan.xrf))


def test_the_default_settings_pass_the_whole_path(
    scan: Any, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    short = ("pretraining.steps=4", "pretraining.batch=16", "pretraining.displaced=2")
    run = tmp_path / "run"
    result = invoke(
        *("train-sr", *scan.options, "--truth", scan.degraded, "--out", run),
        *(word for setting in short for word in ("--set", setting)),
    )
    assert result.code == 0, result.err
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert config["enlargement"]["interpolation"] == "lanczos"
    assert config["generator"]["residual"]
    record = json.loads((run / "provenance.json").read_text())
    # These maps are too small for structure to be told from noise: some is found.
    taken = record["noise_taken_out"]
    assert list(taken) == list(NAMES)
    assert all(share is None or 0 < share < 1.5 for share in taken.values())
    assert any(taken.values())
    assert "counting noise was taken out" in result.out
    for name in ("trust", "sharpness"):
        assert list(record[name]) == list(NAMES)
        assert all(0 <= share <= 1 for share in record[name].values())
    assert record["photograph_displacement_px"] >= 0
    # What the terminal says of the result, a later reader of the record finds too.
    assert [f"Note: {remark}" in result.err for remark in record["remarks"]].count(False) == 0
    assert len(record["remarks"]) == result.err.count("Note: The ph") + result.err.count(
        "Note: Par"
    )
    # The last line, the table and the page give one figure.
    scores = json.loads((run / "evaluation" / "scores.json").read_text())["scores"]
    largest = scores["result"]["consistency"]["largest"]
    assert f"differ from the measured maps by {largest:.1e} of" in result.out
    assert f"{100 * largest:.2g} % at most" in (run / "report.html").read_text()


def test_degrade_crops_and_says_so(scan: Any) -> None:
    maps, known = (read_element_maps(scan.degraded / p) for p in ("maps.tif", "truth/maps.tif"))
    fine = values(scan.fine)
    assert (maps.size, known.size) == ((20, 18), (80, 72))
    assert maps.names == known.names == NAMES
    assert maps.resolution is not None
    assert maps.resolution.x == 5
    np.testing.assert_array_equal(known.values, fine[:80, :72])
    means = known.values.astype(np.float64).reshape(20, 4, 18, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(maps.values, means, rtol=1e-6)
    np.testing.assert_array_equal(
        tifffile.imread(scan.rgb), tifffile.imread(scan.photograph)[:80, :72]
    )


def test_degrade_reads_names_and_keeps_a_photographs_depth(
    scan: Any, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    planes = np.ascontiguousarray(np.moveaxis(values(scan.fine), -1, 0))
    tifffile.imwrite(tmp_path / "fine.tif", planes, photometric="minisblack")
    deep = tifffile.imread(scan.photograph).astype(np.uint16) * 256 + 3
    tifffile.imwrite(tmp_path / "rgb.tif", deep, photometric="rgb")
    out = tmp_path / "out"
    words = (
        *("degrade", "--maps", tmp_path / "fine.tif", "--rgb", tmp_path / "rgb.tif"),
        *("--names", "Fe-K, Cu-K,Zn_K", "--scale", "3", "--out", out),
    )
    result = invoke(*words)
    assert result.code == 0, result.err
    assert "cropped from 83 x 73 to 81 x 72 px" in result.err
    assert read_element_maps(out / "maps.tif").names == ("Fe-K", "Cu-K", "Zn-K")
    np.testing.assert_array_equal(tifffile.imread(out / "rgb.tif"), deep[:81, :72])
    np.testing.assert_array_equal(
        read_photograph(out / "rgb.tif").values,
        read_photograph(tmp_path / "rgb.tif").values[:81, :72],
    )
    assert invoke(*words).code == 2
    assert invoke(*words, "--overwrite").code == 0

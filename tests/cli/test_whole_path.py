"""From two 16-bit TIFFs to separated layers, scores, a served model and a report."""

import csv
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import yaml
from PIL import Image
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.training.history import read_history

GAIN = 65535.0
ROUNDING = 4 * GAIN * float(np.finfo(np.float32).eps)
PICTURES = ("surface", "concealed", "mixture", "residual")


def pixels(folder: Path) -> dict[str, np.ndarray]:
    return {name: tifffile.imread(folder / f"{name}.tif") for name in PICTURES}


def assert_same_pixels(first: Path, second: Path) -> None:
    others = pixels(second)
    for name, values in pixels(first).items():
        np.testing.assert_allclose(values, others[name], rtol=0, atol=1e-5 * GAIN, err_msg=name)


@pytest.fixture(scope="module")
def exported(
    finished_run: Path,
    run_process: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The finished run's model, exported twice by the real program."""
    folder = tmp_path_factory.mktemp("models") / "saved_models" / "portrait"
    for number in (1, 2):
        result = run_process("export", finished_run, "--to", folder)
        assert result.code == 0, result.err
        assert str(folder / str(number)) in result.out
    return folder


def test_a_run_folder_is_complete(finished_run: Path) -> None:
    files = {path.name for path in finished_run.iterdir()}
    assert files == {
        *(f"{name}.tif" for name in PICTURES),
        *("config.yaml", "provenance.json", "history.csv", "report.html", "contact_sheet.png"),
        *("checkpoints", "tensorboard", "saved_model", "disagreement"),
    }
    assert [path.name for path in (finished_run / "saved_model").iterdir()] == ["1"]


def test_what_a_longer_look_at_the_inputs_finds_is_said_and_kept(
    painting: Any,
    tiny: Callable[..., list[str]],
    run_process: Callable[..., Any],
    tmp_path: Path,
) -> None:
    xray = tifffile.imread(painting.xray)
    xray[1::2] = xray[1::2] * 0.95
    tifffile.imwrite(tmp_path / "striped.tif", xray)
    images = ["--xray", tmp_path / "striped.tif", "--rgb", painting.rgb]
    settings = tiny("inference.spread=false")
    result = run_process("train-sep", *images, *settings, "--out", tmp_path / "run")
    assert result.code == 0, result.err
    findings = RunFolder(tmp_path / "run").read_provenance()["findings"]
    assert any("stronger" in finding for finding in findings)
    assert all(result.err.count(f"Note: {finding}\n") == 1 for finding in findings)
    again = run_process("train-sep", *images, *settings, "--out", tmp_path / "run", "--resume")
    assert again.code == 0, again.err
    assert not any(f"{finding}\n" in again.err for finding in findings if "stronger" in finding)
    assert RunFolder(tmp_path / "run").read_provenance()["findings"] == findings


def test_the_exported_model_needs_no_xla_where_it_is_served(finished_run: Path) -> None:
    model = SavedModel.FromString((finished_run / "saved_model/1/saved_model.pb").read_bytes())
    functions = [f for graph in model.meta_graphs for f in graph.graph_def.library.function]
    assert any("separation_network" in node.name for f in functions for node in f.node_def)
    assert not [f.signature.name for f in functions if f.attr["_XlaMustCompile"].b]


def test_layers_are_float_tiffs_that_say_what_they_are(finished_run: Path, painting: Any) -> None:
    source = tifffile.imread(painting.xray)
    for name in PICTURES:
        with tifffile.TiffFile(finished_run / f"{name}.tif") as tif:
            (page,) = tif.pages
            assert isinstance(page, tifffile.TiffPage)
            assert page.dtype == np.float32
            assert page.shape == source.shape
            assert page.resolution == (600, 600)
            assert page.resolutionunit == tifffile.RESUNIT.INCH
            assert page.description.startswith("Computed hypothesis")
            assert "train-sep" in page.description
            assert np.isfinite(page.asarray()).all()


def test_layers_add_up_to_the_mixture_and_the_residual_to_the_input(
    finished_run: Path, painting: Any
) -> None:
    found, source = pixels(finished_run), tifffile.imread(painting.xray).astype(np.float64)
    total = found["surface"].astype(np.float64) + found["concealed"]
    np.testing.assert_allclose(total, found["mixture"], rtol=0, atol=ROUNDING)
    explained = found["mixture"].astype(np.float64) + found["residual"]
    np.testing.assert_allclose(explained, source, rtol=0, atol=ROUNDING)
    # In the radiograph's own units: a run of a minute's fraction comes near it.
    assert np.std(found["residual"]) < np.std(source)
    assert 0.3 < np.mean(found["mixture"]) / np.mean(source) < 1.7


def test_the_record_names_all_that_made_the_result(finished_run: Path, painting: Any) -> None:
    record = json.loads((finished_run / "provenance.json").read_text())
    for role, path in (("xray", painting.xray), ("rgb", painting.rgb)):
        assert record["inputs"][role]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert record["inputs"][role]["file"] == str(path)
    assert record["inputs"]["xray"]["gain"] == GAIN
    assert record["status"] == "computed hypothesis"
    assert record["command"].startswith("tfpaintsep train-sep --xray")
    assert {"python", "tensorflow", "keras", "numpy"} <= set(record["versions"])
    assert record["seed"] == 0
    assert record["started"] <= record["finished"]
    assert record["steps"] == 100
    residual = tifffile.imread(finished_run / "residual.tif").astype(np.float64) / GAIN
    assert record["residual_rms"] == pytest.approx(np.sqrt(np.mean(residual**2)), rel=1e-4)
    config = yaml.safe_load((finished_run / "config.yaml").read_text())
    assert SeparationConfig.model_validate(config).model_dump(mode="json") == config
    assert config == record["configuration"]


def test_history_and_tensorboard_tell_the_same(finished_run: Path) -> None:
    with (finished_run / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [int(row["step"]) for row in rows]
    # 20 epochs of 5 steps, 2 in a call; pictures after epochs 1, 2, 7 and 20.
    assert steps == sorted({*range(2, 101, 2), 5, 35})
    losses = [float(row["loss"]) for row in rows]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    board = EventAccumulator(str(finished_run / "tensorboard"), tensor_size_guidance={"scalars": 0})
    board.Reload()
    for column, tag in {
        "loss": "training/loss",
        "loss/xray": "loss/xray",
        "loss/rgb": "loss/rgb",
        "loss/exclusion": "loss/exclusion",
        "learning_rate": "training/learning_rate",
        "gradient_norm": "training/gradient_norm",
        "scalars/gamma": "scalars/gamma",
        "scalars/mu_LL": "scalars/mu_LL",
    }.items():
        events = board.Tensors(tag)
        assert [event.step for event in events] == steps
        logged = [float(make_ndarray(event.tensor_proto)) for event in events]
        np.testing.assert_allclose(logged, [float(row[column]) for row in rows], rtol=1e-6)
    for name in ("surface", "concealed", "mixture", "residual", "visible"):
        assert [event.step for event in board.Tensors(f"pictures/{name}")] == [5, 10, 35, 100]
    assert "_hparams_/session_start_info" in board.PluginTagToContent("hparams")


def test_a_finished_run_is_left_as_it_is(
    finished_run: Path,
    painting: Any,
    tiny: Callable[..., list[str]],
    run_process: Callable[..., Any],
) -> None:
    before = {p: p.stat().st_mtime_ns for p in finished_run.rglob("*")}
    result = run_process("train-sep", *painting.options, *tiny(), "--out", finished_run, "--resume")
    assert result.code == 0
    assert "finished; nothing to resume" in result.err
    assert {p: p.stat().st_mtime_ns for p in finished_run.rglob("*")} == before


def test_evaluate_scores_the_layers(
    run_copy: Path, painting: Any, run_process: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    result = run_process("evaluate", run_copy, "--truth", painting.folder)
    assert result.code == 0, result.err
    for title in ("MSE", "skill", "SDRi", "SIRi", "surface", "concealed", "mean"):
        assert title in result.out
    scores = json.loads((run_copy / "evaluation" / "scores.json").read_text())
    found, truth = pixels(run_copy), painting.truth
    for name in ("surface", "concealed"):
        known = tifffile.imread(truth / f"{name}.tif").astype(np.float64)
        error = tifffile.imread(run_copy / "evaluation" / f"error_{name}.tif")
        np.testing.assert_allclose(error, found[name] - known, rtol=0, atol=ROUNDING)
        expected = np.mean(((found[name] - known) / GAIN) ** 2) / 2
        assert scores["scores"][name]["mse"] == pytest.approx(expected, rel=1e-5)
        half = np.mean(((tifffile.imread(painting.xray) / 2 - known) / GAIN) ** 2) / 2
        skill = scores["scores"][name]["skill"]
        assert skill == pytest.approx(1 - expected / half, abs=1e-4)
        assert f"{skill:.4g}" in result.out
    # The truth's own folder is accepted too, and says the same.
    again = invoke("evaluate", run_copy, "--truth", truth)
    assert again.out == result.out


def test_layers_that_are_nowhere_positive_can_be_evaluated_and_shown(
    run_copy: Path, painting: Any, invoke: Callable[..., Any]
) -> None:
    for name, level in (("surface", 0.0), ("concealed", -3.0), ("mixture", -3.0), ("residual", -9)):
        path = run_copy / f"{name}.tif"
        with tifffile.TiffFile(path, mode="r+") as tif:
            page = tif.pages[0]
            tif.filehandle.seek(page.dataoffsets[0])
            tif.filehandle.write(np.full(page.shape, level, "<f4").tobytes())
    assert invoke("evaluate", run_copy, "--truth", painting.folder).code == 0
    assert invoke("report", run_copy).code == 0


def test_separate_with_the_run_gives_the_runs_pixels(
    finished_run: Path, painting: Any, run_process: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "again"
    result = run_process("separate", finished_run, *painting.options, "--out", out)
    assert result.code == 0, result.err
    assert_same_pixels(out, finished_run)
    record = json.loads((out / "provenance.json").read_text())
    assert (
        record["inputs"]["xray"]["sha256"] == hashlib.sha256(painting.xray.read_bytes()).hexdigest()
    )
    with tifffile.TiffFile(out / "surface.tif") as tif:
        assert tif.pages.first.description.startswith("Computed hypothesis")
        assert tif.pages[0].resolution == (600, 600)


def test_separate_with_the_exported_model_gives_the_runs_pixels(
    exported: Path,
    finished_run: Path,
    painting: Any,
    invoke: Callable[..., Any],
    tiny: Callable[..., list[str]],
    tmp_path: Path,
) -> None:
    assert sorted(path.name for path in exported.iterdir()) == ["1", "2"]
    for index, model in enumerate((exported, exported / "1")):
        out = tmp_path / str(index)
        result = invoke("separate", model, *painting.options, "--out", out)
        assert result.code == 0, result.err
        assert_same_pixels(out, finished_run)
    # What separate wrote may be replaced and shown, but is no run to go on with.
    assert invoke("separate", exported, *painting.options, "--out", out, "--overwrite").code == 0
    assert invoke("evaluate", out, "--truth", painting.truth).code == 0
    assert invoke("report", out).code == 0
    resumed = invoke("train-sep", *painting.options, *tiny(), "--out", out, "--resume")
    assert resumed.code == 2
    assert "another command" in resumed.err


def test_report_is_one_page_without_a_network(
    run_copy: Path, painting: Any, run_process: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    assert invoke("evaluate", run_copy, "--truth", painting.folder).code == 0
    for name in ("report.html", "contact_sheet.png"):
        (run_copy / name).unlink()
    result = run_process("report", run_copy)
    assert result.code == 0, result.err
    page = (run_copy / "report.html").read_text()
    assert "computed hypothesis" in page.lower()
    assert not re.search(r'(src|href)\s*=\s*"(https?:)?//', page)
    assert "SDRi" in page
    with Image.open(run_copy / "contact_sheet.png") as sheet:
        assert sheet.width > 300


def test_a_run_killed_before_its_report_gets_it_by_resuming(
    run_copy: Path, painting: Any, invoke: Callable[..., Any], tiny: Callable[..., list[str]]
) -> None:
    (run_copy / "report.html").unlink()
    before = pixels(run_copy)
    result = invoke("train-sep", *painting.options, *tiny(), "--out", run_copy, "--resume")
    assert result.code == 0, result.err
    layers = pixels(run_copy)
    correlation = np.corrcoef(layers["surface"].ravel(), layers["concealed"].ravel())[0, 1]
    said = f"a correlation of {correlation:.2f}."
    assert said in result.out
    assert said in (run_copy / "report.html").read_text()
    for name, values in layers.items():
        np.testing.assert_array_equal(values, before[name])


@pytest.mark.slow
def test_positive_polarity_is_computed_inverted_and_returned_as_it_came(
    painting: Any, invoke: Callable[..., Any], tiny: Callable[..., list[str]], tmp_path: Path
) -> None:
    """The positive of a film gives the positives of the layers that its negative gives."""
    inverted = tmp_path / "positive.tif"
    source = tifffile.imread(painting.xray)
    tifffile.imwrite(inverted, np.uint16(GAIN) - source)
    short = tiny("training.epochs=2", "network.convolution=conv2d")
    results = []
    for name, xray, polarity in (
        ("n", painting.xray, "negative"),
        ("p", inverted, "positive"),
    ):
        out = tmp_path / name
        result = invoke(
            *("train-sep", "--xray", xray, "--rgb", painting.rgb, "--out", out),
            *("--polarity", polarity, "--truth", painting.folder, *short),
        )
        assert result.code == 0, result.err
        results.append(pixels(out))
    negative, positive = results
    for layer in ("surface", "concealed", "mixture"):
        np.testing.assert_allclose(
            positive[layer], GAIN - negative[layer], rtol=0, atol=2e-4 * GAIN, err_msg=layer
        )
    np.testing.assert_allclose(
        positive["residual"], -negative["residual"], rtol=0, atol=2e-4 * GAIN
    )
    again = invoke(
        *("separate", tmp_path / "p", "--xray", inverted, "--rgb", painting.rgb),
        *("--out", tmp_path / "again"),
    )
    assert again.code == 0, again.err
    assert_same_pixels(tmp_path / "again", tmp_path / "p")
    # While it trained, --truth was watched.
    board = EventAccumulator(str(tmp_path / "n" / "tensorboard"))
    board.Reload()
    assert {
        f"against truth/{score}"
        for n in ("surface", "concealed")
        for score in (f"skill_{n}", f"sdri_{n} [dB]", f"siri_{n} [dB]")
    } <= set(board.Tags()["tensors"])
    assert RunFolder(tmp_path / "n").evaluation.is_dir()


def test_a_given_guess_patches_and_an_earlier_run_replaced(
    run_copy: Path,
    painting: Any,
    invoke: Callable[..., Any],
    tiny: Callable[..., list[str]],
    tmp_path: Path,
) -> None:
    """The paper's way: patches in training and averaged, with a given g1 (its Fig. 16c)."""
    (run_copy / "old.txt").write_text("of the earlier run")
    guess = painting.truth / "surface.tif"
    settings = tiny(
        *("training.sampling=patches", "training.patch=24", "training.stride=16"),
        *("training.steps_per_epoch=null", "training.epochs=1", "start.kind=given"),
        *("inference.mode=patches", "inference.patch=24", "inference.stride=12"),
        *("network.convolution=conv2d", "loss.reduction=sum", "training.learning_rate=1e-6"),
        *("training.optimizer=sgd", "training.schedule=exponential"),
    )
    result = invoke(
        *("train-sep", *painting.options, "--init", guess, "--out", run_copy),
        *("--overwrite", *settings),
    )
    assert result.code == 0, result.err
    assert not (run_copy / "old.txt").exists()
    record = json.loads((run_copy / "provenance.json").read_text())
    assert record["inputs"]["init"]["file"] == str(guess)

    out = tmp_path / "given"
    given = invoke("separate", run_copy, *painting.options, "--init", guess, "--out", out)
    assert given.code == 0, given.err
    assert_same_pixels(out, run_copy)
    # Without the guess the model falls back on luminance, which is another start.
    other = tmp_path / "luminance"
    assert invoke("separate", run_copy, *painting.options, "--out", other).code == 0
    assert np.abs(pixels(other)["surface"] - pixels(out)["surface"]).max() > 1e-3 * GAIN


@pytest.mark.parametrize("rate", ["1e6", "1e30"])
def test_a_run_that_diverges_says_what_broke_and_keeps_finite_weights(
    rate: str,
    painting: Any,
    invoke: Callable[..., Any],
    tiny: Callable[..., list[str]],
    tmp_path: Path,
) -> None:
    import tensorflow as tf

    out = tmp_path / "run"
    settings = tiny(
        *("training.optimizer=sgd", f"training.learning_rate={rate}", "training.steps_per_call=1"),
        *("network.convolution=conv2d",),
    )
    result = invoke("train-sep", *painting.options, *settings, "--out", out)
    assert result.code == 1, result
    assert "diverged between steps" in result.err
    assert "loss" in result.err
    assert "not finite" in result.err
    assert "training.learning_rate" in result.err
    assert "Traceback" not in result.err
    assert not (out / "surface.tif").exists()
    newest = tf.train.latest_checkpoint(out / "checkpoints")
    if newest is None:  # it broke in the first step already
        assert "between steps 0 and 1" in result.err
        assert "checkpoint is kept" not in result.err
        return
    assert "The last good checkpoint is kept" in result.err
    reader = tf.train.load_checkpoint(newest)
    for name in reader.get_variable_to_shape_map():
        value = reader.get_tensor(name)
        if isinstance(value, np.ndarray | np.floating) and value.dtype.kind == "f":
            assert np.isfinite(value).all(), name


def test_a_run_whose_time_is_up_ends_as_any_other(
    painting: Any, tmp_path: Path, tiny: Callable[..., list[str]], invoke: Callable[..., Any]
) -> None:
    out = tmp_path / "run"
    result = invoke(
        "train-sep", *painting.options, *tiny("training.seconds=0"), "--out", out, "--resume"
    )
    assert result.code == 0, result.err
    assert json.loads((out / "provenance.json").read_text())["steps"] == 2  # one call
    assert "training.seconds ended the training after 2 of" in result.err
    assert [row["step"] for row in read_history(out / "history.csv")] == [2]
    assert (out / "surface.tif").is_file()
    assert (out / "report.html").is_file()
    again = invoke("train-sep", *painting.options, *tiny(), "--out", out, "--resume")
    assert again.code == 2
    assert "training.seconds" in again.err


def test_sources_are_never_changed(painting: Any, finished_run: Path) -> None:
    record = json.loads((finished_run / "provenance.json").read_text())
    for role in ("xray", "rgb"):
        path = Path(record["inputs"][role]["file"])
        assert hashlib.sha256(path.read_bytes()).hexdigest() == record["inputs"][role]["sha256"]

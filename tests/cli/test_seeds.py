"""`--seeds N`: trainings that differ in their seed alone, and how far they lie apart."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

import tfpaintsep
from tfpaintsep.images import read_element_maps
from tfpaintsep.runs.disagreement import read_disagreement
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import write_json
from tfpaintsep.training.history import HistoryFile

GAIN = 65535.0
LAYERS = ("surface", "concealed")


def pixels(folder: Path) -> dict[str, np.ndarray]:
    return {name: tifffile.imread(folder / f"{name}.tif") for name in LAYERS}


@pytest.fixture(scope="module")
def extended(
    finished_run: Path,
    painting: Any,
    tiny: Callable[..., list[str]],
    invoke: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Any]:
    """A finished run to which a second training was added, and what that said."""
    run = tmp_path_factory.mktemp("extended") / "run"
    shutil.copytree(finished_run, run)
    RunFolder(run).end(software="tfpaintsep 0.0.1")  # the first training is an old one
    words = ["train-sep", *painting.options, *tiny(), "--out", run, "--resume"]
    result = invoke(*words, "--seeds", 2)
    assert result.code == 0, result.err
    return run, result


def test_the_result_stays_the_first_trainings(
    extended: tuple[Path, Any], finished_run: Path
) -> None:
    run, _ = extended
    for name in ("surface.tif", "concealed.tif", "mixture.tif", "history.csv"):
        assert (run / name).read_bytes() == (finished_run / name).read_bytes()
    assert [path.name for path in (run / "saved_model").iterdir()] == ["1"]
    again = RunFolder(run / "seeds" / "1").read_provenance()
    assert again["seed"] == again["configuration"]["training"]["seed"] == 1
    assert again["inputs"] == RunFolder(run).read_provenance()["inputs"]


def test_each_training_says_what_it_was_made_with(extended: tuple[Path, Any]) -> None:
    run, said = extended
    made = RunFolder(run).read_provenance()["trained_with"]
    software = f"tfpaintsep {tfpaintsep.__version__}"
    assert [made[seed]["software"] for seed in ("0", "1")] == ["tfpaintsep 0.0.1", software]
    assert RunFolder(run / "seeds" / "1").read_provenance()["software"] == software
    assert "different versions" in said.err


def test_disagreement_is_the_standard_deviation_of_the_trainings(
    extended: tuple[Path, Any],
) -> None:
    run, said = extended
    first, second = pixels(run), pixels(run / "seeds" / "1")
    found = read_disagreement(run)
    assert tuple(found) == (*(f"{name}_patches" for name in LAYERS), "surface_seeds",
                            "concealed_seeds")  # fmt: skip
    record = json.loads((run / "provenance.json").read_text())
    assert record["trainings"] == 2
    assert record["disagreement"]["seeds"]["seeds"] == [0, 1]
    for name in LAYERS:
        spread = found[f"{name}_seeds"]
        apart = np.abs(first[name].astype(float) - second[name])
        np.testing.assert_allclose(spread, apart / np.sqrt(2), rtol=1e-5)
        share = record["disagreement"]["seeds"]["rms"][name]
        assert share == pytest.approx(np.sqrt(np.mean((spread / GAIN) ** 2)), rel=1e-4)
        assert share > 1e-4
        assert f"{name} {share:.2%}" in said.out
        with tifffile.TiffFile(run / "disagreement" / f"{name}_seeds.tif") as tif:
            (page,) = tif.pages
            assert isinstance(page, tifffile.TiffPage)
            assert "standard deviation over trainings" in page.description
            assert "the radiograph's units" in page.description
            assert page.resolution == (600, 600)
    assert (run / "report.html").is_file()


def test_an_interrupted_second_training_goes_on_to_the_same_files(
    extended: tuple[Path, Any],
    run_copy: Path,
    painting: Any,
    tiny: Callable[..., list[str]],
    invoke: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["train-sep", *painting.options, *tiny(), "--out", run_copy]
    with monkeypatch.context() as patch:
        advanced = HistoryFile.advanced

        def stopped(self: HistoryFile, step: int, values: dict[str, float]) -> None:
            advanced(self, step, values)
            if step >= 60:
                raise KeyboardInterrupt

        patch.setattr(HistoryFile, "advanced", stopped)
        assert invoke(*words, "--resume", "--seeds", 2).code == 130
    refused = invoke(*words)
    assert (refused.code, "--resume" in refused.err) == (2, True)
    assert not (run_copy / "disagreement" / "surface_seeds.tif").exists()
    # How many were asked for is in the record.
    result = invoke(*words, "--resume")
    assert result.code == 0, result.err
    expected = read_disagreement(extended[0])
    for name, values in read_disagreement(run_copy).items():
        np.testing.assert_array_equal(values, expected[name], name)
    assert "nothing to resume" in invoke(*words, "--resume").err


def test_a_run_that_goes_on_keeps_its_record(
    run_copy: Path, painting: Any, tiny: Callable[..., list[str]], invoke: Callable[..., Any]
) -> None:
    before = (run_copy / "provenance.json").read_bytes()
    words = ["train-sep", *painting.options, *tiny(), "--out", run_copy, "--resume", "--seeds", 5]
    with RunFolder(run_copy).in_use():
        refused = invoke(*words)
    assert (refused.code, "no other process" in refused.err) == (2, True)
    assert (run_copy / "provenance.json").read_bytes() == before


def test_fewer_trainings_than_are_compared_are_refused(
    extended: tuple[Path, Any],
    painting: Any,
    tiny: Callable[..., list[str]],
    invoke: Callable[..., Any],
) -> None:
    run, _ = extended
    before = (run / "provenance.json").read_bytes()
    words = ["train-sep", *painting.options, *tiny(), "--out", run, "--resume", "--seeds", 1]
    refused = invoke(*words)
    assert (refused.code, "--seeds: expected 2 or more" in refused.err) == (2, True)
    assert (run / "provenance.json").read_bytes() == before


@pytest.mark.parametrize("reported", [True, False])
def test_trainings_that_never_came_can_be_given_up(
    reported: bool,
    run_copy: Path,
    painting: Any,
    tiny: Callable[..., list[str]],
    invoke: Callable[..., Any],
) -> None:
    folder = RunFolder(run_copy)
    folder.end(trainings=3)
    if not reported:
        folder.report.unlink()
    assert not folder.complete
    words = ["train-sep", *painting.options, *tiny(), "--out", run_copy, "--resume", "--seeds", 1]
    result = invoke(*words)
    assert result.code == 0, result.err
    assert folder.complete
    assert folder.read_provenance()["trainings"] == 1
    assert folder.report.is_file()


def test_the_result_is_written_before_the_spread_of_patches(
    run_copy: Path,
    finished_run: Path,
    painting: Any,
    tiny: Callable[..., list[str]],
    invoke: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = RunFolder(run_copy)
    record = folder.read_provenance()
    del record["finished"], record["disagreement"]
    write_json(folder.provenance, record)
    for path in (folder.disagreement, folder.saved_model):
        shutil.rmtree(path)
    for name in LAYERS:
        folder.picture(name).unlink()

    def too_large(*_: object) -> None:
        raise MemoryError

    words = ["train-sep", *painting.options, *tiny(), "--out", run_copy, "--resume"]
    with monkeypatch.context() as patch:
        patch.setattr("tfpaintsep.separation.pipeline.with_spread", too_large)
        with pytest.raises(MemoryError):
            invoke(*words)
    for name in LAYERS:
        np.testing.assert_array_equal(pixels(run_copy)[name], pixels(finished_run)[name])
    assert (folder.saved_model / "1" / "saved_model.pb").is_file()
    assert invoke(*words).code == 0
    assert folder.complete
    expected = read_disagreement(finished_run)
    for name, values in read_disagreement(run_copy).items():
        np.testing.assert_allclose(values, expected.pop(name), rtol=1e-3)
    assert not expected


def test_maps_disagree_element_by_element(
    sr_copy: Path, scan: Any, tiny_sr: Callable[..., list[str]], invoke: Callable[..., Any]
) -> None:
    words = ["train-sr", *scan.options, *tiny_sr(), "--out", sr_copy, "--resume", "--seeds", 2]
    result = invoke(*words)
    assert result.code == 0, result.err
    first, second, spread = (
        read_element_maps(sr_copy / path)
        for path in ("maps.tif", "seeds/1/maps.tif", "disagreement/seeds.tif")
    )
    assert (spread.names, spread.unit, spread.resolution) == (
        *(first.names, first.unit, first.resolution),
    )
    apart = np.abs(first.values.astype(float) - second.values) / np.sqrt(2)
    np.testing.assert_allclose(spread.values, apart, rtol=1e-4, atol=1e-6 * apart.max())
    np.testing.assert_array_equal(read_disagreement(sr_copy)["seeds"], spread.values)
    record = json.loads((sr_copy / "provenance.json").read_text())
    shares = record["disagreement"]["seeds"]["rms"]
    assert list(shares) == list(first.names)
    assert all(0 < share < 1 for share in shares.values())


def test_several_machines_and_seeds_without_end_are_refused(
    painting: Any,
    tiny: Callable[..., list[str]],
    invoke: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ["train-sep", *painting.options, "--out", tmp_path / "run", "--seeds", 3]
    beyond = invoke(*words, *tiny(f"training.seed={2**31 - 2}"))
    assert beyond.code == 2
    assert "smaller training.seed" in beyond.err
    cluster = {"worker": ["127.0.0.1:20001", "127.0.0.1:20002"]}
    task = {"type": "worker", "index": 0}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    several = invoke(*words, *tiny())
    assert several.code == 2
    assert "one machine" in several.err
    assert not (tmp_path / "run").exists()

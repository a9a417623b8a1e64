"""Several trainings of one run: who is trained, and how far the results lie apart."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfpaintsep.images import ElementStack, write_element_maps, write_layer
from tfpaintsep.runs.disagreement import read_disagreement, standard_deviation
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.runs.provenance import make_provenance
from tfpaintsep.runs.repetition import train_all

RECORD = {"seed": 5, "configuration": {"training": {"seed": 5}}, "inputs": {}, "trainings": 3}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.begin(RECORD["configuration"], RECORD)  # type: ignore[arg-type]
    return folder


def test_only_what_is_not_finished_is_trained(run: RunFolder) -> None:
    trained: list[tuple[Path, int, str]] = []

    def train(folder: RunFolder, seed: int, title: str) -> None:
        trained.append((folder.path, seed, title))
        assert folder.read_provenance()["seed"] == seed
        assert folder.read_provenance()["configuration"] == {"training": {"seed": seed}}
        if len(trained) == 2:
            raise KeyboardInterrupt
        folder.end(finished="now")

    second, third = run.path / "seeds" / "6", run.path / "seeds" / "7"
    with pytest.raises(KeyboardInterrupt):
        train_all(run, [5, 6, 7], train)
    assert run.finished
    assert not run.complete
    folders = train_all(run, [5, 6, 7], train)
    assert trained == [
        (run.path, 5, "Training 1 of 3"),
        *2 * [(second, 6, "Training 2 of 3")],
        (third, 7, "Training 3 of 3"),
    ]
    assert [folder.path for folder in folders] == [run.path, second, third]


def test_a_training_that_is_added_says_what_it_was_made_with(run: RunFolder) -> None:
    old = {"software": "tfpaintsep 0.0.1", "versions": {"numpy": "1.0"}}
    run.end(**old, command="tfpaintsep train-sep", findings=["dark"], finished="long ago")
    _, further = train_all(run, [5, 6], lambda folder, *_: folder.end(finished="now"))
    record = further.read_provenance()
    now = make_provenance(inputs={}, configuration={}, seed=6)
    assert {name: record[name] for name in now if name not in ("started", "configuration")} == {
        name: now[name] for name in now if name not in ("started", "configuration")
    }
    assert record["findings"] == ["dark"]
    made = {"software": now["software"], "versions": now["versions"]}
    assert run.read_provenance()["trained_with"] == {"5": old, "6": made}


def test_a_run_is_complete_when_all_that_was_asked_for_is_compared(run: RunFolder) -> None:
    assert not run.complete
    run.end(finished="now")
    assert run.has_trained(1)
    assert not run.complete
    run.note_disagreement(patches={"patch": 50})
    run.note_disagreement(seeds={"seeds": [5, 6, 7]})
    assert run.complete
    assert run.compared == 3
    assert not run.has_trained(4)
    assert run.read_provenance()["disagreement"]["patches"] == {"patch": 50}


def test_equal_results_have_no_spread_and_others_their_standard_deviation(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    files, same = [], []
    values = (1e4 * rng.normal(size=(7, 20, 30))).astype(np.float32)
    for number, layer in enumerate(values):
        files.append(tmp_path / f"{number}.tif")
        write_layer(files[-1], layer, description="")
        same.append(tmp_path / f"same-{number}.tif")
        write_layer(same[-1], values[0], description="")
    assert not standard_deviation(same).any()
    spread = standard_deviation(files)
    assert spread.dtype == np.float32
    np.testing.assert_allclose(spread, values.astype(float).std(axis=0, ddof=1), rtol=1e-6)
    pair = np.abs(values[0].astype(float) - values[1]) / np.sqrt(2)
    np.testing.assert_allclose(standard_deviation(files[:2]), pair, rtol=1e-6)


def test_each_map_has_the_spread_of_its_own(tmp_path: Path) -> None:
    shared = np.random.default_rng(4).normal(size=(20, 30, 3)).astype(np.float32)
    stack = ElementStack(shared, ("Pb-L", "Hg-L", "Ca-K"))
    files = [tmp_path / "first.tif", tmp_path / "second.tif"]
    for file, factor in zip(files, (0, 1), strict=True):
        shifted = shared + factor * np.array([0, 2, 8], np.float32)
        write_element_maps(file, replace(stack, values=shifted), description="")
    spread = standard_deviation(files)
    expected = np.broadcast_to(np.array([0, 2, 8]) / np.sqrt(2), spread.shape)
    np.testing.assert_allclose(spread, expected, atol=1e-5)


def test_disagreement_is_read_back_in_the_order_of_the_report(tmp_path: Path) -> None:
    assert read_disagreement(tmp_path) == {}
    (tmp_path / "disagreement").mkdir()
    names = ("surface_patches", "concealed_patches", "surface_seeds", "concealed_seeds")
    for level, name in enumerate(reversed(names)):
        path = tmp_path / "disagreement" / f"{name}.tif"
        write_layer(path, np.full((20, 30), level, np.float32), description="")
    found = read_disagreement(tmp_path)
    assert tuple(found) == names
    assert [float(values.mean()) for values in found.values()] == [3, 2, 1, 0]

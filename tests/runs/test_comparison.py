"""Which runs are compared with which, and in what they differ."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.runs.comparison import (
    FinishedRun,
    as_text,
    differing,
    find_runs,
    in_order,
    same_painting,
)

RESULTS = {"xray": ("surface", "concealed", "residual"), "xrf": ("maps",)}


def begin(
    folder: Path, role: str = "xray", checksum: str = "aa", rgb: str = "bb", **changes: Any
) -> Path:
    """A folder that looks like a run's."""
    folder.mkdir(parents=True)
    inputs: dict[str, Any] = {
        role: {"file": f"/there/{checksum}.tif", "sha256": checksum * 32, "polarity": "negative"},
        "rgb": {"file": "/there/rgb.tif", "sha256": rgb * 32},
    }
    record = {
        "inputs": inputs,
        "configuration": {"training": {"seed": 0, "clip_norm": None}},
        "command": "tfpaintsep train-sep --xray x.tif",
        "started": "2030-01-01T00:00:00+00:00",
        "finished": "2030-01-01T00:01:00+00:00",
    } | changes
    (folder / "provenance.json").write_text(
        json.dumps({k: v for k, v in record.items() if v is not None})
    )
    for name in RESULTS[role]:
        (folder / f"{name}.tif").touch()
    return folder


def names(runs: Any) -> list[str]:
    return [run.name for run in runs]


def test_groups_are_a_partition_by_method_and_input(tmp_path: Path) -> None:
    rng = random.Random(5)
    made = {}
    for i in range(40):
        role, checksum = rng.choice(["xray", "xrf"]), rng.choice(["aa", "cc", "dd", "ee", "0f"])
        begin(tmp_path / f"deep/{i}", role, checksum, rgb=rng.choice(["11", "22"]))
        made[f"deep/{i}"] = (role, checksum)
    runs, unfit = find_runs(tmp_path)
    assert sorted(names(runs)) == sorted(made)
    assert not unfit
    groups, alone = same_painting(runs)
    placed = [name for group in groups for name in names(group)] + names(alone)
    assert sorted(placed) == sorted(made)
    kinds = [{made[name] for name in names(group)} for group in groups]
    assert all(len(kind) == 1 for kind in kinds)
    assert len(set().union(*kinds)) == len(groups)
    assert all(len(group) > 1 for group in groups)
    sizes = [len(group) for group in groups]
    assert sizes == sorted(sizes, reverse=True)
    # Whatever order they are found in.
    shuffled = rng.sample(runs, len(runs))
    again, _ = same_painting(shuffled)
    assert {frozenset(names(g)) for g in again} == {frozenset(names(g)) for g in groups}


def test_differing_settings_are_all_and_only_those_that_differ() -> None:
    rng = random.Random(3)
    for _ in range(200):
        settings = [
            {name: rng.choice("xy") for name in "abcdef" if rng.random() < 0.8}
            for _ in range(rng.randint(1, 4))
        ]
        found = differing(settings)
        for name, values in found.items():
            assert values == tuple(one.get(name) for one in settings)
            assert len(set(values)) > 1
        rest = [{k: v for k, v in one.items() if k not in found} for one in settings]
        assert all(one == rest[0] for one in rest)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ((1, True, "1.5", None), ("1", "true", "1.5", "null")),
        (((3.0, 8.0), [3.0], []), ("[3.0, 8.0]", "[3.0]", "[]")),
    ],
)
def test_settings_are_written_as_in_yaml(values: Any, texts: Any) -> None:
    assert tuple(map(as_text, values)) == texts


def test_a_run_tells_its_settings_and_preset(tmp_path: Path) -> None:
    command = "tfpaintsep train-sep --xray x.tif --preset paper --config=/mine/own.yaml"
    begin(tmp_path / "a", command=command)
    begin(tmp_path / "b", rgb="ee", configuration={"training": {"seed": 1, "clip_norm": None}})
    (a, b), _ = find_runs(tmp_path)
    assert (a.preset, b.preset) == ("paper with own.yaml", "fast")
    added = replace(b, record={**b.record, "command": "tfpaintsep train-sep --out runs --resume"})
    assert added.preset == "–"
    spaces = "tfpaintsep train-sep --config '/my own/my set.yaml'"
    assert replace(b, record={**b.record, "command": spaces}).preset == "fast with my set.yaml"
    assert differing([a.settings(), b.settings()]) == {
        "training.seed": ("0", "1"),
        "--rgb": ("rgb.tif (bbbbbbbb)", "rgb.tif (eeeeeeee)"),
    }


def test_what_cannot_be_compared_is_named_with_its_reason(tmp_path: Path) -> None:
    begin(tmp_path / "fit")
    begin(tmp_path / "fit" / "inside" / "of-a-run")
    begin(tmp_path / ".hidden")
    begin(tmp_path / "open", finished=None)
    begin(tmp_path / "applied", configuration={"model": "portrait/1"})
    begin(tmp_path / "other", inputs={"files": {}})
    begin(tmp_path / "robbed")
    (tmp_path / "robbed" / "concealed.tif").unlink()
    begin(tmp_path / "broken")
    (tmp_path / "broken" / "provenance.json").write_text("{")
    runs, left_out = find_runs(tmp_path)
    assert names(runs) == ["fit"]
    reasons = {one.name: one.reason for one in left_out}
    assert list(reasons) == sorted(reasons)
    assert "not finished" in reasons.pop("open")
    assert "a model was applied" in reasons.pop("applied")
    assert "no separation" in reasons.pop("other")
    assert "concealed.tif missing" in reasons.pop("robbed")
    assert "cannot be read" in reasons.pop("broken")
    assert not reasons


def test_a_run_itself_or_no_folder_is_refused(tmp_path: Path) -> None:
    begin(tmp_path / "a")
    for path in (tmp_path / "a", tmp_path / "b"):
        with pytest.raises(InputError, match="folder with runs"):
            find_runs(path)


def test_numbers_in_names_are_ordered_by_size() -> None:
    order = ["9", "a", "run-2", "run-2/b", "run-10", "run-10x", "seed01/10", "seed1/2"]
    for _ in range(20):
        assert sorted(random.sample(order, len(order)), key=in_order) == order
    assert in_order("run-01") != in_order("run-1")


def test_maps_of_other_elements_are_another_painting(tmp_path: Path) -> None:
    facts = {"file": "maps.h5", "sha256": "ab" * 32}
    changes: dict[str, dict[str, Any]] = {"a": {}, "b": {"group": "/fit"}, "c": {"names": ["Fe"]}}
    for name, more in changes.items():
        begin(tmp_path / name, "xrf", inputs={"xrf": {**facts, **more}})
    runs, _ = find_runs(tmp_path)
    assert len({run.painting for run in runs}) == 3
    assert all(isinstance(run, FinishedRun) for run in runs)

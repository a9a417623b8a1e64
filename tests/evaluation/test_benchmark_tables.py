"""What the tables of a benchmark say: means, spread, the best; and the grid of a sweep."""

import math
import statistics
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.benchmark.case import Case
from tfpaintsep.evaluation.benchmark.figures import MOST, default_methods
from tfpaintsep.evaluation.benchmark.jobs import Job, JobFolder, Record, make_jobs
from tfpaintsep.evaluation.benchmark.registry import known_methods
from tfpaintsep.evaluation.benchmark.scoring import METRICS, check_estimate
from tfpaintsep.evaluation.benchmark.summary import best, mean_and_spread, rows_of
from tfpaintsep.evaluation.benchmark.sweep import draw_sweep, points, read_grid
from tfpaintsep.evaluation.benchmark.tables import case_tables, markdown, quoted_table, table
from tfpaintsep.evaluation.benchmark.trade_off import heaps
from tfpaintsep.evaluation.methods import Layers, Method


def method(name: str, *, learned: bool = False) -> Method[Any]:
    return Method(name, name.title(), lambda x, rgb, budget: Layers(x, x), "made up", learned)


def record(name: str, case: str, seed: int, value: float | None, **settings: Any) -> Record:
    job = Job("sep", name, case, "0" * 16, seed, 2.0, settings)
    if value is None:
        return Record(job, error="it failed")
    row: dict[str, float | None] = {metric.key: value for metric in METRICS["sep"]}
    return Record(job, scores={"surface": row, "concealed": row, "mean": row}, seconds=value)


def blank_case() -> Case:
    grey, colour = np.ones((4, 6), np.float32), np.ones((4, 6, 3), np.float32)
    images = {"xray": grey, "rgb": colour, "surface": grey, "concealed": grey}
    return Case("sep", "a", "given", "memory", images)


SKILL = METRICS["sep"][0]


def test_the_spread_is_that_of_the_seeds_and_not_of_the_cases() -> None:
    values = {("a", 0): 0.1, ("a", 1): 0.3, ("b", 0): 10.1, ("b", 1): 10.3}
    found = mean_and_spread([record("m", *key, value) for key, value in values.items()], "skill")
    assert found is not None
    assert found[0] == pytest.approx(5.2)
    assert found[1] == pytest.approx(statistics.stdev([5.1, 5.3]))
    assert mean_and_spread([record("m", "a", 0, 1.0)], "skill") == (1.0, None)
    assert mean_and_spread([record("m", "a", 0, None)], "skill") is None


def test_the_best_is_bold_among_those_that_failed_nowhere() -> None:
    methods = {name: method(name) for name in ("first", "second", "third")}
    records = [
        *(record("first", "a", 0, 0.5), record("first", "b", 0, 0.1)),
        *(record("second", "a", 0, 0.2), record("second", "b", 0, 0.3)),
        *(record("third", "a", 0, 0.9), record("third", "b", 0, None)),
    ]
    rows = rows_of(records, methods, METRICS["sep"])
    assert best(rows, SKILL) == pytest.approx(0.3)
    lines = table("sep", rows).splitlines()
    assert lines[0].startswith("| method | skill | SDRi, dB |")
    assert lines[2].startswith("| First | **0.30** |")
    assert lines[3].startswith("| Second | 0.25 |")
    assert lines[4].startswith("| Third (failed: 1 of 2) | 0.90 |")
    error = lines[0].split("|").index(" MSE (16) ")
    assert lines[3].split("|")[error] == " **2.50e-01** "  # less is better
    assert best(rows[:1], SKILL) is None


def test_undefined_and_infinite_scores_are_left_out_of_means() -> None:
    row = {"skill": 0.5, "sdri": None}
    job = Job("sep", "m", "a", "0" * 16)
    rows = rows_of([Record(job, scores={"mean": row})], {"m": method("m")}, METRICS["sep"])
    assert "sdri" not in rows[0].values
    assert table("sep", rows).splitlines()[-1].startswith("| M | 0.50 | - | - |")


def test_a_cell_cannot_break_the_table() -> None:
    assert markdown([["a", "b"], ["x|y", "1"]]).splitlines()[-1] == r"| x\|y | 1 |"


def test_a_layer_without_contrast_breaks_no_table() -> None:
    text = case_tables([record("m", "a", 0, 0.5)], [blank_case()], {"m": method("m")})
    assert "0.50" in text
    assert "R²" not in text


def test_quoted_figures_are_marked_as_such() -> None:
    lines = quoted_table().splitlines()
    assert any("HAT" in line and "31.22 / 0.0275" in line for line in lines)
    systems = [line for line in lines if " dB" not in line and line.startswith("| ")][1:]
    assert all("quoted, other data" in line for line in systems)


def test_quoted_figures_stand_below_the_others_and_are_never_the_best() -> None:
    rows = [
        {"psnr": 20.0, "rmse": 0.1, "ssim": 0.5},
        {"psnr": 25.0, "rmse": 0.05, "ssim": 0.6},
    ]
    methods = {name: method(name) for name in ("low", "high")}
    records = [
        Record(Job("sr", name, "a", "0" * 16), scores={"pooled": dict(row)})
        for name, row in zip(methods, rows, strict=True)
    ]
    found = rows_of(records, methods, METRICS["sr"])
    lines = table("sr", found, quoted=True).splitlines()
    assert lines[3].startswith("| High | **25.00** | **0.0500** | **0.600** |")
    (hat,) = [line for line in lines if "HAT" in line]
    assert "quoted, other data" in hat
    assert "| 31.57 | 0.0266 | - |" in hat  # the mean of three paintings
    assert len(hat.split("|")) == len(lines[0].split("|"))
    assert "HAT" not in table("sr", found)


def test_a_changed_setting_is_another_job(tmp_path: Path) -> None:
    case = blank_case()
    methods = {"plain": method("plain"), "learned": method("learned", learned=True)}
    jobs = make_jobs([case], methods, seeds=3, seconds=5)
    assert [(job.method, job.seed) for job in jobs] == [
        *(("plain", 0), ("learned", 0), ("learned", 1), ("learned", 2))
    ]
    longer = make_jobs([case], methods, seeds=3, seconds=6)
    assert jobs[0].stem == longer[0].stem  # it learns nothing
    assert not {job.stem for job in jobs[1:]} & {job.stem for job in longer}
    settings = [{"loss.eta1": 0.1}, {"loss.eta1": 0.2}]
    swept = make_jobs(
        [case], {"learned": methods["learned"]}, seeds=1, seconds=5, settings=settings
    )
    assert len({job.stem for job in swept}) == 2
    coded = make_jobs([case], methods, seeds=1, seconds=5, code={"plain": "abc"})
    assert coded[0].stem != jobs[0].stem

    folder = JobFolder(tmp_path)
    assert folder.read(jobs[0]) is None
    folder.write(Record(jobs[0], error="it failed"))
    assert folder.read(jobs[0]) == Record(jobs[0], error="it failed")
    folder.record(jobs[0]).write_text("{")
    assert folder.read(jobs[0]) is None


def test_an_estimate_must_be_a_picture_of_the_case() -> None:
    case = blank_case()
    check_estimate(case, {"surface": np.ones((4, 6)), "concealed": np.zeros((4, 6))})
    with pytest.raises(ValueError, match=r"concealed should be \(4, 6\)"):
        check_estimate(case, {"surface": np.ones((4, 6)), "concealed": np.ones((6, 4))})
    with pytest.raises(ValueError, match="not finite"):
        check_estimate(case, {"surface": np.full((4, 6), math.nan), "concealed": np.ones((4, 6))})


def test_a_figure_shows_the_usual_methods_and_the_best_others() -> None:
    methods = {f"m{number}": method(f"m{number}") for number in range(12)} | {
        "halving": method("halving")
    }
    chosen = default_methods(methods, {name: float(i) for i, name in enumerate(methods)})
    assert chosen == [*(f"m{number}" for number in range(5, 12)), "halving"]
    assert len(chosen) == MOST


@pytest.mark.parametrize("task", ["sep", "sr"])
def test_each_method_is_registered_under_its_own_name(task: Any) -> None:
    found = known_methods(task)
    assert list(found) == [one.name for one in found.values()]
    assert found


def test_a_sweep_covers_the_grid_and_marks_the_best(tmp_path: Path) -> None:
    grid = read_grid(["eta1=0.001,0.1", "loss.eta2=0,0.1,1"])
    assert grid == {"loss.eta1": [0.001, 0.1], "loss.eta2": [0, 0.1, 1]}
    assert len(points(grid)) == 6
    assert points(grid)[1] == {"loss.eta1": 0.001, "loss.eta2": 0.1}
    records = [
        record("lcista-fast", case, 0, value + 1 / (2 + number), **point)
        for number, point in enumerate(points(grid))
        for case, value in (("a", 0.0), ("b", 1.0))
    ]
    means = draw_sweep(tmp_path / "sweep.png", grid, records, "mse", "mean of 2 cases")
    assert min(means, key=means.__getitem__) == (0.1, 1)
    assert means[0.001, 0] == pytest.approx(1.0)
    with Image.open(tmp_path / "sweep.png") as picture:
        few, many = np.unique(np.asarray(picture).reshape(-1, 4), axis=0), 6
    assert len(few) > many
    failed = [record("lcista-fast", "a", 0, None, **points(grid)[0]), *records]
    means = draw_sweep(tmp_path / "sweep.png", grid, failed, "mse", "mean of 2 cases")
    assert (0.001, 0) not in means


@pytest.mark.parametrize(
    ("specifications", "message"),
    [
        (["eta1=1"], "two settings, the axes"),
        (["eta1=1", "eta2=1", "scales=1"], "two settings"),
        (["eta1=1", "eta3=1"], "found eta3"),
        (["eta1=1", "patch=32,64"], "found patch"),  # of the training or of the inference
        (["eta1=-1", "eta2=1"], "loss.eta1: Input should be greater"),
        (["eta1", "eta2=1"], "KEY=V1,V2"),
        (["eta1=", "eta2=1"], "KEY=V1,V2"),
        (["sigmas=[4,8],[2,4]", "eta1=1"], "KEY=V1,V2"),
        (["sigmas=[8],[4]", "eta1=1"], "KEY=V1,V2"),
    ],
)
def test_a_grid_that_means_nothing_is_refused(specifications: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_grid(specifications)


def test_points_that_lie_together_have_one_label_in_whatever_order_they_come() -> None:
    chain = [(0.0, 0.0, 1), (0.9, 0.5, 2), (1.8, 0.0, 3)]  # the middle one joins the others
    alone = [(0.9, 1.6, 4), (5.0, 0.0, 5)]
    for given in permutations([*chain, *alone]):
        found = {frozenset(number for *_, number in heap) for heap in heaps(given, (1, 1))}
        assert found == {frozenset({1, 2, 3}), frozenset({4}), frozenset({5})}

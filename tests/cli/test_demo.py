"""The demo: a painting, its separation, its finer element maps, and pictures of both."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tfpaintsep.images import read_element_maps

TINY_SR = [
    word
    for setting in (
        "generator.iterations=2",
        "generator.channels=8",
        "pretraining.steps=4",
        "pretraining.batch=16",
        "pretraining.displaced=2",
        "training.steps_per_call=2",
    )
    for word in ("--set-sr", setting)
]


@pytest.mark.slow
def test_the_demo_paints_separates_super_resolves_and_scores(
    tmp_path: Path, invoke: Callable[..., Any], tiny: Callable[..., list[str]]
) -> None:
    out = tmp_path / "demo"
    words = ["demo", "--out", out, "--size", "64", *tiny("training.epochs=2"), *TINY_SR]
    result = invoke(*words)
    assert result.code == 0, result.err
    pictures = ("xray", "rgb", "maps", "truth/surface", "truth/concealed", "truth/maps")
    for name in pictures:
        assert (out / "painting" / f"{name}.tif").is_file()
    for run, name in (("run", "contact_sheet.png"), ("run-sr", "element_maps.png")):
        assert (out / run / "report.html").is_file()
        assert (out / run / "contact_sheet.png").read_bytes() == (out / name).read_bytes()
        with Image.open(out / name) as sheet:
            assert sheet.width > 300
    scores = json.loads((out / "run" / "evaluation" / "scores.json").read_text())["scores"]
    assert set(scores) == {"surface", "concealed", "mean"}
    assert "SDRi" in result.out
    maps, known = (
        read_element_maps(out / name) for name in ("run-sr/maps.tif", "painting/truth/maps.tif")
    )
    assert (maps.names, maps.size, maps.resolution) == (known.names, known.size, known.resolution)
    scores = json.loads((out / "run-sr" / "evaluation" / "scores.json").read_text())["scores"]
    assert {"result", "bicubic + projection"} <= set(scores)
    assert list(scores["result"]["elements"]) == list(maps.names)
    assert "PSNR" in result.out
    last = " ".join(result.out.splitlines()[-2:])
    for name in ("contact_sheet.png", "run/report.html", "element_maps.png", "run-sr/report.html"):
        assert str(out / name) in last

    assert invoke(*words).code == 2  # not without --overwrite
    assert (out / "contact_sheet.png").is_file()


def test_a_demo_that_was_killed_can_be_run_again(
    tmp_path: Path, invoke: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import tfpaintsep.simulation

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "demo"
    with monkeypatch.context() as patch:
        patch.setattr(tfpaintsep.simulation, "write_painting", killed)
        assert invoke("demo", "--out", out, "--size", "64").code == 130
    assert out.exists()
    with monkeypatch.context() as patch:
        patch.setattr(tfpaintsep.simulation, "write_painting", killed)
        assert invoke("demo", "--out", out, "--size", "64").code == 2
        assert invoke("demo", "--out", out, "--size", "64", "--overwrite").code == 130


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_demo_leaves_foreign_folders_alone(
    tmp_path: Path, invoke: Callable[..., Any], overwrite: bool
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    result = invoke("demo", "--out", tmp_path, *(["--overwrite"] if overwrite else []))
    assert result.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--preset", "best", "Error: --preset: expected a preset that both trainings have:"),
        ("--preset", "kitchen-scene", "fast, paper; found kitchen-scene"),
        ("--preset", "virgin-of-the-rocks", "fast, paper; found virgin-of-the-rocks"),
        ("--set", "pretraining.steps=4", "Error: --set: expected pretraining: no such setting"),
        ("--set-sr", "training.epochs=2", "Error: --set-sr: expected training.epochs: no such"),
        ("--set-sr", "seed", "Error: --set-sr: expected SECTION.NAME=VALUE"),
        ("--size", "70", "multiples of 4"),
    ],
)
def test_wrong_words_paint_nothing(
    tmp_path: Path, invoke: Callable[..., Any], option: str, value: str, message: str
) -> None:
    result = invoke("demo", "--out", tmp_path / "demo", option, value)
    assert result.code == 2
    assert message in " ".join(result.err.split())
    assert not (tmp_path / "demo").exists()

"""The demo: a painting, its separation, and a picture of both."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image


@pytest.mark.slow
def test_the_demo_paints_separates_and_scores(
    tmp_path: Path, invoke: Callable[..., Any], tiny: Callable[..., list[str]]
) -> None:
    out = tmp_path / "demo"
    words = ["demo", "--out", out, "--size", "64", *tiny("training.epochs=2")]
    result = invoke(*words)
    assert result.code == 0, result.err
    for name in ("xray.tif", "rgb.tif", "truth/surface.tif", "truth/concealed.tif"):
        assert (out / "painting" / name).is_file()
    assert (out / "run" / "report.html").is_file()
    with Image.open(out / "contact_sheet.png") as sheet:
        assert sheet.width > 300
    scores = json.loads((out / "run" / "evaluation" / "scores.json").read_text())["scores"]
    assert set(scores) == {"surface", "concealed", "mean"}
    assert "SDRi" in result.out
    assert str(out / "contact_sheet.png") in result.out

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


def test_a_preset_that_does_not_exist_paints_nothing(
    tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    result = invoke("demo", "--out", tmp_path / "demo", "--preset", "best")
    assert result.code == 2
    assert not (tmp_path / "demo").exists()

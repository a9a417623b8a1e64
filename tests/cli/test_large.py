"""Pictures too large for memory: parts of them, and all of them part by part."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from tfpaintsep.cli.train_sep import _prepare
from tfpaintsep.images import on_disk
from tfpaintsep.separation import serving, streaming
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.separation.results import PICTURES


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small parts of small pictures, as if they were large."""
    monkeypatch.setattr(on_disk, "LARGE", 1)
    monkeypatch.setattr(streaming, "SIDE", 160)
    monkeypatch.setattr(serving, "GUESS_TILE", 64)


@pytest.mark.usefixtures("all_are_large")
@pytest.mark.parametrize("given", [False, True])
def test_a_large_radiograph_is_separated_as_a_small_one(
    given: bool,
    finished_run: Path,
    painting: Any,
    tmp_path: Path,
    invoke: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts, whole = tmp_path / "new" / "parts", tmp_path / "whole"
    options = [*painting.options]
    if given:
        tifffile.imwrite(tmp_path / "g.tif", tifffile.imread(painting.xray) // 2)
        options += ["--init", tmp_path / "g.tif"]
    result = invoke("separate", finished_run, *options, "--out", parts)
    assert result.code == 0, result.err
    monkeypatch.setattr(on_disk, "LARGE", 10**9)
    assert invoke("separate", finished_run, *options, "--out", whole).code == 0
    for name in PICTURES:
        a, b = (tifffile.TiffFile(folder / f"{name}.tif") for folder in (parts, whole))
        with a, b:
            np.testing.assert_allclose(a.asarray(), b.asarray(), atol=1e-4 * 65535, err_msg=name)
            assert a.pages.first.resolution == b.pages.first.resolution
    assert {file.name for file in parts.parent.iterdir()} == {"parts"}
    records = [json.loads((folder / "provenance.json").read_text()) for folder in (parts, whole)]
    assert records[0]["inputs"] == records[1]["inputs"]
    assert all("finished" in record for record in records)


@pytest.mark.usefixtures("all_are_large")
def test_an_earlier_result_outlives_a_failure(
    finished_run: Path, painting: Any, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    values = tifffile.imread(painting.rgb) / np.float32(255)
    values[-1, -1] = np.nan
    tifffile.imwrite(tmp_path / "rgb.tif", values.astype(np.float32), photometric="rgb")
    out = tmp_path / "out"
    assert invoke("separate", finished_run, *painting.options, "--out", out).code == 0
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    result = invoke(
        *("separate", finished_run, "--xray", painting.xray, "--rgb", tmp_path / "rgb.tif"),
        *("--out", out, "--overwrite"),
    )
    assert result.code == 2
    assert "rgb.tif" in result.err
    assert "finite" in result.err
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert {file.name for file in tmp_path.iterdir()} == {"rgb.tif", "out"}


@pytest.mark.usefixtures("all_are_large")
def test_a_finished_result_is_kept_when_its_place_is_taken(
    finished_run: Path,
    painting: Any,
    tmp_path: Path,
    invoke: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, separate_on_disk = tmp_path / "out", streaming.separate_on_disk

    def taken_meanwhile(*given: Any) -> None:
        separate_on_disk(*given)
        out.mkdir()
        (out / "mine.txt").write_text("mine")

    monkeypatch.setattr(streaming, "separate_on_disk", taken_meanwhile)
    result = invoke("separate", finished_run, *painting.options, "--out", out)
    assert result.code == 2
    (kept,) = (folder for folder in tmp_path.iterdir() if folder != out)
    assert str(kept) in result.err
    assert (kept / "concealed.tif").is_file()
    assert (out / "mine.txt").read_text() == "mine"


@pytest.mark.usefixtures("all_are_large")
def test_sizes_and_scales_that_do_not_fit_are_refused(
    finished_run: Path, painting: Any, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    grey = tifffile.imread(painting.xray)
    wrong = {"cut.tif": grey[:-4], "dark.tif": (grey >> 8).astype(np.uint8)}
    for name, values in wrong.items():
        tifffile.imwrite(tmp_path / name, values, photometric="minisblack")
        result = invoke(
            *("separate", finished_run, "--xray", tmp_path / name, "--rgb", painting.rgb),
            *("--out", tmp_path / "out"),
        )
        assert result.code == 2, result.out
        assert name in result.err
    dark = tmp_path / "dark.tif"
    options = [*painting.options, "--init", dark, "--out", tmp_path / "out"]
    result = invoke("separate", finished_run, *options)
    assert result.code == 2
    assert "dark.tif" in result.err
    assert {file.name for file in tmp_path.iterdir()} == set(wrong)


@pytest.mark.parametrize("large", [False, True])
def test_a_cut_part_has_the_pictures_own_values(
    large: bool,
    painting: Any,
    tmp_path: Path,
    invoke: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if large:
        monkeypatch.setattr(on_disk, "LARGE", 1)
    out = tmp_path / "part"
    result = invoke("crop", *painting.options, "--region", 3, 5, 20, 30, "--out", out)
    assert result.code == 0, result.err
    for name, whole in (("xray.tif", painting.xray), ("rgb.tif", painting.rgb)):
        found, known = tifffile.imread(out / name), tifffile.imread(whole)
        np.testing.assert_array_equal(found, known[3:23, 5:35])
        assert found.dtype == known.dtype
    assert invoke("crop", *painting.options, "--region", 0, 0, 16, 16, "--out", out).code == 2
    for region in ((0, 0, 16, 10_000), (0, 0, 4, 20)):
        result = invoke("crop", *painting.options, "--region", *region, "--out", tmp_path / "no")
        assert result.code == 2
        assert "--region" in result.err
    assert not (tmp_path / "no").exists()


def test_a_training_on_a_large_painting_names_the_other_way(
    painting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remarks() -> str:
        given = painting.xray, painting.rgb, SeparationConfig(), None, "as-stored", None
        return " ".join(_prepare(*given).provenance["findings"])

    assert "crop" not in remarks()
    monkeypatch.setattr(on_disk, "LARGE", 1)
    assert "`tfpaintsep crop`" in remarks()

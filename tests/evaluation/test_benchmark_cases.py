"""Cases of a benchmark: cut, named, simulated, and known by their content."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.benchmark.case import Case, load_case, save_case
from tfpaintsep.evaluation.benchmark.cases import given_cases, simulated_case
from tfpaintsep.evaluation.stack_metrics import block_mean
from tfpaintsep.images import ElementStack, write_8bit, write_element_maps


def layers(size: tuple[int, int] = (40, 52)) -> Case:
    rng = np.random.default_rng(1)
    surface, concealed = rng.random((2, *size)).astype(np.float32) / 2
    images = {
        "xray": surface + concealed,
        "rgb": rng.random((*size, 3)).astype(np.float32),
        "surface": surface,
        "concealed": concealed,
    }
    return Case("sep", "one", "given", "memory", images, gain=255.0)


def write_scan(folder: Path, name: str, bands: int = 3, size: tuple[int, int] = (46, 61)) -> None:
    rng = np.random.default_rng(2)
    folder.mkdir(parents=True)
    maps = ElementStack(rng.random((*size, bands)).astype(np.float32), ("Pb-L", "Hg-L", "Fe-K"))
    write_element_maps(folder / name, maps, description="a scan")
    write_8bit(folder / "rgb.tif", rng.integers(0, 256, (*size, 3), dtype=np.uint8))


def test_a_crop_is_the_centre_of_every_image() -> None:
    case = layers().cropped(32)
    assert case.size == (32, 32)
    assert case.images["xray"] == pytest.approx(layers().images["xray"][4:36, 10:42])
    total = case.images["surface"] + case.images["concealed"]
    assert total == pytest.approx(case.images["xray"])
    part = layers().cropped(48)
    assert part.size == (40, 48)
    assert part.notes == ("only 40 x 52 px, less than the 48 x 48 asked for",)
    assert layers().cropped(None).size == (40, 52)


def test_a_crop_of_maps_keeps_their_blocks_whole(tmp_path: Path) -> None:
    write_scan(tmp_path / "scan", "maps_hr.tif")
    (case,) = given_cases("sr", [tmp_path])
    assert case.scale == 4
    assert case.size == (44, 60)
    for cut in (case, case.cropped(24)):
        assert cut.images["maps"] == pytest.approx(block_mean(cut.images["truth"], 4), abs=1e-6)
    assert case.cropped(24).images["maps"].shape == (6, 6, 3)


def test_a_map_without_content_is_left_out_and_said() -> None:
    rng = np.random.default_rng(3)
    truth = rng.random((32, 32, 2)).astype(np.float32)
    truth[8:24, 8:24, 1] = 0.5
    images = {
        "maps": block_mean(truth, 4).astype(np.float32),
        "rgb": rng.random((32, 32, 3)).astype(np.float32),
        "truth": truth,
    }
    case = Case("sr", "one", "given", "memory", images, names=("Pb-L", "Hg-L"))
    assert case.cropped(32).names == ("Pb-L", "Hg-L")
    cut = case.cropped(16)
    assert cut.names == ("Pb-L",)
    assert cut.images["truth"].shape == (16, 16, 1)
    assert "Hg-L" in cut.notes[-1]


def test_the_digest_is_of_the_content_alone(tmp_path: Path) -> None:
    case = layers()
    assert case.digest == layers().digest == replace(case, name="other").digest
    assert case.digest != case.cropped(32).digest
    changed = {name: values.copy() for name, values in case.images.items()}
    changed["surface"][3, 4] += 1e-3
    assert case.digest != replace(case, images=changed).digest
    assert case.digest != replace(case, gain=65535.0).digest
    save_case(tmp_path / "case.npz", case)
    assert load_case(tmp_path / "case.npz").digest == case.digest
    assert [path.name for path in tmp_path.iterdir()] == ["case.npz"]


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("one/degraded", "two/degraded", "three"):
        write_scan(tmp_path / folder, "bands_hr.tif")
    names = [case.name for case in given_cases("sr", [tmp_path])]
    assert names == ["one-degraded", "three", "two-degraded"]
    write_scan(tmp_path / "far" / "one" / "degraded", "bands_hr.tif")
    with pytest.raises(InputError, match="more than once"):
        given_cases("sr", [tmp_path])


@pytest.mark.parametrize("task", ["sep", "sr"])
def test_a_simulated_case_is_its_seeds_alone(task: str) -> None:
    one, same = (simulated_case(task, 5, 32) for _ in range(2))  # type: ignore[arg-type]
    other = simulated_case(task, 6, 32)  # type: ignore[arg-type]
    assert one.digest == same.digest != other.digest
    # Painted at the size that was compared with real ones; small cases are cut out of it.
    assert one.size == (400, 400)
    assert one.cropped(32).size == (32, 32)
    rgb = 255 * one.images["rgb"]
    assert rgb == pytest.approx(np.rint(rgb), abs=1e-4)  # what an 8-bit file holds
    if task == "sep":
        total = one.images["surface"] + one.images["concealed"]
        assert total == pytest.approx(one.images["xray"], abs=2e-5)
    else:
        assert one.scale == 4

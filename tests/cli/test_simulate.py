"""`tfpaintsep simulate`: what it writes, from which seed and pictures, and what it refuses."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from tfpaintsep.images import read_element_maps

FILES = {
    *("rgb.tif", "xray.tif", "maps.tif", "painting.json"),
    *("truth/surface.tif", "truth/concealed.tif", "truth/maps.tif"),
}
SMALL = ("--size", 64, 48)


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def record(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "painting.json").read_text())
    return content


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory, invoke: Callable[..., Any]) -> Path:
    """A small painting, written with all defaults; not to be changed."""
    out = tmp_path_factory.mktemp("simulated") / "paintings" / "one"
    result = invoke("simulate", "--out", out, "--seed", 5, *SMALL)
    assert result.code == 0, result.err
    assert str(out) in result.out
    return out


def test_writes_a_painting_whose_layers_add(painted: Path) -> None:
    assert set(digest(painted)) == FILES
    xray, surface, concealed = (
        tifffile.imread(painted / f"{name}.tif").astype(int)
        for name in ("xray", "truth/surface", "truth/concealed")
    )
    assert xray.shape == (64, 48)
    np.testing.assert_array_equal(surface + concealed, xray)
    assert tifffile.imread(painted / "rgb.tif").shape == (64, 48, 3)
    coarse, fine = (read_element_maps(painted / name) for name in ("maps.tif", "truth/maps.tif"))
    assert (coarse.size, fine.size) == ((16, 12), (64, 48))
    assert coarse.names == fine.names
    assert [path.name for path in painted.parent.iterdir()] == [painted.name]  # nothing left over


def test_the_record_says_how_it_was_made(painted: Path) -> None:
    made = record(painted)
    assert made["seed"] == 5
    assert made["size"] == [64, 48]
    assert made["mixture"] == "additive"
    assert made["element_maps"]["dwell_s"] == 0.1
    assert made["surface_picture"] != made["concealed_picture"]
    assert {"tensorflow", "xraydb", "numpy", "python"} <= set(made["versions"])
    assert made["command"]
    assert {"surface_palette", "support", "radiograph", "status"} <= set(made)


def test_the_seed_decides_pictures_and_every_bit(
    painted: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    for name, seed in (("same", 5), ("other", 6)):
        assert invoke("simulate", "--out", tmp_path / name, "--seed", seed, *SMALL).code == 0
    first, same, other = (digest(path) for path in (painted, tmp_path / "same", tmp_path / "other"))
    for name in FILES - {"painting.json"}:
        assert first[name] == same[name] != other[name]
    drawn = {key: record(painted)[key] for key in ("surface_picture", "concealed_picture")}
    assert drawn.items() <= record(tmp_path / "same").items()


def test_the_exact_mixture_is_no_sum_of_the_same_layers(
    painted: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    words = ("simulate", "--out", tmp_path / "exact", "--seed", 5, "--mixture", "exact", *SMALL)
    assert invoke(*words).code == 0
    additive, exact = digest(painted), digest(tmp_path / "exact")
    assert {name for name in FILES if additive[name] != exact[name]} == {
        *("xray.tif", "painting.json")
    }
    before, after = (
        tifffile.imread(folder / "xray.tif").astype(float)
        for folder in (painted, tmp_path / "exact")
    )
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.9
    assert after.mean() < before.mean()  # a beam that hardens is absorbed less


def test_paints_a_photograph_over_an_invention_of_any_size(
    painted: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    photograph, out = painted / "rgb.tif", tmp_path / "out"
    words = ("--surface", photograph, "--concealed", "procedural", "--size", 45, 62)
    result = invoke("simulate", "--out", out, *words)
    assert result.code == 0, result.err
    assert "48 x 64" in result.err
    assert tifffile.imread(out / "xray.tif").shape == (48, 64)
    made = record(out)
    assert made["inputs"]["surface"]["sha256"] == digest(painted)["rgb.tif"]
    assert set(made["inputs"]) == {"surface"}
    assert made["concealed_picture"] == "procedural"


def test_a_longer_dwell_counts_more(
    painted: Path, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    out = tmp_path / "out"
    assert invoke("simulate", "--out", out, "--seed", 5, "--dwell", 1.0, *SMALL).code == 0
    short, long = (
        read_element_maps(folder / "maps.tif").values[..., 0].mean() for folder in (painted, out)
    )
    assert long / short == pytest.approx(10, rel=0.05)


def test_replaces_its_own_paintings_only_when_told(
    tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    out = tmp_path / "out"
    words = ("simulate", "--out", out, "--size", 32, 32)
    assert invoke(*words, "--seed", 1).code == 0
    before = digest(out)
    refused = invoke(*words, "--seed", 2)
    assert refused.code == 2
    assert "--overwrite" in refused.err
    assert digest(out) == before
    # A painting that cannot be made leaves the old one.
    assert invoke(*words, "--overwrite", "--dwell", 1e-9).code == 2
    assert digest(out) == before
    assert invoke(*words, "--seed", 2, "--overwrite").code == 0
    assert record(out)["seed"] == 2
    assert set(digest(out)) == FILES


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--surface", "mona lisa"), "portrait, astronaut"),
        (("--surface", "{folder}/broken.tif"), "broken.tif"),
        (("--size", "20", "64"), "32"),
        (("--dwell", "0"), "--dwell"),
        (("--dwell", "1e-9"), "dwell time"),
        (("--mixture", "wet"), "additive"),
        (("--out", "{folder}"), "empty folder"),
        (("--out", "{folder}", "--overwrite"), "painting.json"),
        (("--out", "{folder}/broken.tif"), "found a file"),
        (("--surface", "{folder}/broken.tif", "--out", "{folder}", "--overwrite"), "none of"),
    ],
)
def test_refuses_and_touches_nothing(
    words: tuple[str, ...], says: str, tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    (tmp_path / "broken.tif").write_bytes(b"II*\0 no picture")
    before = digest(tmp_path)
    given = [word.format(folder=tmp_path) for word in words]
    result = invoke("simulate", "--out", tmp_path / "out", "--size", 32, 32, *given)
    assert result.code == 2
    assert says in result.err
    assert "Traceback" not in result.err
    assert digest(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["broken.tif"]


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, invoke: Callable[..., Any]
) -> None:
    out = tmp_path / (255 * "a" + "b")
    result = invoke("simulate", "--out", out, *SMALL)
    assert result.code == 2
    assert "File name too long" in result.err
    assert "Choose another place" in result.err
    assert not list(tmp_path.iterdir())

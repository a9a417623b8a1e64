"""The record of a result: what made it, from what, with what."""

import hashlib
import json
import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from tfpaintsep import __version__
from tfpaintsep.errors import InputError
from tfpaintsep.runs.provenance import (
    checksum,
    describe_input,
    find_input,
    make_provenance,
    method_of,
    stamp,
    write_json,
)


def test_checksum_is_that_of_the_bytes(tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes(100_000)
    (tmp_path / "x.tif").write_bytes(content)
    assert checksum(tmp_path / "x.tif") == hashlib.sha256(content).hexdigest()


def test_the_record_names_inputs_versions_and_command(tmp_path: Path) -> None:
    xray = tmp_path / "film no 3.tif"
    xray.write_bytes(b"film")
    record = make_provenance(
        inputs={"xray": describe_input(xray, gain=255.0)},
        configuration={"loss": {"eta1": 0.5}},
        seed=7,
        arguments=["/usr/bin/tfpaintsep", "train-sep", "--out", "run 3"],
    )
    assert json.loads(json.dumps(record)) == record
    assert record["command"] == "tfpaintsep train-sep --out 'run 3'"
    assert record["inputs"]["xray"]["gain"] == 255.0
    assert record["configuration"] == {"loss": {"eta1": 0.5}}
    assert record["versions"]["numpy"] == version("numpy")
    assert record["software"].endswith(__version__)

    text = stamp("X-ray layer of the surface", record)
    assert text.startswith("Computed hypothesis: X-ray layer of the surface.")
    for part in ("train-sep", "film no 3.tif", checksum(xray)[:16], "seed 7", record["started"]):
        assert part in text
    assert text.isascii()  # a TIFF description is ASCII


def test_json_keeps_every_letter_and_leaves_no_other_file(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"painter": "Jacob Cornelisz. van Oostsanen, Doña Isabel"})
    assert "Doña" in (tmp_path / "a.json").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_of_maps_is_known_by_its_maps(tmp_path: Path) -> None:
    folder = tmp_path / "IMAGES"
    folder.mkdir()
    (folder / "Fe_K.tif").write_bytes(b"iron")
    (folder / "Ca_K.TIFF").write_bytes(b"calcium")
    before = describe_input(folder)
    assert find_input(before) == folder
    (folder / "notes.txt").write_text("not a map")
    (folder / ".Fe_K.tif").write_bytes(b"a program's own")
    assert describe_input(folder) == before
    (folder / "Ca_K.TIFF").rename(folder / "Cu_K.tif")
    with pytest.raises(InputError, match="another one"):
        find_input(before)
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="no such file"):
        find_input(before)


def test_a_group_in_a_file_is_kept_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "fit.h5").write_bytes(b"fit")
    facts = describe_input(Path(f"{tmp_path / 'fit.h5'}::/entry/first"), size=[3, 4])
    assert facts["sha256"] == checksum(tmp_path / "fit.h5")
    assert (facts["file"], facts["group"]) == (str(tmp_path / "fit.h5"), "/entry/first")
    assert str(find_input(facts)) == f"{tmp_path / 'fit.h5'}::/entry/first"


def test_the_inputs_say_which_method_a_record_is_of() -> None:
    for role, method in (("xray", "separation"), ("xrf", "super-resolution"), ("maps", None)):
        assert method_of({"inputs": {"rgb": {}, role: {}}}) == method
    assert method_of({}) is None
    assert method_of({"inputs": [1]}) is None

"""The record of a result: what made it, from what, with what."""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tfpaintsep import __version__
from tfpaintsep.runs.provenance import checksum, describe_input, make_provenance, stamp, write_json


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
        arguments=["/usr/bin/tfpaintsep", "train-sep", "--out", "run"],
    )
    assert json.loads(json.dumps(record)) == record
    assert record["command"] == "tfpaintsep train-sep --out run"
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

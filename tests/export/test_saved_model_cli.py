"""TensorFlow's own program shows and runs the models."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.export.locate import find_version, read_metadata
from tfpaintsep.export.saved_model import load_signature

pytestmark = pytest.mark.slow


def saved_model_cli(*words: object) -> str:
    program = [sys.executable, "-m", "tensorflow.python.tools.saved_model_cli"]
    result = subprocess.run(
        [*program, *map(str, words)], capture_output=True, text=True, timeout=600, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def run(version: Path, folder: Path, images: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """`serving_default` of a version, through files."""
    folder.mkdir()
    words = []
    for name, image in images.items():
        np.save(folder / f"{name}.npy", image)
        words.append(f"{name}={folder / name}.npy")
    choice = ("--dir", version, "--tag_set", "serve", "--signature_def", "serving_default")
    saved_model_cli("run", *choice, "--inputs", ";".join(words), "--outdir", folder / "out")
    return {path.stem: np.load(path) for path in (folder / "out").iterdir()}


@pytest.mark.parametrize("name", ["separation", "upscaling"])
def test_show_and_run(served_models: Path, tmp_path: Path, name: str) -> None:
    version = find_version(served_models / name)
    function: Any = load_signature(version)
    rng = np.random.default_rng(6)
    specs = function.structured_input_signature[1]
    scale = int(read_metadata(version).get("scale", 1))
    sizes = {"xray": (21, 26), "xrf": (21, 26), "rgb": (21 * scale, 26 * scale)}
    images = {
        key: rng.random((1, *sizes[key], spec.shape[-1])).astype(np.float32)
        for key, spec in specs.items()
    }
    found = run(version, tmp_path / "run", images)
    expected = function(**{key: tf.constant(image) for key, image in images.items()})
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        full_scale = max(1.0, float(np.abs(value).max()))
        np.testing.assert_allclose(found[key], value, rtol=0, atol=1e-5 * full_scale, err_msg=key)

    shown = saved_model_cli("show", "--dir", version, "--all")
    for signature in ("describe", "serving_default"):
        assert f"signature_def['{signature}']" in shown
    for key in (*specs, *expected, "query", "json"):
        assert f"['{key}'] tensor_info" in shown

"""A radiograph separated part by part is the one separated whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from skimage.transform import resize

import tfpaintsep.separation.serving
from tfpaintsep.images import Polarity, read_photograph, read_radiograph
from tfpaintsep.images.on_disk import PhotographOnDisk, RadiographOnDisk, on_disk
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.separation import streaming
from tfpaintsep.separation.config import InferenceConfig, NetworkConfig, StartConfig
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.results import PICTURES, growing_layers, pictures
from tfpaintsep.separation.serving import SeparationModel, write_separation_model
from tfpaintsep.separation.start import make_start

SIZE = (150, 110)
MODES = {
    "whole": InferenceConfig(mode="whole", tile=32),
    "patches": InferenceConfig(mode="patches", patch=20, stride=6),
}


@pytest.mark.parametrize("kind", ["prior", "auto", "luminance", "given"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("polarity", [Polarity.NEGATIVE, Polarity.POSITIVE])
def test_parts_make_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, mode: str, polarity: Polarity
) -> None:
    if (mode, kind) == ("patches", "given") and polarity is Polarity.POSITIVE:
        pytest.skip("no more than the other three")
    rng = np.random.default_rng(0)
    xray, rgb = tmp_path / "x.tif", tmp_path / "r.tif"
    tifffile.imwrite(xray, rng.integers(0, 65536, SIZE, dtype=np.uint16), photometric="minisblack")
    tifffile.imwrite(rgb, rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8), photometric="rgb")
    radiograph, photograph = read_radiograph(xray, polarity), read_photograph(rgb)
    network = SeparationNetwork(NetworkConfig(layers=2, channels=4), seed=4)
    network.build()
    config = StartConfig.model_validate(
        {"kind": "auto" if kind == "given" else kind, "sigmas": (2.0,)}
    )
    start, _ = make_start(config, radiograph.normalised(), photograph.values)
    write_separation_model(tmp_path / "model", network, start, radiograph, MODES[mode])
    model = SeparationModel(tmp_path / "model")
    guess = tmp_path / "g.tif" if kind == "given" else None
    known = radiograph.values / 2 if guess else None
    if guess:
        tifffile.imwrite(guess, known, photometric="minisblack")
    whole = pictures(*model.separate(radiograph, photograph, known), radiograph)

    monkeypatch.setattr(tfpaintsep.separation.serving, "GUESS_TILE", 64)
    monkeypatch.setattr(streaming, "SIDE", 128)
    folder = RunFolder(tmp_path)
    provenance = {"command": "", "software": "", "inputs": {}, "seed": 0, "started": ""}
    with on_disk(xray, tmp_path, 1) as x, on_disk(rgb, tmp_path, 3) as r:
        large = RadiographOnDisk(x, radiograph.gain, polarity)
        with growing_layers(folder, large, provenance) as write:
            if guess:
                with on_disk(guess, tmp_path, 1) as given:
                    streaming.separate_on_disk(model, large, PhotographOnDisk(r), write, given)
            else:
                streaming.separate_on_disk(model, large, PhotographOnDisk(r), write)
    for name in PICTURES:
        found = tifffile.imread(folder.picture(name))
        np.testing.assert_allclose(found, whole[name], atol=2e-5 * radiograph.gain, err_msg=name)


def test_what_the_prior_sees_far_away_shows_no_seam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a strip longer than the first guess looks, where colour has a say."""
    rng = np.random.default_rng(1)
    rgb = resize(rng.random((57, 4, 3)), (912, 50, 3), order=3)
    grey = 0.6 * rgb[..., 0] + 0.4 * resize(rng.random((120, 7)), rgb.shape[:2], order=3)
    tifffile.imwrite(tmp_path / "x.tif", np.uint16(60_000 * grey), photometric="minisblack")
    tifffile.imwrite(tmp_path / "r.tif", np.uint8(255 * rgb), photometric="rgb")
    radiograph = read_radiograph(tmp_path / "x.tif")
    photograph = read_photograph(tmp_path / "r.tif")
    network = SeparationNetwork(NetworkConfig(layers=2, channels=4), seed=4)
    network.build()
    start, _ = make_start(StartConfig(kind="prior"), radiograph.normalised(), photograph.values)
    assert start.evidence is not None
    assert start.evidence.detail_correlation > 0.3
    write_separation_model(tmp_path / "model", network, start, radiograph, MODES["whole"])
    model = SeparationModel(tmp_path / "model")
    whole = pictures(*model.separate(radiograph, photograph), radiograph)
    monkeypatch.setattr(tfpaintsep.separation.serving, "GUESS_TILE", 64)
    monkeypatch.setattr(streaming, "SIDE", 150)
    found = {name: np.zeros(radiograph.size, np.float32) for name in PICTURES}

    def write(part: Any, images: dict[str, np.ndarray]) -> None:
        for name, values in images.items():
            found[name][part] = values

    with (
        on_disk(tmp_path / "x.tif", tmp_path, 1) as x,
        on_disk(tmp_path / "r.tif", tmp_path, 3) as r,
    ):
        large = RadiographOnDisk(x, radiograph.gain, Polarity.AS_STORED)
        streaming.separate_on_disk(model, large, PhotographOnDisk(r), write)
    for name in PICTURES:
        np.testing.assert_allclose(
            found[name], whole[name], atol=2e-5 * radiograph.gain, err_msg=name
        )

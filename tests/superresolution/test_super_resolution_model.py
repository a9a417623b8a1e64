"""The exported model: all ways to enlarge, and a correction of it, inside the graph."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfpaintsep.export.saved_model import load_signature
from tfpaintsep.images import ElementStack, Photograph
from tfpaintsep.superresolution.config import EnlargementConfig
from tfpaintsep.superresolution.enlargement import Enlargement
from tfpaintsep.superresolution.inference import make_upscale
from tfpaintsep.superresolution.painting import ScannedPainting
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.scaling import MapScaling
from tfpaintsep.superresolution.serving import SuperResolutionModel, write_super_resolution_model

NAMES = ("Pb-L", "Hg-L", "Ca-K")
SCALE = 3


def painting(rng: np.random.Generator, height: int, width: int) -> ScannedPainting:
    maps = rng.gamma(2, 100, (height, width, 3)).astype(np.float32)
    rgb = rng.random((SCALE * height, SCALE * width, 3)).astype(np.float32)
    return ScannedPainting(ElementStack(maps, NAMES, unit="counts"), Photograph(rgb))


@pytest.mark.parametrize(
    ("downsampling", "trust", "settings"),
    [
        (
            Downsampling(SCALE, "mean", "lanczos"),
            (1.0, 0.4, 0.0),
            {"residual": True, "final_sigmoid": False, "initialiser": "steep"},
        ),
        (Downsampling(SCALE, "decimate", "bilinear"), (0.2, 0.5, 1.0), {"initialiser": "steep"}),
    ],
)
def test_exported_model_gives_the_generators_maps(
    downsampling: Downsampling,
    trust: tuple[float, ...],
    settings: dict[str, Any],
    make_generator: Callable[..., Any],
    rng: np.random.Generator,
    tmp_path: Path,
) -> None:
    small, large = painting(rng, 5, 8), painting(rng, 150, 7)
    sharpness = (0.0, 0.5, 1.0) if downsampling.interpolation == "lanczos" else None
    enlargement = Enlargement(downsampling, EnlargementConfig(window=0.9), trust, sharpness)
    network, scaling = make_generator(**settings), MapScaling.of(small.maps.values)
    for weight in network.weights:  # as if trained
        weight.assign(weight + 0.1 * rng.normal(size=weight.shape))
    version = write_super_resolution_model(
        tmp_path / "model", network, enlargement, scaling, small.maps
    )
    model = SuperResolutionModel(tmp_path / "model")
    assert (model.names, model.unit, model.scale) == (NAMES, "counts", SCALE)
    assert model.metadata["receptive_radius"] == enlargement.reach
    assert tuple(model.metadata["trust"]) == trust
    upscale = make_upscale(network, enlargement, scaling)
    for scan in (small, large):  # the second in tiles
        xrf, rgb = scan.maps.values[None], scan.photograph.values[None]
        expected = upscale(xrf, rgb).numpy()
        span = np.ptp(expected)
        served = load_signature(version)(xrf=xrf, rgb=rgb)["maps"]
        np.testing.assert_allclose(served, expected, rtol=0, atol=2e-6 * span)
        maps = model.upscale(scan)
        np.testing.assert_allclose(maps, expected[0], rtol=0, atol=1e-5 * span)
        np.testing.assert_allclose(downsampling.down(maps[None]), xrf, rtol=0, atol=2e-6 * span)
        # Neither the enlargement alone nor the repeated pixels: the network says something.
        enlarged = scaling.unscale(enlargement(scaling.scale(xrf), rgb))
        enlarged = downsampling.project(enlarged, xrf)
        assert np.abs(expected - enlarged).max() > 1e-3 * span

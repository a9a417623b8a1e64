"""Two exported models of a few kilobytes, for tests that need any model to serve."""

from pathlib import Path

import numpy as np

from tfpaintsep.images import ElementStack, Polarity, Radiograph
from tfpaintsep.separation.config import InferenceConfig, NetworkConfig
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.serving import write_separation_model
from tfpaintsep.separation.start import Start
from tfpaintsep.superresolution.config import EnlargementConfig, GeneratorConfig
from tfpaintsep.superresolution.enlargement import Enlargement
from tfpaintsep.superresolution.network import SigmoidListaNetwork
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.scaling import MapScaling
from tfpaintsep.superresolution.serving import write_super_resolution_model

NAMES = ("Pb-L", "Hg-L", "Ca-K")
SCALE, GAIN = 3, 65535.0


def write_tiny_models(folder: Path) -> None:
    """Write `separation/1` and `upscaling/1`, of untrained networks.

    The first takes a 16-bit radiograph, the second three maps in counts, and a photograph three
    times as large.
    """
    rng = np.random.default_rng(11)
    network = SeparationNetwork(NetworkConfig(layers=2, channels=4), seed=4)
    network.build()
    values = rng.integers(0, 65536, (40, 40)).astype(np.float32)
    radiograph = Radiograph(values, GAIN, np.dtype("u2"), Polarity.AS_STORED)
    inference = InferenceConfig(mode="whole", tile=48)
    write_separation_model(folder / "separation", network, Start(), radiograph, inference)

    maps = ElementStack(rng.gamma(2, 100, (6, 8, 3)).astype(np.float32), NAMES, unit="counts")
    generator = SigmoidListaNetwork(
        GeneratorConfig(iterations=2, channels=6, initialiser="steep"), len(NAMES), seed=0
    )
    generator.build()
    for weight in generator.weights:  # as if trained, or it would say little
        weight.assign(weight + 0.1 * rng.normal(size=weight.shape))
    enlargement = Enlargement(
        Downsampling(SCALE, "mean", "bilinear"), EnlargementConfig(window=0.9), (0.2, 0.5, 1.0)
    )
    scaling = MapScaling.of(maps.values)
    write_super_resolution_model(folder / "upscaling", generator, enlargement, scaling, maps)

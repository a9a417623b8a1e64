"""One simulated painting without faults, in memory."""

import numpy as np
import pytest

from tfpaintsep.images import ElementStack, Photograph, Radiograph, Resolution
from tfpaintsep.simulation import SimulatedPainting, simulate

PIXELS_PER_CM, SCALE = 40, 4


@pytest.fixture(scope="session")
def simulated() -> SimulatedPainting:
    """240 x 240 px, with element maps of 60 x 60."""
    return simulate(size=(240, 240), seed=6)


@pytest.fixture(scope="session")
def radiograph(simulated: SimulatedPainting) -> Radiograph:
    values = simulated.mixture.astype(np.float32)
    resolution = Resolution(PIXELS_PER_CM, PIXELS_PER_CM, "centimeter")
    return Radiograph(values, 65535.0, np.dtype(np.uint16), resolution=resolution)


@pytest.fixture(scope="session")
def photograph(simulated: SimulatedPainting) -> Photograph:
    values = np.round(simulated.rgb * 255).astype(np.float32) / np.float32(255)
    return Photograph(values, Resolution(PIXELS_PER_CM, PIXELS_PER_CM, "centimeter"))


@pytest.fixture(scope="session")
def maps(simulated: SimulatedPainting) -> ElementStack:
    density = PIXELS_PER_CM / SCALE
    resolution = Resolution(density, density, "centimeter")
    return ElementStack(simulated.maps.values, simulated.maps.names, "counts", resolution)

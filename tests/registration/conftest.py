"""A simulated painting, and its photograph as another camera would have taken it."""

from dataclasses import dataclass

import numpy as np
import pytest

from tfpaintsep.registration.resampling import resample
from tfpaintsep.registration.warp import MatrixWarp
from tfpaintsep.simulation import simulate

PIXELS_PER_CM = 40


@dataclass(frozen=True)
class Displaced:
    """A radiograph, a photograph of other framing, and how they truly lie.

    Attributes:
        xray: (h, w) uint16.
        maps: (h / 4, w / 4, B) float32, of the radiograph's area.
        names: Of the maps.
        rgb: (H, W, 3) float32 in [0, 1], turned by 2 degrees, 0.9 times as fine.
        truth: From the radiograph's pixels to the photograph's.
        scale: Pixels of the photograph along one of the radiograph.
    """

    xray: np.ndarray
    maps: np.ndarray
    names: tuple[str, ...]
    rgb: np.ndarray
    truth: MatrixWarp
    scale: float


@pytest.fixture(scope="session")
def displaced() -> Displaced:
    painting = simulate("portrait", "cat", size=(320, 320), seed=5)
    scale, angle, crop = 0.9, np.deg2rad(2.0), slice(40, 280)
    turned = np.eye(3)
    turned[:2, :2] = scale * np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    size = (280, 276)
    turned[:2, 2] = [141.3, 137.8] - turned[:2, :2] @ [159.5, 159.5]
    rgb = resample(
        painting.rgb, MatrixWarp(np.asarray(np.linalg.inv(turned), np.float64)), size
    ).values
    shifted = np.eye(3)
    shifted[:2, 2] = 40
    coarse = slice(10, 70)
    return Displaced(
        painting.mixture[crop, crop],
        painting.maps.values[coarse, coarse],
        painting.maps.names,
        rgb,
        MatrixWarp(turned @ shifted),
        scale,
    )

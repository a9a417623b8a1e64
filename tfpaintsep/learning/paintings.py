"""Simulated paintings to learn from, kept on disk because each takes seconds to paint."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tfpaintsep.files import replacing
from tfpaintsep.simulation.painting import simulate
from tfpaintsep.training.progress import track

SIDE = 384
"""Of a painting, pixels."""

_INVENTED = 0.4
"""Part of the surfaces that is invented: few pictures are built in."""


@dataclass(frozen=True)
class KnownPainting:
    """A painting whose layers are known.

    Attributes:
        rgb: The photograph, (h, w, 3) float32 in [0, 1].
        surface: The surface layer's radiograph, (h, w) float32.
        concealed: The concealed layer's.
    """

    rgb: np.ndarray
    surface: np.ndarray
    concealed: np.ndarray


def paint(folder: Path, seeds: Sequence[int]) -> list[Path]:
    """Simulate those paintings that the folder lacks.

    Args:
        folder: Where they are kept.
        seeds: Their seeds.

    Returns:
        Their files, in the order of the seeds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{seed}.npz" for seed in seeds]
    missing = [file for file in files if not file.exists()]
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for _ in track(processes.map(_paint, missing), "Painting", len(missing)):
            pass
    return files


def load(file: Path) -> KnownPainting:
    """Read a painting that `save` has written."""
    with np.load(file) as stored:
        return KnownPainting(
            stored["rgb"].astype(np.float32) / 255,
            stored["s"].astype(np.float32) / 65535,
            stored["c"].astype(np.float32) / 65535,
        )


def save(file: Path, painting: KnownPainting) -> None:
    """Write a painting with 8 bits of colour and 16 of each layer, which lie in [0, 1]."""
    with replacing(file) as part, part.open("wb") as stream:
        np.savez(
            stream,
            rgb=np.uint8(painting.rgb * 255 + 0.5),
            s=np.uint16(painting.surface * 65535 + 0.5),
            c=np.uint16(painting.concealed * 65535 + 0.5),
        )


def _paint(file: Path) -> None:
    seed = int(file.stem)
    invented = np.random.default_rng(seed).random() < _INVENTED
    painting = simulate("procedural" if invented else None, size=(SIDE, SIDE), seed=seed)
    surface, concealed = (
        painting.surface / np.float32(65535),
        painting.concealed / np.float32(65535),
    )
    save(file, KnownPainting(painting.rgb, surface, concealed))

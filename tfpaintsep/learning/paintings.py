"""Simulated paintings to learn from, kept on disk because each takes seconds to paint."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tfpaintsep.files import replacing
from tfpaintsep.images import read_photograph
from tfpaintsep.simulation.painting import simulate
from tfpaintsep.simulation.pictures import part_of
from tfpaintsep.training.progress import track

SIDE = 384
"""Of a painting, pixels."""

_INVENTED = 0.4
"""Part of the surfaces that is invented: few pictures are built in."""


Composition = str | np.ndarray | None
"""A built-in picture's name, an image, or chance."""


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


def paint(folder: Path, seeds: Sequence[int], pictures: Sequence[Path] = ()) -> list[Path]:
    """Simulate those paintings that the folder lacks.

    Args:
        folder: Where they are kept.
        seeds: Their seeds.
        pictures: Photographs to make them of; without any they show built-in pictures and
            invented ones.

    Returns:
        Their files, in the order of the seeds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{seed}.npz" for seed in seeds]
    missing = [file for file in files if not file.exists()]
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for _ in track(
            processes.map(partial(_paint, pictures=pictures), missing), "Painting", len(missing)
        ):
            pass
    return files


def load(file: Path) -> KnownPainting:
    """Read a painting that `paint` has written."""
    with np.load(file) as stored:
        return KnownPainting(
            stored["rgb"].astype(np.float32) / 255,
            stored["s"].astype(np.float32) / 65535,
            stored["c"].astype(np.float32) / 65535,
        )


def _paint(file: Path, pictures: Sequence[Path]) -> None:
    seed = int(file.stem)
    surface, concealed = _compositions(np.random.default_rng(seed), pictures)
    painting = simulate(surface, concealed, size=(SIDE, SIDE), seed=seed)
    rgb = np.uint8(painting.rgb * 255 + 0.5)
    with replacing(file) as part, part.open("wb") as stream:
        np.savez(stream, rgb=rgb, s=painting.surface, c=painting.concealed)


def _compositions(rng: np.random.Generator, pictures: Sequence[Path]) -> tuple[Composition, ...]:
    """Above and beneath, as `simulate` takes them."""
    if not pictures:
        return ("procedural" if rng.random() < _INVENTED else None), None
    above, beneath = rng.choice(len(pictures), 2, replace=False)
    # What is concealed must be something to find.
    return tuple(
        part_of(rng, read_photograph(pictures[which]).values.astype(np.float64), draws)
        for which, draws in ((above, 1), (beneath, 4))
    )

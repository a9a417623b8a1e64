"""Mixtures like those of real radiographs, drawn before anything is learned, kept on disk."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfpaintsep.training.progress import track

from .likeness import likeness
from .mixtures import SIDES, draw_mixture
from .paintings import KnownPainting, load, save

_ANY = 0.02
"""Part of all that is drawn that is kept, however little it is like a real one. Of what is drawn
about one in fourteen is, so that a fifth of what is learned from is unlike them."""


def mix(folder: Path, paintings: Sequence[Path], count: int) -> list[Path]:
    """Draw those mixtures that the folder lacks, most of them like mixtures of real radiographs.

    Args:
        folder: Where they are kept, as paintings are.
        paintings: Files of paintings, as `paintings.paint` made them.
        count: Of mixtures.

    Returns:
        Their files; each one's number decides it, so that more of them leave the first as they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{number}.npz" for number in range(count)]
    missing = [file for file in files if not file.exists()]
    # TensorFlow, which fits the regression, does not survive a fork.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), fresh, _one_thread) as processes:
        done = processes.map(partial(_mix, list(paintings)), missing)
        for _ in track(done, "Mixing", len(missing)):
            pass
    return files


def shuffled(files: Sequence[Path], rng: np.random.Generator) -> Iterator[KnownPainting]:
    """All mixtures in ever another order, without end."""
    while True:
        yield from (load(files[index]) for index in rng.permutation(len(files)))


def _one_thread() -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _mix(paintings: Sequence[Path], file: Path) -> None:
    number = int(file.stem)
    rng = np.random.default_rng(number)
    while True:
        mixture = draw_mixture(paintings, SIDES[number % len(SIDES)], rng)
        if rng.random() < _ANY + (1 - _ANY) * likeness(mixture):
            return save(file, _stored(mixture))


def _stored(mixture: KnownPainting) -> KnownPainting:
    """With layers in [0, 1], as they are stored."""
    layers = mixture.surface, mixture.concealed
    span = max(np.ptp(layer) for layer in layers)
    return KnownPainting(mixture.rgb, *((layer - layer.min()) / span for layer in layers))

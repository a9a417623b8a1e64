"""Mixtures to learn from: two layers, the photograph of one, and what goes wrong with either.

Pairs across paintings stand beside the simulation's own: an old painting's radiograph may lie under
any other. Everything is varied widely, so that real paintings lie inside and none of the simulated
ones can be known again.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy import ndimage

from .paintings import KnownPainting, load

SIDES = (256, 320, 384)
"""Of mixtures to learn from, pixels."""


def draw_mixtures(files: Sequence[Path], rng: np.random.Generator) -> Iterator[KnownPainting]:
    """Mixtures of all sides, without end."""
    while True:
        yield draw_mixture(files, int(rng.choice(SIDES)), rng)


def draw_mixture(files: Sequence[Path], side: int, rng: np.random.Generator) -> KnownPainting:
    """A square mixture; its layers' means and scale have no meaning.

    Args:
        files: Paintings, as `paintings.paint` made them.
        side: Its side, pixels.
        rng: All chance comes from here.
    """
    painting = load(files[int(rng.integers(len(files)))])
    rgb, surface, concealed = _seen_otherwise(
        (painting.rgb, painting.surface, painting.concealed), side, rng
    )
    if rng.random() < 0.75:
        concealed = _of_another(files, side, rng)
    surface, concealed = (_standard(_toned(layer, rng)) for layer in (surface, concealed))
    concealed *= np.float32(np.exp(rng.normal(0, 0.4)))
    rgb = _recoloured(rgb, rng)
    if rng.random() < 0.25:
        surface = _coloured(surface, rgb, rng)
    if rng.random() < 0.5:  # not quite registered
        rgb = ndimage.shift(rgb, (*rng.normal(0, 1, 2), 0), order=1, mode="nearest")
    if rng.random() < 0.3:
        blur = rng.uniform(0.4, 1.2)
        surface, concealed = (ndimage.gaussian_filter(a, blur) for a in (surface, concealed))
    if rng.random() < 0.15:  # absorbing paint may be dark
        surface, concealed = -surface, -concealed
    return KnownPainting(rgb, surface, concealed)


def _of_another(files: Sequence[Path], side: int, rng: np.random.Generator) -> np.ndarray:
    """A layer of another painting, sometimes with one of a third over it."""
    layers = []
    for _ in range(1 + (rng.random() < 0.15)):
        other = load(files[int(rng.integers(len(files)))])
        layer = other.surface if rng.random() < 0.7 else other.concealed
        (layer,) = _seen_otherwise((layer,), side, rng)
        layers.append(_standard(layer))
    return sum(layers[1:], layers[0])


def _seen_otherwise(
    images: Sequence[np.ndarray], side: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """A part of the images turned, mirrored, sheared and at another resolution, (side, side)."""
    angle, factor = rng.uniform(0, 2 * np.pi), np.exp(rng.uniform(np.log(0.75), np.log(1.6)))
    if rng.random() < 0.5:  # as it is: resampling takes noise and weave away
        angle, factor = int(rng.integers(4)) * np.pi / 2, 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if factor != 1:
        turn = turn @ (np.eye(2) + rng.normal(0, 0.1, (2, 2)))
    if rng.random() < 0.5:
        turn = turn @ np.diag([1, -1])
    there = turn / factor
    length = images[0].shape[0]
    middle = (side - 1) / 2
    room = max(0.0, (length - side / factor) / 2)
    centre = (length - 1) / 2 + rng.uniform(-room, room, 2)
    offset = centre - there @ np.array([middle, middle])
    if factor == 1:  # whole pixels
        offset = np.round(offset * 2) / 2 if (length - side) % 2 else np.round(offset)
    result = []
    for image in images:
        planes = image[..., None] if image.ndim == 2 else image
        planes = np.stack(
            [
                ndimage.affine_transform(
                    ndimage.gaussian_filter(plane, 0.4 / factor) if factor < 1 else plane,
                    there,
                    offset,
                    (side, side),
                    order=1,
                    mode="mirror",
                )
                for plane in np.moveaxis(planes, -1, 0)
            ],
            axis=-1,
        )
        result.append(planes.reshape(side, side, *image.shape[2:]))
    return result


def _recoloured(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Other colours at the same places: another exposure, other pigments, rarely a negative."""
    rgb = np.clip(rgb, 1e-4, 1) ** rng.uniform(0.7, 1.4)
    if rng.random() < 0.5:
        rgb = rgb[..., rng.permutation(3)]
        rgb = rgb @ (np.eye(3) + rng.normal(0, 0.15, (3, 3)))
    if rng.random() < 0.1:
        rgb = 1 - rgb
    rgb = rgb * rng.uniform(0.8, 1.1, 3)
    grey = rgb.mean(axis=-1, keepdims=True)
    saturation = rng.uniform(0.3, 1.2) if rng.random() < 0.5 else 1.0
    return np.clip(grey + (rgb - grey) * saturation, 0, 1).astype(np.float32)


def _toned(layer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another relation of thickness and grey."""
    low, high = np.percentile(layer, (0.5, 99.5))
    share = np.clip((layer - low) / (high - low + 1e-6), 0, 1.5)
    return share ** np.exp(rng.normal(0, 0.3)) if rng.random() < 0.5 else share


def _coloured(surface: np.ndarray, rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A surface that colour explains better than the simulation has it."""
    part = rng.uniform(0.2, 0.8)
    layer = np.concatenate([rgb, rgb**2], axis=-1) @ rng.normal(size=6).astype(np.float32)
    layer = _standard(ndimage.gaussian_filter(layer, rng.uniform(0.5, 2)))
    return np.float32(1 - part) * surface + np.float32(part) * layer


def _standard(image: np.ndarray) -> np.ndarray:
    return ((image - image.mean()) / (image.std() + 1e-6)).astype(np.float32)

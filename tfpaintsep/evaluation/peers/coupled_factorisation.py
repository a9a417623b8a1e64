"""Maps and photograph as mixtures of common materials: coupled non-negative factorisation.

The fine maps Y and the photograph Z share their abundances A: Y = E A and Z = C A, where the
columns of E are spectra and those of C colours of M materials. Of Y only the block means Y U are
known:

    min  s^2 / 2 |E A U - Y U|^2 + 1/2 |C A - Z|^2 + w / 2 |1'A - 1|^2 + r / 2 (|E|^2 + |C|^2)
    with E, C, A >= 0

In the source C is the camera's known response times E. There is none from elements to colours, so
C is fitted as E is. The abundances are found by multiplicative updates, E and C by non-negative
least squares in turn: no step raises the objective. Some materials may be unique to the maps: then
their colour is held at zero.

References:
    N. Yokoya, T. Yairi and A. Iwasaki, "Coupled nonnegative matrix factorization unmixing for
    hyperspectral and multispectral data fusion", IEEE Transactions on Geoscience and Remote
    Sensing 50(2), 2012.
    D. D. Lee and H. S. Seung, "Algorithms for non-negative matrix factorization", NIPS 2000.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls

from tfpaintsep.evaluation.methods import Budget, Image
from tfpaintsep.evaluation.peers.interpolation import bilinear

Matrix = NDArray[Any]

MATERIALS = 20
"""M: as many as can be told apart by ten maps and three colours, and some."""
SUM_TO_ONE = 1.0
"""w: abundances should add up to 1 about as much as colours should be right."""
RIDGE = 1e-4
"""r, for each pixel: keeps the least squares solvable where a material is hardly used."""
COARSE_STEPS = 100
FINE_STEPS = 60
"""Most steps at the coarse scale, where all is known, and at the fine one."""

_TINY = 1e-9
"""Keeps quotients finite; far below the smallest abundance that matters."""
_FLOOR = 1e-3
"""Smallest abundance at the start, over M: multiplied, a zero would stay one."""
_INNER = 5
"""Updates of the abundances between two of the dictionaries, which cost as much as several."""


@dataclass
class Factors:
    """A factorisation as it stands; all entries >= 0.

    Attributes:
        spectra: E, (B, M).
        colours: C, (3, M).
        abundances: A, (n, s^2, M): n coarse pixels, row by row, each with its fine ones.
        common: Number of materials with a colour, the first ones.
    """

    spectra: Matrix
    colours: Matrix
    abundances: Matrix
    common: int

    @property
    def ridge(self) -> float:
        """The weight r for an image of this size: the other terms are sums over its pixels."""
        return RIDGE * float(np.prod(self.abundances.shape[:2]))

    def maps(self, materials: int | None = None) -> Matrix:
        """E A of the first materials, or of all: (n, s^2, B) float32."""
        a = self.abundances[..., :materials].astype(np.float32)
        return np.asarray(a @ self.spectra[:, :materials].T.astype(np.float32))


def cnmf(coarse: Image, rgb: Image, budget: Budget) -> Image:
    """Super-resolve maps by coupled factorisation.

    Args:
        coarse: Maps (h, w, B), any units.
        rgb: Photograph (s h, s w, 3) in [0, 1].
        budget: Its seed is that of the clusters with which the materials begin.

    Returns:
        (s h, s w, B), in the maps' units; their block means are near the measured ones.
    """
    scale = rgb.shape[0] // coarse.shape[0]
    unit, low = span_and_low(coarse)
    factors = unmix((coarse - low) / unit, rgb, budget, MATERIALS)
    return from_blocks(factors.maps(), scale, len(coarse)) * unit + low


def span_and_low(coarse: Image) -> tuple[Image, Image]:
    """Each map's range (1, where it is constant) and its lowest value, (B,) each."""
    span = np.ptp(coarse, axis=(0, 1))
    return np.where(span > 0, span, 1).astype(np.float32), coarse.min(axis=(0, 1))


def unmix(coarse: Image, rgb: Image, budget: Budget, common: int, unique: int = 0) -> Factors:
    """Factorise at the coarse scale, then, from there, at the fine one.

    Args:
        coarse: Maps (h, w, B) in [0, 1].
        rgb: Photograph (s h, s w, 3) in [0, 1].
        budget: Time and seed.
        common: Number of materials of both.
        unique: Number of materials of the maps alone.

    Returns:
        The factors at the fine scale.
    """
    begun, scale = time.monotonic(), rgb.shape[0] // coarse.shape[0]
    maps = into_blocks(coarse.astype(np.float64), 1)
    photograph = into_blocks(rgb, scale)
    factors = start(maps, photograph.mean(axis=1, keepdims=True), common, unique, budget.seed)

    budget.report(0.0, "step 0")

    def improve(colours: Matrix, steps: int, report: Callable[[int], None]) -> None:
        for step, _ in enumerate(update(factors, maps[:, 0], colours), 1):
            report(step)
            if step >= steps or time.monotonic() - begun >= budget.seconds:
                break

    improve(photograph.mean(axis=1, keepdims=True, dtype=np.float64), COARSE_STEPS, lambda _: None)
    abundances = bilinear(from_blocks(factors.abundances, 1, len(coarse)), scale)
    floor = _FLOOR / abundances.shape[2]
    factors.abundances = into_blocks(np.maximum(abundances, floor).astype(np.float32), scale)
    improve(photograph, FINE_STEPS, lambda step: budget.report(step / FINE_STEPS, f"step {step}"))
    return factors


def into_blocks(image: Matrix, scale: int) -> Matrix:
    """Gather the fine pixels of every coarse one: (s h, s w, c) to (h w, s^2, c)."""
    height, width, channels = image.shape
    h, w = height // scale, width // scale
    blocks = image.reshape(h, scale, w, scale, channels).transpose(0, 2, 1, 3, 4)
    return blocks.reshape(h * w, scale * scale, channels)


def from_blocks(blocks: Matrix, scale: int, height: int) -> Matrix:
    """The inverse of `into_blocks`, for an image of `height` coarse pixels."""
    count, _, channels = blocks.shape
    image = blocks.reshape(height, count // height, scale, scale, channels)
    return image.transpose(0, 2, 1, 3, 4).reshape(scale * height, -1, channels)


def start(maps: Matrix, photograph: Matrix, common: int, unique: int, seed: int) -> Factors:
    """Materials from the clusters of what is seen at the coarse scale.

    Args:
        maps: Y U, (n, 1, B), >= 0.
        photograph: Z U, (n, 1, 3), >= 0.
        common: Number of materials of both, at most n.
        unique: Number of materials of the maps alone; they begin with one element each.
        seed: Of the clusters' first centres.

    Returns:
        The clusters' means as E and C; abundances (n, 1, M), largest for the nearest material.
    """
    seen = np.concatenate([maps, photograph], axis=2)[:, 0].astype(np.float64)
    common, bands = min(common, len(seen)), maps.shape[2]
    random = np.random.default_rng(seed)
    centres, nearest = kmeans2(seen, common, iter=20, minit="++", rng=random)
    single = np.eye(bands)[:, np.arange(unique) % bands]
    factors = Factors(
        np.concatenate([centres[:, :bands].T, single], axis=1),
        np.concatenate([centres[:, bands:].T, np.zeros((photograph.shape[2], unique))], axis=1),
        np.full((len(seen), 1, common + unique), 0.1 / (common + unique)),
        common,
    )
    factors.abundances[np.arange(len(seen)), 0, nearest] = 0.9
    return factors


def objective(factors: Factors, maps: Matrix, photograph: Matrix) -> float:
    """The value of the objective, for `maps` Y U, (n, B), and `photograph` Z, (n, s^2, 3)."""
    a = factors.abundances.astype(np.float64)
    value = a.shape[1] * np.sum((a.mean(axis=1) @ factors.spectra.T - maps) ** 2)
    value += np.sum((a @ factors.colours.T - photograph) ** 2)
    value += SUM_TO_ONE * np.sum((a.sum(axis=2) - 1.0) ** 2)
    value += factors.ridge * (np.sum(factors.spectra**2) + np.sum(factors.colours**2))
    return float(value) / 2


def update(factors: Factors, maps: Matrix, photograph: Matrix) -> Iterator[Factors]:
    """Improve a factorisation in place; a step is some updates of A and one of E and C.

    Args:
        factors: Where to begin.
        maps: Y U, (n, B), >= 0.
        photograph: Z, (n, s^2, 3), >= 0.

    Yields:
        `factors` after each step, without end; no step raises the objective.
    """
    while True:
        for _ in range(_INNER):
            _update_abundances(factors, maps, photograph)
        _update_dictionaries(factors, maps, photograph)
        yield factors


def _update_abundances(factors: Factors, maps: Matrix, photograph: Matrix) -> None:
    a = factors.abundances
    e, c = factors.spectra.astype(a.dtype), factors.colours.astype(a.dtype)
    # The adjoint of the mean, 1 / s^2 to each pixel, cancels the weight s^2 of the maps' term.
    wanted = photograph.astype(a.dtype) @ c
    wanted += (maps.astype(a.dtype) @ e + a.dtype.type(SUM_TO_ONE))[:, None]
    found = a @ (c.T @ c + a.dtype.type(SUM_TO_ONE))
    found += (a.mean(axis=1) @ (e.T @ e) + a.dtype.type(_TINY))[:, None]
    wanted /= found
    a *= wanted


def _update_dictionaries(factors: Factors, maps: Matrix, photograph: Matrix) -> None:
    a, pixels = factors.abundances, photograph.shape[1]
    means = a.mean(axis=1, dtype=np.float64)
    factors.spectra = _non_negative(
        pixels * means.T @ means, pixels * means.T @ maps, factors.ridge
    )
    flat = a.reshape(-1, a.shape[2])[:, : factors.common]
    factors.colours[:, : factors.common] = _non_negative(
        flat.T @ flat, flat.T @ photograph.reshape(len(flat), -1), factors.ridge
    )


def _non_negative(gram: Matrix, products: Matrix, ridge: float) -> Matrix:
    """X >= 0 (k, M) of least 1/2 x'Gx - x'p for each row, with the ridge on G's diagonal."""
    factor = cholesky(np.asarray(gram, np.float64) + ridge * np.eye(len(gram)), lower=True)
    targets = solve_triangular(factor, np.asarray(products, np.float64), lower=True)
    return np.stack([nnls(factor.T, target)[0] for target in targets.T])

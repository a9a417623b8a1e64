"""Super-resolution by coupled dictionaries with common and unique atoms.

A patch of the enlarged maps, m, and of the photograph, g, are coded together:

    m = P a + Q u        g = G a + V v        detail = D a + E u

Atoms P, G are common, Q are unique to the maps and V to the photograph. What only the photograph
has, v, is coded so that it need not be explained by the others, and adds nothing to the maps. The
dictionaries are learned one scale down, where the detail is known, in sequence: the common atoms
first, the unique ones from what these leave. The model is Song et al.'s, for patches; Yan et al.
have non-negative atoms, of pixels.

References:
    S. Yan, H. Verinaz-Jadan, J.-J. Huang, N. Daly, C. Higgitt and P. L. Dragotti,
    "Super-resolution for macro X-ray fluorescence data collected from Old Master paintings",
    ICASSP 2023.
    P. Song, J. F. C. Mota, N. Deligiannis and M. R. D. Rodrigues, "Coupled dictionary learning for
    multimodal image super-resolution", GlobalSIP 2016.
"""

import time
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.methods import Budget, Image
from tfpaintsep.evaluation.peers.coupled_factorisation import span_and_low
from tfpaintsep.evaluation.peers.extra import benchmark_library
from tfpaintsep.evaluation.peers.interpolation import bicubic, project
from tfpaintsep.evaluation.stack_metrics import block_mean

Values = NDArray[np.float64]

PATCH = 4
"""Side of a patch, pixels."""
STRIDE = 2
"""Distance of the patches of a result, which overlap and are averaged."""
COMMON, UNIQUE = 256, 32
"""Common atoms, and unique ones of the maps and of the photograph each."""
NONZERO = 8
"""Atoms in the code of a patch."""
PENALTY = 0.05
"""Of the codes' absolute values while atoms are learned, mean patches having the norm 1."""
RIDGE = 0.03
"""Of the regression from codes to detail, relative to the codes' mean square."""
EPOCHS, BATCH = 10, 256
SHARES = (0.5, 0.6, 0.7)
"""Parts of the time by whose end each of the three dictionaries is learned."""


@dataclass(frozen=True)
class CoupledDictionaries:
    """Atoms of maps and photograph, and the detail that comes with them.

    Attributes:
        atoms: (M, p + q) of unit length, with zeros as the blocks want: common atoms, those of
            the maps, those of the photograph.
        detail: (M', d) of the M' atoms that maps have a part in, the first ones.
    """

    atoms: Values
    detail: Values

    def code(self, patches: Values, nonzero: int = NONZERO) -> Values:
        """Sparse codes (n, M) of patches (n, p + q), by orthogonal matching pursuit."""
        decomposition = benchmark_library("sklearn.decomposition")
        with warnings.catch_warnings():
            # The pursuit of a patch that few atoms span ends early, as it should.
            warnings.simplefilter("ignore", RuntimeWarning)
            codes: Values = decomposition.sparse_encode(
                patches, self.atoms, algorithm="omp", n_nonzero_coefs=min(nonzero, len(self.atoms))
            )
        return codes

    def predict(self, patches: Values, nonzero: int = NONZERO) -> Values:
        """The detail (n, d) that belongs to patches (n, p + q)."""
        return self.code(patches, nonzero)[:, : len(self.detail)] @ self.detail


def ssrcu(coarse: Image, rgb: Image, budget: Budget) -> Image:
    """Super-resolve maps with dictionaries learned from themselves one scale down.

    Args:
        coarse: Maps (h, w, B), any units.
        rgb: Photograph (s h, s w, 3) in [0, 1].
        budget: Time of the learning, and its seed.

    Returns:
        (s h, s w, B), in the maps' units; their block means are the measured ones.

    Raises:
        InputError: If the maps are too small to be learned from.
    """
    scale = rgb.shape[0] // coarse.shape[0]
    height, width = (side // scale * scale for side in coarse.shape[:2])
    least = 2 * max(scale, PATCH)
    if min(height, width) < least:
        raise InputError(
            "the element maps",
            expected=f"at least {least} x {least} px, to learn from",
            found=f"{coarse.shape[0]} x {coarse.shape[1]} px",
            advice="Leave out ssrcu, or give a larger scan.",
        )
    unit, low = span_and_low(coarse)
    scaled = ((coarse - low) / unit).astype(np.float64)
    known, small = scaled[:height, :width], block_mean(rgb, scale)[:height, :width]
    smaller = block_mean(known, scale)
    smooth = project(bicubic(smaller, scale), smaller, scale)
    patches, split = _centred(smooth, small, 1)
    norm = float(np.linalg.norm(patches, axis=1).mean()) or 1.0
    detail = _patches(known - smooth, 1).reshape(len(patches), -1)
    dictionaries = learn(patches / norm, detail / norm, split, budget)

    smooth = project(bicubic(scaled, scale), scaled, scale)
    patches, _ = _centred(smooth, rgb.astype(np.float64), STRIDE)
    found = dictionaries.predict(patches / norm) * norm
    fine = (smooth + _assembled(found, smooth.shape)) * unit + low
    return project(fine, coarse, scale).astype(np.float32)


def learn(patches: Values, detail: Values, split: int, budget: Budget) -> CoupledDictionaries:
    """Learn common atoms, then unique ones, then the detail that belongs to them.

    Args:
        patches: (n, p + q), of the enlarged maps and of the photograph.
        detail: (n, d), of the maps, what the enlargement lacks.
        split: p.
        budget: Time and seed.
    """
    begun = time.monotonic()
    budget.report(0.0, "no atoms")
    atoms = np.zeros((0, patches.shape[1]))
    rest, shared = patches, 0
    whole, maps, photograph = slice(None), slice(split), slice(split, None)
    for part, wanted, share in zip(
        (whole, maps, photograph), (COMMON, UNIQUE, UNIQUE), SHARES, strict=True
    ):
        count = min(wanted, len(patches) // 2)
        added = np.zeros((count, patches.shape[1]))
        end = begun + share * budget.seconds
        added[:, part] = _atoms(rest[:, part], count, end, budget.seed)
        atoms = np.concatenate([atoms, added])
        if part is whole:
            known = CoupledDictionaries(added, np.zeros((0, 0)))
            rest = patches - known.code(patches) @ added
        if part is not photograph:
            shared = len(atoms)
        budget.report(share, f"{len(atoms)} atoms")
    dictionaries = CoupledDictionaries(atoms, np.zeros((shared, detail.shape[1])))
    codes = dictionaries.code(patches)[:, :shared]
    ridge = RIDGE * len(codes) * float(np.mean(codes**2)) + np.finfo(float).tiny
    products = codes.T @ codes + ridge * np.eye(shared)
    coupled: Values = np.linalg.solve(products, codes.T @ detail).astype(np.float64)
    return CoupledDictionaries(atoms, coupled)


def _atoms(patches: Values, count: int, end: float, seed: int) -> Values:
    """Atoms (count, d) of unit length for patches (n, d), learned until `end` of the clock."""
    decomposition = benchmark_library("sklearn.decomposition")
    random = np.random.default_rng(seed)
    learner = decomposition.MiniBatchDictionaryLearning(
        count, alpha=PENALTY, batch_size=BATCH, fit_algorithm="cd", random_state=seed
    )
    with warnings.catch_warnings():
        # Codes of the first atoms need no more digits than they get.
        warnings.simplefilter("ignore", benchmark_library("sklearn.exceptions").ConvergenceWarning)
        for _ in range(EPOCHS):
            order = random.permutation(len(patches))
            for first in range(0, len(patches), BATCH):
                learner.partial_fit(patches[order[first : first + BATCH]])
                if time.monotonic() >= end:
                    break
            if time.monotonic() >= end:
                break
    atoms: Values = learner.components_
    return atoms / np.maximum(np.linalg.norm(atoms, axis=1, keepdims=True), 1e-12)


def _centred(maps: Values, photograph: Values, stride: int) -> tuple[Values, int]:
    """Patches of both without their means, side by side (n, p + q), and p."""
    parts = []
    for image in (maps, photograph):
        patches = _patches(image, stride)
        parts.append((patches - patches.mean(axis=2, keepdims=True)).reshape(len(patches), -1))
    return np.concatenate(parts, axis=1), parts[0].shape[1]


def _corners(length: int, stride: int) -> list[int]:
    """Where patches begin along an axis; the last one ends with the image."""
    last = length - PATCH
    return sorted({*range(0, last + 1, stride), last})


def _patches(image: Values, stride: int) -> Values:
    """Overlapping patches of an image (h, w, c): (n, c, PATCH^2)."""
    rows, columns = (_corners(length, stride) for length in image.shape[:2])
    windows = sliding_window_view(image, (PATCH, PATCH), axis=(0, 1))[np.ix_(rows, columns)]
    return windows.reshape(-1, image.shape[2], PATCH * PATCH)


def _assembled(patches: Values, shape: tuple[int, ...]) -> Values:
    """The mean of overlapping patches (n, c PATCH^2), (h, w, c); the inverse of `_patches`."""
    rows, columns = (_corners(length, STRIDE) for length in shape[:2])
    blocks = patches.reshape(len(rows), len(columns), shape[2], PATCH, PATCH)
    total, count = np.zeros(shape), np.zeros((*shape[:2], 1))
    for i in range(PATCH):
        for j in range(PATCH):
            places = np.ix_(np.add(rows, i), np.add(columns, j))
            total[places] += blocks[..., i, j]
            count[places] += 1
    return total / count

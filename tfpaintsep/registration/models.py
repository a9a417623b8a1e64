"""From pairs of points to a warp, and how far it can be believed.

Every warp runs from the result to the photograph. Residuals are lengths in the result: how far the
photograph's point comes to lie beside its partner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.registration.points import ControlPoints
from tfpaintsep.registration.warp import MatrixWarp, Points, ThinPlateWarp, Warp, smallest_jacobian

NEEDED = {"similarity": 2, "affine": 3, "projective": 4, "thin-plate": 4}
"""Pairs that determine a model; one more is needed for an error by leaving one out."""
MEANINGFUL = 6
"""Pairs from which `auto` asks the thin plate too."""
GAIN = 0.8
"""By which factor a model with more freedom must lower the leave-one-out error to be chosen."""
_CLOSE = 1.0
_FLAT = 0.02


@dataclass(frozen=True, eq=False)
class PointFit:
    """A warp through control points.

    Attributes:
        model: Name in `NEEDED`.
        warp: From the result to the photograph.
        residuals: (n,) pixels of the result; zero where the model passes through all points.
        left_out: (n,) the same, each point foretold by the others; None with too few points.
    """

    model: str
    warp: Warp
    residuals: Points
    left_out: Points | None


def fit_points(path: Path, points: ControlPoints, model: str, size: tuple[int, int]) -> PointFit:
    """Fit a model to pairs of points.

    `auto` takes a similarity for two points, an affine transform for three, a projective one for
    four; from five on whichever foretells left-out points best, the one with less freedom unless
    the other is better by a fifth.

    Args:
        path: Their file, for messages.
        points: The pairs, `fixed` in pixels of the result.
        model: `auto` or a name in `NEEDED`.
        size: Height and width of the result.

    Raises:
        InputError: There are too few points, two coincide, all lie on a line, or the warp folds
            or mirrors the photograph.
    """
    _check_points(path, points, model, size)
    count = len(points)
    if model != "auto":
        fits = [_fit(points, model)]
    elif count <= 4:
        fits = [_fit(points, {2: "similarity", 3: "affine", 4: "projective"}[count])]
    else:
        names = ["affine", "projective", *(["thin-plate"] if count >= MEANINGFUL else [])]
        fits = [_fit(points, name) for name in names]
    chosen = fits[0]
    for fit in fits[1:]:
        if _rms(fit.left_out) < GAIN * _rms(chosen.left_out):
            chosen = fit
    if smallest_jacobian(chosen.warp, size) <= 0:
        raise InputError(
            path,
            expected="pairs of points that turn, stretch and bend the photograph",
            found="pairs that fold or mirror it",
            advice="Look for points that were swapped, or for a photograph that is mirrored.",
        )
    return chosen


def _rms(values: Points | None) -> float:
    return np.inf if values is None else float(np.sqrt(np.mean(values**2)))


def _fit(points: ControlPoints, model: str) -> PointFit:
    solve, count = _SOLVERS[model], len(points)
    warp = solve(points.fixed, points.moving)
    left_out = None
    if count > NEEDED[model]:
        kept = ~np.eye(count, dtype=bool)
        errors = []
        for i in range(count):
            try:
                other = solve(points.fixed[kept[i]], points.moving[kept[i]])
            except np.linalg.LinAlgError:  # the others alone are degenerate
                errors.append(np.nan)
                continue
            errors.append(_lengths(other, points.fixed[i : i + 1], points.moving[i : i + 1])[0])
        known = np.array(errors)
        left_out = None if np.isnan(known).any() else known
    return PointFit(model, warp, _lengths(warp, points.fixed, points.moving), left_out)


def _lengths(warp: Warp, fixed: Points, moving: Points) -> Points:
    """Distances in the photograph, divided by how much the warp enlarges there."""
    right, down = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    ends = warp(np.vstack([fixed, fixed + right, fixed + down])).reshape(3, -1, 2)
    jacobian = np.stack([ends[1] - ends[0], ends[2] - ends[0]], axis=-1)
    offsets = np.linalg.solve(jacobian, (moving - ends[0])[..., None])[..., 0]
    return np.hypot(*offsets.T)


def _similarity(fixed: Points, moving: Points) -> MatrixWarp:
    x, y = fixed.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.vstack([np.stack([x, -y, one, zero], 1), np.stack([y, x, zero, one], 1)])
    a, b, c, d = np.linalg.lstsq(rows, moving.T.ravel())[0]
    return MatrixWarp(np.array([[a, -b, c], [b, a, d], [0, 0, 1.0]]))


def _affine(fixed: Points, moving: Points) -> MatrixWarp:
    rows = np.hstack([fixed, np.ones((len(fixed), 1))])
    solution = np.linalg.lstsq(rows, moving)[0]
    return MatrixWarp(np.vstack([solution.T, [0, 0, 1]]))


def _projective(fixed: Points, moving: Points) -> MatrixWarp:
    """The normalised direct linear transform, from centred and scaled points."""
    (from_fixed, u), (from_moving, v) = _normalised(fixed), _normalised(moving)
    zero, one = np.zeros((len(u), 3)), np.hstack([u, np.ones((len(u), 1))])
    rows = np.vstack(
        [np.hstack([one, zero, -v[:, :1] * one]), np.hstack([zero, one, -v[:, 1:] * one])]
    )
    values = np.linalg.svd(rows)[2][-1].reshape(3, 3)
    matrix = np.linalg.inv(from_moving) @ values @ from_fixed
    if abs(matrix[2, 2]) < 1e-12:
        raise np.linalg.LinAlgError("points at infinity")
    return MatrixWarp(matrix / matrix[2, 2])


def _normalised(points: Points) -> tuple[Points, Points]:
    centre = points.mean(axis=0)
    scale = np.sqrt(2) / np.sqrt(np.mean(np.sum((points - centre) ** 2, axis=1)))
    matrix = np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])
    return matrix, (points - centre) * scale


_SOLVERS: dict[str, Callable[[Points, Points], Warp]] = {
    "similarity": _similarity,
    "affine": _affine,
    "projective": _projective,
    "thin-plate": ThinPlateWarp,
}


def _check_points(path: Path, points: ControlPoints, model: str, size: tuple[int, int]) -> None:
    needed = NEEDED.get(model, 2)
    if len(points) < needed:
        raise InputError(
            path,
            expected=f"at least {needed} points" + ("" if model == "auto" else f" for {model}"),
            found=f"{len(points)}",
            advice="Set more points, spread over the whole picture.",
        )
    for side, places in (("radiograph or maps", points.fixed), ("photograph", points.moving)):
        gaps = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
        i, j = (
            (int(k[0]) for k in np.nonzero(np.triu(gaps < _CLOSE, 1))) if _doubled(gaps) else (0, 0)
        )
        if i != j:
            raise InputError(
                path,
                expected="points that lie apart",
                found=f"points {points.names[i]} and {points.names[j]} on one spot of the {side}",
                advice="Remove one of them.",
            )
        spread = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)
        if len(points) > 2 and spread[1] < _FLAT * spread[0]:
            raise InputError(
                path,
                expected="points that spread over the picture",
                found=f"points on one line in the {side}",
                advice="Add points beside that line, best near all four corners.",
            )
        if model == "projective" or (model == "auto" and len(points) == 4):
            _check_triples(path, points, places, side)


def _doubled(gaps: Points) -> bool:
    return bool(np.triu(gaps < _CLOSE, 1).any())


def _check_triples(path: Path, points: ControlPoints, places: Points, side: str) -> None:
    """Four points fix a projective transform only where no three of them lie on a line."""
    if len(points) != 4:
        return
    for left in range(4):
        three = np.delete(places, left, axis=0)
        spread = np.linalg.svd(three - three.mean(axis=0), compute_uv=False)
        if spread[1] < _FLAT * spread[0]:
            raise InputError(
                path,
                expected="four points of which no three lie on a line",
                found=f"three on a line in the {side}: all but {points.names[left]}",
                advice="Add a point, or choose --model affine.",
            )

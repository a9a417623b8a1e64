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
EXACT = 0.05
"""Pixels; leave-one-out errors below are rounding, and no reason to choose between models."""
_CLOSE = 1.0
_FLAT = 0.02


@dataclass(frozen=True, eq=False)
class PointFit:
    """A warp through control points.

    Attributes:
        model: Name in `NEEDED`.
        warp: From the result to the photograph.
        residuals: (n,) pixels of the result; zero where the model passes through all points.
        left_out: (n,) the same, each point foretold by the others, NaN where these determine
            nothing; None with too few points.
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
        InputError: There are too few points, two coincide, they lie on a line (for a projective
            transform: all but one), or the warp folds or mirrors the photograph.
    """
    _check_points(path, points, model, size)
    count = len(points)
    if model != "auto":
        names = [model]
    elif count <= 4:
        names = [{2: "similarity", 3: "affine", 4: "projective"}[count]]
    else:
        names = ["affine", "projective", *(["thin-plate"] if count >= MEANINGFUL else [])]
    chosen = _fit(points, names[0])
    for name in names[1:]:
        fit = _fit(points, name)
        if fit and chosen and _foretold(fit) < GAIN * _foretold(chosen):
            chosen = fit
    if chosen is None:
        raise InputError(
            path,
            expected=f"points that determine the model {names[0]}",
            found="points that leave it open",
            advice="Add points, best near all four corners, or choose a model with less freedom.",
        )
    if smallest_jacobian(chosen.warp, size) <= 0:
        raise InputError(
            path,
            expected="pairs of points that turn, stretch and bend the photograph",
            found="pairs that fold or mirror it",
            advice="Look for points that were swapped, or for a photograph that is mirrored.",
        )
    return chosen


def _foretold(fit: PointFit) -> float:
    """Root mean square of the leave-one-out errors; infinite where one of them is unknown."""
    if fit.left_out is None or np.isnan(fit.left_out).any():
        return np.inf
    return max(EXACT, float(np.sqrt(np.mean(fit.left_out**2))))


def _fit(points: ControlPoints, model: str) -> PointFit | None:
    """The fit and its errors; None where the points leave the model open."""
    everywhere = np.ones(len(points), dtype=bool)
    solved = _solved(points, model, everywhere, everywhere)
    if solved is None:
        return None
    warp, residuals = solved
    left_out = None
    if len(points) > NEEDED[model]:
        ones = [_solved(points, model, ~one, one) for one in np.eye(len(points), dtype=bool)]
        left_out = np.array([np.nan if one is None else one[1][0] for one in ones])
    return PointFit(model, warp, residuals, left_out)


def _solved(
    points: ControlPoints, model: str, used: np.ndarray, asked: np.ndarray
) -> tuple[Warp, Points] | None:
    """A warp through the points that are used, and how far it is off at those that are asked."""
    fixed, moving = points.fixed[used], points.moving[used]
    if not (_determines(model, fixed) and _determines(model, moving)):
        return None
    try:
        warp = _SOLVERS[model](fixed, moving)
        lengths = _lengths(warp, points.fixed[asked], points.moving[asked])
    except np.linalg.LinAlgError:
        return None
    return (warp, lengths) if np.isfinite(lengths).all() else None


def _determines(model: str, places: Points) -> bool:
    """Whether points spread enough, on their side, for a model."""
    if model == "similarity":
        return True  # no two coincide
    if model == "projective":  # no three of four on a line; of more, not all but one
        return not any(_on_a_line(np.delete(places, i, axis=0)) for i in range(len(places)))
    return not _on_a_line(places)


def _on_a_line(places: Points) -> bool:
    spread = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)
    return bool(spread[1] < _FLAT * spread[0])


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
        for i, j in np.argwhere(np.triu(gaps < _CLOSE, 1)):
            raise InputError(
                path,
                expected="points that lie apart",
                found=f"points {points.names[i]} and {points.names[j]} on one spot of the {side}",
                advice="Remove one of them.",
            )
        if len(points) > 2 and _on_a_line(places):
            raise InputError(
                path,
                expected="points that spread over the picture",
                found=f"points on one line in the {side}",
                advice="Add points beside that line, best near all four corners.",
            )
        if model == "projective" or (model == "auto" and len(points) == 4):
            _check_off_line(path, points, places, side)


def _check_off_line(path: Path, points: ControlPoints, places: Points, side: str) -> None:
    """Points fix a projective transform only where at least two lie beside any line."""
    for left in range(len(points)):
        if _on_a_line(np.delete(places, left, axis=0)):
            raise InputError(
                path,
                expected="at least two points beside any line, for a projective transform",
                found=f"{len(points) - 1} points on a line in the {side}: all but "
                f"{points.names[left]}",
                advice="Add a point beside that line, or choose --model affine.",
            )

"""Registration without control points, and the evidence that it is more than chance."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.blocks import block_means
from tfpaintsep.registration.evidence import Evidence
from tfpaintsep.registration.resampling import resample
from tfpaintsep.registration.search import Search, search
from tfpaintsep.registration.spline import SplineWarp
from tfpaintsep.registration.structure import band_pass, planes_of
from tfpaintsep.registration.warp import MatrixWarp, Points, Warp, smallest_jacobian

FINEST = 640
"""Longest side on which the last pixels are looked for; larger pictures are averaged down."""
SPOT = 1.5
"""Working pixels within which ends are one spot, mean over corners and middle."""
DRIFT = 6.0
"""Working pixels that mutual information may move the corners away from where it began."""
SMALLEST = 40
"""Pixels; a smaller radiograph or map has too little structure."""
LEAST_AREA = 0.5
"""A B-spline may not press any part of the picture below this share of its area."""
_MARGIN = 16
_MESH = 120  # working pixels of a B-spline's mesh, about
_STARTS = (
    (0, 0, 0, 1),
    (1.5, 0, 0.2, 1),
    (-1.5, 0, -0.2, 1),
    (0, 1.5, 0, 1.004),
    (0, -1.5, 0, 0.996),
)
_DISPLACED = (0.04, 0.07, 0.10)
_POINTS_OF_CONTROL = "Set control points and give them with --points."


@dataclass(frozen=True, eq=False)
class Automatic:
    """A registration without control points.

    Attributes:
        model: `similarity`, `affine` or `spline`.
        warp: From the result to the photograph.
        evidence: Why it is believed.
        transform: SimpleITK's transform, from pixels of the result to pixels of the photograph.
    """

    model: str
    warp: Warp
    evidence: Evidence
    transform: Any

    def facts(self) -> dict[str, Any]:
        """The evidence, for a record."""
        return {**asdict(self.evidence), "doubts": self.evidence.doubts()}


def check_installed() -> None:
    """Refuse to begin without SimpleITK.

    Raises:
        InputError: It is not installed.
    """
    from importlib.util import find_spec

    if find_spec("SimpleITK") is None:
        raise InputError(
            "register without --points",
            expected="SimpleITK, which finds the registration",
            found="that it is not installed",
            advice='Install it with pip install "tfpaintsep[register]", or set control points and '
            "give them with --points.",
        )


def register(
    fixed: np.ndarray,
    photograph: np.ndarray,
    *,
    scale: float,
    is_tagged: bool,
    pixel: int = 1,
    model: str = "affine",
) -> Automatic:
    """Bring a photograph over a radiograph or maps.

    Args:
        fixed: (h, w, c) radiograph, c = 1, or maps, in any units.
        photograph: (H, W, 3) in [0, 1].
        scale: Pixels of the photograph along one of `fixed`, about.
        is_tagged: Whether that comes from resolution tags, which leave little to look for.
        pixel: Pixels of the result along one of `fixed`.
        model: `similarity`, `affine` or `spline`.

    Returns:
        The registration; nothing says that its evidence suffices.

    Raises:
        InputError: The radiograph or maps are too small, SimpleITK is missing, or the B-spline
            folds.
    """
    check_installed()
    if min(fixed.shape[:2]) < SMALLEST:
        raise InputError(
            "register without --points",
            expected=f"a radiograph or maps of at least {SMALLEST} x {SMALLEST} px",
            found=f"{fixed.shape[0]} x {fixed.shape[1]} px",
            advice=_POINTS_OF_CONTROL,
        )
    found = search(fixed, photograph, scale, is_tagged=is_tagged, finest=FINEST)
    return _refined(fixed, photograph, found, pixel, model)


def _refined(
    fixed: np.ndarray, photograph: np.ndarray, found: Search, pixel: int, model: str
) -> Automatic:
    from tfpaintsep.registration import mutual_information as mi

    step = -(-max(fixed.shape[:2]) // FINEST)
    grid = mi.Grid(step * pixel, (step * pixel - 1) / 2)
    planes = planes_of(band_pass(block_means(fixed, step)))
    begun = _in_result(found.best.warp(fixed.shape[:2]), pixel)
    compared = _compare(planes, photograph, begun, grid)
    ends, values = [], []
    for x, y, degrees, factor in _STARTS:
        transform = mi.similarity(compared.centre)
        transform.SetTranslation((x * grid.spacing, y * grid.spacing))
        transform.SetAngle(np.deg2rad(degrees))
        transform.SetScale(factor)
        values.append(compared.maximise(transform))
        ends.append(transform)
    corners = _corners(compared)
    places = np.array([MatrixWarp(mi.matrix_of(end))(corners) for end in ends])
    gaps = np.hypot(*np.moveaxis(places[:, None] - places[None], -1, 0)).mean(axis=-1)
    near = gaps < SPOT * grid.spacing
    # the spot on which most end; of these the highest
    best = max(range(len(ends)), key=lambda i: (int(near[i].sum()), values[i]))
    agreeing = int(near[best].sum())
    transform = mi.affine_from(ends[best])
    value = values[best]
    if model != "similarity":
        value = compared.maximise(transform)
    matrix = mi.matrix_of(transform)
    away = [compared.value(mi.moved(transform, *shift)) for shift in _displacements(compared, grid)]
    drift = float(np.hypot(*(MatrixWarp(matrix)(corners) - corners).T).mean())
    evidence = Evidence(
        clarity=found.clarity,
        mutual_information=value,
        displaced=float(np.mean(away)),
        stands_out=(value - float(np.mean(away))) / max(float(np.std(away)), 1e-12),
        agreeing=agreeing,
        drift=drift,
        drift_allowed=DRIFT * grid.spacing,
    )
    warp = MatrixWarp(begun.matrix @ matrix)
    if model != "spline" or evidence.doubts():
        return Automatic(model, warp, evidence, mi.affine(warp.matrix))
    return _bent(planes, photograph, warp, grid, evidence, pixel * np.array(fixed.shape[:2]))


def _bent(
    planes: np.ndarray,
    photograph: np.ndarray,
    straight: MatrixWarp,
    grid: Any,
    evidence: Evidence,
    size: np.ndarray,
) -> Automatic:
    """A B-spline on top of an affine transform."""
    from tfpaintsep.registration import mutual_information as mi

    compared = _compare(planes, photograph, straight, grid)
    meshes = int(np.clip(round(min(compared.size) / _MESH), 2, 6))
    bent = compared.bend(meshes)
    warp = SplineWarp(straight, bent, grid, compared.size)
    least = smallest_jacobian(warp, (int(size[0]), int(size[1])))
    if least < LEAST_AREA:
        raise InputError(
            "--model spline",
            expected="a B-spline that bends the photograph gently",
            found="one that folds it"
            if least <= 0
            else f"one that presses a part of it to {least:.0%} of its area",
            advice="Leave --model out, or set control points and give them with --points.",
        )
    return Automatic("spline", warp, evidence, mi.composed(straight.matrix, bent))


def _compare(planes: np.ndarray, photograph: np.ndarray, warp: Warp, grid: Any) -> Any:
    """The photograph's structure brought onto the working grid by what is known so far."""
    from tfpaintsep.registration.mutual_information import Comparison

    matrix = np.eye(3)
    matrix[[0, 1], [0, 1]] = grid.spacing
    matrix[:2, 2] = grid.extended(_MARGIN).origin
    size = (planes.shape[0] + 2 * _MARGIN, planes.shape[1] + 2 * _MARGIN)
    guide = resample(photograph, _After(MatrixWarp(matrix), warp), size)
    return Comparison(planes, planes_of(band_pass(guide.values)), grid, _MARGIN)


@dataclass(frozen=True, eq=False)
class _After:
    """One warp, then another."""

    first: Warp
    second: Warp

    def __call__(self, points: Points) -> Points:
        return self.second(self.first(points))

    def as_dict(self) -> dict[str, Any]:
        return {"kind": "sequence", "warps": [self.first.as_dict(), self.second.as_dict()]}


def _in_result(warp: MatrixWarp, pixel: int) -> MatrixWarp:
    """A warp from the fixed picture's pixels, from those of the result, `pixel` times as many."""
    matrix = np.diag([1 / pixel, 1 / pixel, 1.0])
    matrix[:2, 2] = 0.5 / pixel - 0.5
    return MatrixWarp(warp.matrix @ matrix)


def _corners(compared: Any) -> Points:
    half = compared.spacing * (np.array(compared.size[::-1]) - 1) / 2
    signs = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1], [0, 0]])
    return np.asarray(compared.centre + signs * half, np.float64)


def _displacements(compared: Any, grid: Any) -> list[tuple[float, float]]:
    side = min(compared.size) * grid.spacing
    return [
        (share * side * np.cos(angle), share * side * np.sin(angle))
        for ring, share in enumerate(_DISPLACED)
        for angle in 2 * np.pi * (np.arange(12) + ring / 3) / 12
    ]

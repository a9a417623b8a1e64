"""The last pixels: mutual information of the two pictures' structure, by SimpleITK.

Reference:
    D. Mattes, D. R. Haynor, H. Vesselle, T. K. Lewellen and W. Eubank, "PET-CT image registration
    in the chest using free-form deformations", IEEE Transactions on Medical Imaging 22, 2003.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk  # noqa: N813  (as its own documentation calls it)

from tfpaintsep.registration.structure import flattened
from tfpaintsep.registration.warp import Points

BINS = 12
SIGMAS = (1.0, 0.5)
"""Gaussian widths from coarse to fine, in pixels of the working grid."""
_NEAR = 3
_STEPS = 100


@dataclass(frozen=True)
class Grid:
    """Where the pixels of a working picture lie among those of the result.

    Attributes:
        spacing: Pixels of the result along one of the working picture.
        origin: Place of the centre of the first one, pixels of the result, in x and in y.
    """

    spacing: float
    origin: float

    def extended(self, margin: int) -> "Grid":
        """With so many working pixels more on every side."""
        return Grid(self.spacing, self.origin - margin * self.spacing)

    def points(self, size: tuple[int, ...]) -> Points:
        """The pixels' places, (h w, 2) of x and y."""
        ys, xs = (self.origin + self.spacing * np.arange(side) for side in size[:2])
        return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)


class Comparison:
    """Two pictures' structure on one grid, nearly in register, and their mutual information.

    Of several planes on either side, the two combinations are compared that correlate most within
    a few pixels of where they lie.

    Args:
        fixed: (h, w, k) structure of the radiograph or the maps.
        guide: (h + 2 margin, w + 2 margin, c) structure of the photograph.
        grid: Where the pixels of `fixed` lie.
        margin: By how many pixels the photograph reaches farther on each side.
    """

    def __init__(self, fixed: np.ndarray, guide: np.ndarray, grid: Grid, margin: int) -> None:
        fixed, guide = flattened(fixed), flattened(guide)
        inner = guide[margin : -margin or None, margin : -margin or None]
        left, right = _most_correlated(fixed, inner)
        self.size = fixed.shape[:2]
        self._fixed = _image(fixed @ left, grid)
        self._moving = _image(guide @ right, grid.extended(margin))
        middle = grid.origin + grid.spacing * (np.array(self.size[::-1]) - 1) / 2
        self.centre = tuple(float(value) for value in middle)
        self.spacing = grid.spacing

    def maximise(self, transform: Any, sigmas: tuple[float, ...] = SIGMAS) -> float:
        """Change a transform until mutual information is highest; return that, in nats."""
        self._climb(transform, 0.5, 0.002, _STEPS, sigmas)
        return self.value(transform)

    def bend(self, meshes: int, sigmas: tuple[float, ...] = SIGMAS) -> Any:
        """The B-spline, with so many meshes along a side, at which the information is highest."""
        spline = sitk.BSplineTransformInitializer(self._fixed, [meshes, meshes], order=3)
        self._climb(spline, 0.15, 0.01, BENDS, sigmas)
        return spline

    def value(self, transform: Any) -> float:
        """Mutual information at a transform, nats, at the finest width of structure."""
        method = self._method()
        method.SetInitialTransform(transform)
        smooth = [
            sitk.SmoothingRecursiveGaussian(image, SIGMAS[-1] * self.spacing)
            for image in (self._fixed, self._moving)
        ]
        try:
            return -float(method.MetricEvaluate(*smooth))
        except RuntimeError:  # no overlap
            return 0.0

    def _climb(
        self, transform: Any, first: float, last: float, steps: int, sigmas: tuple[float, ...]
    ) -> None:
        """Change a transform in steps, `first` to `last` working pixels, at most so many."""
        method = self._method()
        method.SetOptimizerAsRegularStepGradientDescent(
            first * self.spacing, last * self.spacing, steps, relaxationFactor=0.7
        )
        method.SetOptimizerScalesFromPhysicalShift()
        method.SetShrinkFactorsPerLevel([1] * len(sigmas))
        method.SetSmoothingSigmasPerLevel([sigma * self.spacing for sigma in sigmas])
        method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
        method.SetInitialTransform(transform, inPlace=True)
        method.Execute(self._fixed, self._moving)

    @staticmethod
    def _method() -> Any:
        method = sitk.ImageRegistrationMethod()
        method.SetMetricAsMattesMutualInformation(BINS)
        method.SetMetricSamplingStrategy(method.NONE)  # all pixels: no chance in it
        method.SetInterpolator(sitk.sitkLinear)
        method.SetNumberOfThreads(1)  # sums in one order: the same result every time
        return method


BENDS = 7
"""Steps of at most 0.15 working pixels that a B-spline may take at each width: at the edges, where
little holds it, more of them follow chance."""


def similarity(centre: tuple[float, ...]) -> Any:
    """An identity that may turn, scale and move."""
    return sitk.Similarity2DTransform(1.0, 0.0, (0.0, 0.0), centre)


def affine_from(transform: Any) -> Any:
    """The same transform with an affine one's freedom."""
    result = sitk.AffineTransform(2)
    result.SetCenter(transform.GetCenter())
    result.SetMatrix(transform.GetMatrix())
    result.SetTranslation(transform.GetTranslation())
    return result


def moved(transform: Any, x: float, y: float) -> Any:
    """A copy, displaced by so many pixels of the result."""
    result = affine_from(transform)
    across, down = transform.GetTranslation()
    result.SetTranslation((across + x, down + y))
    return result


def matrix_of(transform: Any) -> Points:
    """The (3, 3) matrix of an affine transform of (x, y, 1)."""
    turned = np.array(transform.GetMatrix()).reshape(2, 2)
    centre = np.array(transform.GetCenter())
    matrix = np.eye(3)
    matrix[:2, :2] = turned
    matrix[:2, 2] = np.array(transform.GetTranslation()) + centre - turned @ centre
    return matrix


def affine(matrix: Points) -> Any:
    """SimpleITK's form of a (3, 3) matrix of (x, y, 1)."""
    result = sitk.AffineTransform(2)
    result.SetMatrix(matrix[:2, :2].ravel().tolist())
    result.SetTranslation(matrix[:2, 2].tolist())
    return result


def composed(outer: Points, inner: Any) -> Any:
    """First `inner`, then a matrix."""
    return sitk.CompositeTransform([affine(outer), inner])


def images_of(transform: Any, points: Points) -> Points:
    """Where a transform takes points (n, 2)."""
    return np.array([transform.TransformPoint(point) for point in points.tolist()])


def write_transform(transform: Any, path: str) -> None:
    """Write a `.tfm` file."""
    sitk.WriteTransform(transform, path)


def version() -> str:
    """SimpleITK's."""
    return str(sitk.Version_VersionString())


def _image(values: np.ndarray, grid: Grid) -> Any:
    image = sitk.GetImageFromArray(np.ascontiguousarray(values, np.float32))
    image.SetSpacing((grid.spacing, grid.spacing))
    image.SetOrigin((grid.origin, grid.origin))
    return image


def _most_correlated(fixed: np.ndarray, guide: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the planes on either side: the first pair of canonical correlations."""
    best = np.zeros((fixed.shape[2], guide.shape[2]))
    near = slice(_NEAR, -_NEAR)
    middle = fixed[near, near].reshape(-1, fixed.shape[2])
    for down in range(2 * _NEAR + 1):
        for right in range(2 * _NEAR + 1):
            height, width = (side - 2 * _NEAR for side in fixed.shape[:2])
            part = guide[down : down + height, right : right + width]
            shared = middle.T @ part.reshape(-1, guide.shape[2]) / len(middle)
            if np.linalg.norm(shared) > np.linalg.norm(best):
                best = shared
    left, _, right_hand = np.linalg.svd(best)
    return left[:, 0].astype(np.float32), right_hand[0].astype(np.float32)

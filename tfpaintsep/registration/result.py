"""One registration, from the pictures to the photograph on its new grid, and in words."""

import math
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images import Resolution
from tfpaintsep.registration.automatic import Automatic, register
from tfpaintsep.registration.first_scale import FirstScale, first_scale
from tfpaintsep.registration.models import PointFit, fit_points
from tfpaintsep.registration.named_size import NamedSize
from tfpaintsep.registration.outside import check_covered
from tfpaintsep.registration.photograph import Original
from tfpaintsep.registration.points import ControlPoints, read_points
from tfpaintsep.registration.resampling import Resampled, resample, scale_of
from tfpaintsep.registration.warp import MatrixWarp, Warp

_CONVENTION = (
    "from pixels of rgb.tif (x to the right, y down, 0 at the centre of the upper left pixel) to "
    "pixels of the photograph"
)


@dataclass(frozen=True, eq=False)
class Target:
    """What the photograph is to fit.

    Attributes:
        values: (h, w, c) radiograph or maps.
        resolution: Their sampling.
        path: Their file.
        pixel: Pixels of the result along one of theirs.
    """

    values: np.ndarray
    resolution: Resolution | None
    path: Path
    pixel: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the result."""
        return self.pixel * self.values.shape[0], self.pixel * self.values.shape[1]

    @property
    def fine_resolution(self) -> Resolution | None:
        """Sampling of the result."""
        if self.resolution is None:
            return None
        x, y = (self.pixel * value for value in (self.resolution.x, self.resolution.y))
        return replace(self.resolution, x=x, y=y)


@dataclass(frozen=True, eq=False)
class Registration:
    """A photograph on its new grid, and how it came there.

    Attributes:
        model: Kind of warp.
        warp: From the result to the photograph.
        resampled: The photograph on the new grid.
        pixel_mm: Side of a pixel of the result; None where unknown.
        magnification: Pixels of the photograph along one of the result.
        points: The control points, `fixed` in pixels of the result; None without.
        fit: How they fit.
        automatic: What was found without them.
        software: Versions of further libraries.
        notes: Remarks on the files.
    """

    model: str
    warp: Warp
    resampled: Resampled
    pixel_mm: float | None
    magnification: float
    points: ControlPoints | None = None
    fit: PointFit | None = None
    automatic: Automatic | None = None
    software: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For a file that a person can read."""
        height, width = self.resampled.values.shape[:2]
        facts: dict[str, Any] = {
            "model": self.model,
            "size": [height, width],
            "pixel_mm": self.pixel_mm,
            "direction": _CONVENTION,
            "transform": self.warp.as_dict(),
            "photograph_pixels_along_one": self.magnification,
            "outside_percent": 100 * self.resampled.outside,
        }
        if self.points is not None and self.fit is not None:
            facts["points"] = {
                "from": self.points.kind,
                "residual_rms_px": _rms(self.fit.residuals),
                "left_out_rms_px": _rms(self.fit.left_out),
                "pairs": self._pairs(self.points, self.fit),
            }
        if self.automatic is not None:
            facts["evidence"] = self.automatic.facts()
        if self.notes:
            facts["notes"] = list(self.notes)
        return facts

    def in_words(self) -> list[str]:
        """What the user must know, a line each."""
        lines = []
        if self.points is not None and self.fit is not None:
            for pair in self._pairs(self.points, self.fit):
                left_out = pair["left_out_px"]
                foretold = "" if left_out is None else f", {self._far(left_out)} left out"
                if left_out is None and self.fit.left_out is not None:
                    foretold = ", no error left out: the others leave the model open"
                lines.append(
                    f"Point {pair['name']}: off by {self._far(pair['residual_px'])}{foretold}"
                )
            if self.fit.left_out is None:
                lines.append(
                    f"The {self.model} transform passes through {len(self.points)} points by "
                    "itself: their residuals prove nothing. Set one more point at least."
                )
            elif (error := _rms(self.fit.left_out)) is None:
                lines.append(f"{self.model}: without any one point the others leave it open.")
            else:
                known = int(np.isfinite(self.fit.left_out).sum())
                of = "" if known == len(self.points) else f" of {known} points"
                lines.append(
                    f"{self.model}: a point that the others foretell is off by "
                    f"{self._far(error)} (root mean square{of})"
                )
        if self.automatic is not None:
            evidence = self.automatic.evidence
            lines.append(
                f"{self.model}: the structures fit {evidence.clarity:.1f} times as well as by "
                f"chance; {evidence.agreeing} of 5 starts agree; mutual information stands "
                f"{evidence.stands_out:.1f} standard deviations above displaced positions"
            )
        lines += [f"Note: {note}." for note in self.notes]
        if self.magnification < 0.9:
            lines.append(
                f"Note: the photograph is coarser than the result, {self.magnification:.2f} of its "
                "pixels along one: it was enlarged."
            )
        if self.resampled.outside:
            lines.append(
                f"Note: {self.resampled.outside:.2%} of the result lie outside the photograph and "
                "are black."
            )
        return lines

    def write_transform(self, path: Path) -> None:
        """Write SimpleITK's form of the transform, where it has one and is installed."""
        if find_spec("SimpleITK") is None:
            return
        from tfpaintsep.registration import mutual_information as mi

        if self.automatic is not None:
            mi.write_transform(self.automatic.transform, str(path))
        elif isinstance(self.warp, MatrixWarp) and not self.warp.matrix[2, :2].any():
            mi.write_transform(mi.affine(self.warp.matrix), str(path))

    def _far(self, pixels: float) -> str:
        return f"{pixels:.2f} px" + (
            "" if self.pixel_mm is None else f" ({round(pixels, 2) * self.pixel_mm:.2g} mm)"
        )

    def _pairs(self, points: ControlPoints, fit: PointFit) -> list[dict[str, Any]]:
        def mm(pixels: float | None) -> float | None:
            return None if pixels is None or self.pixel_mm is None else pixels * self.pixel_mm

        pairs = []
        for i, name in enumerate(points.names):
            residual = float(fit.residuals[i])
            left_out = None if fit.left_out is None else _known(fit.left_out[i])
            pairs.append(
                {
                    "name": name,
                    "xy": points.fixed[i].tolist(),
                    "photograph_xy": points.moving[i].tolist(),
                    "residual_px": residual,
                    "residual_mm": mm(residual),
                    "left_out_px": left_out,
                    "left_out_mm": mm(left_out),
                }
            )
        return pairs


def register_photograph(
    target: Target,
    original: Original,
    rgb: Path,
    points: Path | None,
    model: str,
    max_outside: float,
) -> Registration:
    """Bring a photograph onto a grid.

    Args:
        target: What it is to fit.
        original: The photograph.
        rgb: Its file.
        points: A file of control points; None to do without.
        model: As the command's option.
        max_outside: Percent of the result that may lie outside the photograph.

    Raises:
        InputError: The points will not do, chance would do as well, or the photograph does not
            show enough.
    """
    values = original.photograph.values
    pairs: ControlPoints | None = None
    fit: PointFit | None = None
    automatic: Automatic | None = None
    software: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    if points is not None:
        fixed = NamedSize(target.path, (target.values.shape[0], target.values.shape[1]))
        read = read_points(points, fixed, NamedSize(rgb, values.shape[:2]))
        # from the maps' pixels to the finer ones of the result, corner on corner
        pairs = replace(read, fixed=(read.fixed + 0.5) * target.pixel - 0.5)
        fit = fit_points(points, pairs, model, target.size)
        chosen, warp = fit.model, fit.warp
    else:
        scale = first_scale(
            target.values.shape,
            target.resolution,
            values.shape,
            original.photograph.resolution,
        )
        notes = (scale.remark,) if scale.remark else ()
        automatic = _without_points(target, original, rgb, model, scale)
        from tfpaintsep.registration.mutual_information import version

        software = {"SimpleITK": version()}
        chosen, warp = automatic.model, automatic.warp
    resampled = resample(values, warp, target.size)
    check_covered(resampled.inside, max_outside, rgb, target.path, target.pixel)
    size = target.fine_resolution.pixel_size_mm if target.fine_resolution else None
    return Registration(
        chosen,
        warp,
        resampled,
        None if size is None else math.sqrt(size[0] * size[1]),
        scale_of(warp, target.size),
        pairs,
        fit,
        automatic,
        software,
        notes,
    )


def _without_points(
    target: Target, original: Original, rgb: Path, model: str, scale: FirstScale
) -> Automatic:
    found = register(
        target.values,
        original.photograph.values,
        scale=scale.value,
        is_tagged=scale.is_tagged,
        pixel=target.pixel,
        model="affine" if model == "auto" else model,
    )
    if doubts := found.evidence.doubts():
        raise InputError(
            f"{target.path} and {rgb}",
            expected="two pictures of one painting whose structures show how they lie",
            found=f"no registration better than chance: {'; '.join(doubts)}"
            + (f" ({scale.remark})" if scale.remark else ""),
            advice="Set control points and give them with --points. Turn the photograph upright "
            "first if it is turned by more than 6 degrees, unmirror it, crop both to about the "
            "same area, and correct or remove resolution tags that are wrong.",
        )
    return found


def _rms(values: np.ndarray | None) -> float | None:
    """Of those that are known; None without any."""
    if values is None or np.isnan(values).all():
        return None
    return float(np.sqrt(np.nanmean(values**2)))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

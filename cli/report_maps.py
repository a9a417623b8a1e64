"""The page and the contact sheet of a super-resolution, for `report` and `train-sr`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .evaluate_maps import BASELINE, RESULT, read_known_maps
from .measured import read_measured

if TYPE_CHECKING:
    from tfpaintsep.evaluation.stack_metrics import ConsistencyError
    from tfpaintsep.images import ElementStack

_NOTICEABLE = 0.7
"""Displacement worth a remark, in pixels of the photograph."""

_UNRELATED = 0.375
"""Displacement in pixels beyond which another cause is likelier, over scale^(3/2): less than half
of what the photograph suggests is there, one scale down."""


class ReportedMaps(NamedTuple):
    """What was written, and what the page says.

    Attributes:
        files: The page and the contact sheet.
        agreement: How far the maps are from the measured ones when they are brought down again.
        remarks: What a user must know of the result before it is used.
    """

    files: list[Path]
    agreement: "ConsistencyError"
    remarks: list[str]


def report_maps(run: Path, notes: tuple[str, ...] = ()) -> ReportedMaps:
    """Write the report page and contact sheet of a finished run of `train-sr` or `upscale`.

    Returns:
        The files, and what the page says of the result.

    Raises:
        InputError: If the run's inputs are gone or changed.
    """
    import json

    from tfpaintsep.evaluation.stack_metrics import consistency_error
    from tfpaintsep.images import read_element_maps, read_photograph
    from tfpaintsep.report import ElementPictures, element_contact_sheet, write_element_report
    from tfpaintsep.runs.disagreement import read_disagreement
    from tfpaintsep.runs.disagreement_words import SEEDS_OF_MAPS
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import find_input
    from tfpaintsep.training.history import read_history

    folder = RunFolder(run)
    provenance = folder.read_provenance()
    facts = provenance["inputs"]["xrf"]
    photograph = read_photograph(find_input(provenance["inputs"]["rgb"]))
    maps = read_element_maps(folder.picture("maps"), allow_constant=True)
    measured = read_measured(facts, maps.names)
    scores, truth = None, None
    if (folder.evaluation / "scores.json").is_file():
        evaluation = json.loads((folder.evaluation / "scores.json").read_text())
        scores = evaluation["scores"]
        if Path(evaluation["reference"]).is_dir():
            truth = read_known_maps(Path(evaluation["reference"]), maps.names, maps.size)
    pixel = maps.resolution.pixel_size_mm if maps.resolution else None
    pictures = ElementPictures(
        photograph=photograph.values,
        coarse=measured.values,
        maps=maps.values,
        names=maps.names,
        scale=facts["scale"],
        truth=truth,
        unit=maps.unit,
        pixel_size_mm=pixel[0] if pixel else None,
        operator=facts["operator"],
        disagreement=read_disagreement(run).get(SEEDS_OF_MAPS),
        noise_taken_out=provenance.get("noise_taken_out"),
    )
    geometry = facts["scale"], facts["operator"]
    agreement = consistency_error(maps.values, measured.values, *geometry)
    of_each = {
        name: consistency_error(maps.values[..., [i]], measured.values[..., [i]], *geometry)
        for i, name in enumerate(maps.names)
    }
    result = scores[RESULT] if scores else None
    remarks = [*_registration(provenance), *_below_zero(maps, measured)]
    sheet = run / "contact_sheet.png"
    element_contact_sheet(pictures, sheet, scores=result)
    name = Path(facts["file"]).stem
    write_element_report(
        folder.report,
        title=run.resolve().name if name in ("maps", "xrf") else name,
        pictures=pictures,
        history=read_history(folder.history),
        scores=result,
        baseline=scores.get(BASELINE) if scores else None,
        consistency={"rms": agreement.rms, "largest": agreement.largest},
        largest_by_element={name: own.largest for name, own in of_each.items()},
        provenance=provenance,
        findings=provenance.get("findings", []),
        notes=(*notes, *remarks),
    )
    return ReportedMaps([folder.report, sheet], agreement, remarks)


def _registration(provenance: dict[str, Any]) -> list[str]:
    """What a run has measured about photograph and maps, where it says that they do not fit."""
    displacement = provenance.get("photograph_displacement_px", 0.0)
    if displacement < _NOTICEABLE:
        return []
    if displacement > _UNRELATED * provenance["inputs"]["xrf"]["scale"] ** 1.5:
        return [
            "The photograph says little about most of these maps, even one scale coarser: their "
            "finer detail is no more than the edges of the coarse maps, drawn sharper."
        ]
    trust = provenance.get("trust")
    relied = (
        f"It was relied on accordingly, at most {max(trust.values()):.0%} for any element. "
        if trust
        else ""
    )
    return [
        f"The photograph says less about finer detail than about coarser detail, as if it lay "
        f"roughly {displacement:.0f} px off the maps. {relied}Register it better, if that can be, "
        "and the maps will gain more from it."
    ]


def _below_zero(maps: "ElementStack", measured: "ElementStack") -> list[str]:
    """A remark on negative counts that were not measured."""
    shares = np.mean(maps.values < 0, axis=(0, 1))
    never = measured.values.min(axis=(0, 1)) >= 0
    found = [
        f"{name} {share:.1%}"
        for name, share, unmeasured in zip(maps.names, shares, never, strict=True)
        if unmeasured and share > 0.0005
    ]
    if not found:
        return []
    return [
        f"Parts of the computed maps lie below zero, though nothing measured does: "
        f"{', '.join(found)}. They are not clipped, which would break the agreement with the "
        f"measurement; mind them in ratios and logarithms."
    ]

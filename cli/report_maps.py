"""The page and the contact sheet of a super-resolution, for `report` and `train-sr`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def report_maps(run: Path, notes: tuple[str, ...] = ()) -> tuple[list[Path], "ConsistencyError"]:
    """Write the report page and contact sheet of a finished run of `train-sr` or `upscale`.

    Returns:
        The files written, and how far the maps are from agreeing with the measured ones, as the
        page says it.

    Raises:
        InputError: If the run's inputs are gone or changed.
    """
    import json

    from tfpaintsep.evaluation.stack_metrics import consistency_error
    from tfpaintsep.images import read_element_maps, read_photograph
    from tfpaintsep.report import ElementPictures, element_contact_sheet, write_element_report
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import find_input
    from tfpaintsep.training.history import read_history

    folder = RunFolder(run)
    provenance = folder.read_provenance()
    facts = provenance["inputs"]["xrf"]
    measured = read_measured(facts)
    photograph = read_photograph(find_input(provenance["inputs"]["rgb"]))
    maps = read_element_maps(folder.picture("maps"), allow_constant=True)
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
    )
    agreement = consistency_error(maps.values, measured.values, facts["scale"], facts["operator"])
    result = scores[RESULT] if scores else None
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
        provenance=provenance,
        findings=[
            *provenance.get("findings", []),
            *registration_remarks(provenance),
            *_below_zero(maps, measured),
        ],
        notes=notes,
    )
    return [folder.report, sheet], agreement


def registration_remarks(provenance: dict[str, Any]) -> list[str]:
    """What a run has measured about photograph and maps, where it says that they do not fit."""
    displacement = provenance.get("photograph_displacement_px", 0.0)
    if displacement < _NOTICEABLE:
        return []
    if displacement > _UNRELATED * provenance["inputs"]["xrf"]["scale"] ** 1.5:
        return [
            "the photograph says little about most of these maps, even one scale coarser: their "
            "finer detail is no more than the edges of the coarse maps, drawn sharper"
        ]
    return [
        f"the photograph says less about the finest detail than about coarser detail, as if it "
        f"lay about {displacement:.1f} px off the maps: register it better, if that can be, and "
        f"the maps will gain more from it"
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
        f"parts of the computed maps lie below zero, though nothing measured does: "
        f"{', '.join(found)}; they are not clipped, which would break the agreement with the "
        f"measurement"
    ]

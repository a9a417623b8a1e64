"""The report of a separation."""

from pathlib import Path
from typing import NamedTuple

import numpy as np


class ReportedLayers(NamedTuple):
    """What was written, and what the page says.

    Attributes:
        files: The page and the contact sheet.
        remark: What the layers' correlation says of them.
    """

    files: list[Path]
    remark: str


def report_layers(run: Path, notes: tuple[str, ...] = ()) -> ReportedLayers:
    """Write the report page and contact sheet of a finished separation.

    Returns:
        The files, and what the page says of the result.

    Raises:
        InputError: If the run's inputs are gone or changed.
    """
    import json

    from tfpaintsep.evaluation.layer_correlation import correlation, correlation_note
    from tfpaintsep.images import Polarity, read_photograph, read_radiograph
    from tfpaintsep.images.decoding import decode
    from tfpaintsep.report import Pictures, contact_sheet, write_report
    from tfpaintsep.runs.disagreement import read_disagreement
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import find_input
    from tfpaintsep.training.history import read_history

    from .evaluate import read_truth

    folder = RunFolder(run)
    provenance = folder.read_provenance()
    inputs = {role: find_input(provenance["inputs"][role]) for role in ("xray", "rgb")}
    facts = provenance["inputs"]["xray"]
    radiograph = read_radiograph(inputs["xray"], Polarity(facts["polarity"]), facts["gain"])
    layers = {
        name: decode(folder.picture(name)).samples for name in ("surface", "concealed", "mixture")
    }
    scores, truth = None, None
    if (folder.evaluation / "scores.json").is_file():
        evaluation = json.loads((folder.evaluation / "scores.json").read_text())
        scores = evaluation["scores"]
        if Path(evaluation["reference"]).is_dir():
            truth = read_truth(Path(evaluation["reference"]), radiograph.size, radiograph.gain)
    pixel = radiograph.resolution.pixel_size_mm if radiograph.resolution else None
    pictures = Pictures(
        photograph=read_photograph(inputs["rgb"]).values,
        mixture_input=radiograph.values,
        surface=layers["surface"],
        concealed=layers["concealed"],
        residual=radiograph.values - layers["mixture"],
        true_surface=truth["surface"] if truth else None,
        true_concealed=truth["concealed"] if truth else None,
        gain=radiograph.gain,
        pixel_size_mm=pixel[0] if pixel else None,
        polarity=facts["polarity"],
        disagreement=read_disagreement(run),
    )
    beyond = [
        f"{share:.1%} of the {name} layer's pixels lie outside 0 to {radiograph.gain:g}: values "
        "that no paint can have, and the method does not forbid."
        for name in ("surface", "concealed")
        for share in [np.mean((layers[name] < 0) | (layers[name] > radiograph.gain))]
        if share > 0.0005
    ]
    alike = correlation(layers["surface"], layers["concealed"])
    # A model that was applied has no start on record: then the correlation speaks alone.
    remark = correlation_note(alike, provenance["configuration"].get("start", {}))
    sheet = run / "contact_sheet.png"
    contact_sheet(pictures, sheet, scores=scores)
    write_report(
        folder.report,
        title=inputs["xray"].stem if inputs["xray"].stem != "xray" else run.resolve().name,
        pictures=pictures,
        history=read_history(folder.history),
        scores=scores,
        provenance=provenance,
        findings=provenance.get("findings", []),
        notes=[remark, *beyond, *notes],
    )
    return ReportedLayers([folder.report, sheet], remark)

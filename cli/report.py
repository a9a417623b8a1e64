"""`tfpaintsep report`: the page and the contact sheet of a run."""

from pathlib import Path

import click
import numpy as np

from . import options


@click.command("report")
@click.argument("run", type=options.PATH)
def command(run: Path) -> None:
    """Write RUN/report.html and RUN/contact_sheet.png again.

    The pictures that RUN was made from must still be where they were.
    """
    for path in report_run(run):
        click.echo(f"Wrote {path}")


def report_run(run: Path, notes: tuple[str, ...] = ()) -> list[Path]:
    """Write a run's report page and contact sheet.

    Raises:
        InputError: If there is no finished run, or its inputs are gone or changed.
    """
    import json

    from tfpaintsep.errors import InputError
    from tfpaintsep.images import Polarity, read_photograph, read_radiograph
    from tfpaintsep.images.decoding import decode
    from tfpaintsep.report import Pictures, contact_sheet, write_report
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import checksum
    from tfpaintsep.training.history import read_history

    from .evaluate import read_truth

    folder = RunFolder(run)
    provenance = folder.read_provenance()
    if not folder.finished:
        raise InputError(
            run,
            expected="a finished run",
            found="a run that was not finished",
            advice="Go on with it: the same command with --resume.",
        )
    inputs = {role: Path(facts["file"]) for role, facts in provenance["inputs"].items()}
    for role in ("xray", "rgb"):
        known = provenance["inputs"][role]["sha256"]
        if not inputs[role].is_file() or checksum(inputs[role]) != known:
            raise InputError(
                inputs[role],
                expected="the image this run was made from",
                found="another image" if inputs[role].is_file() else "no such file",
                advice="Put it back; the report shows it beside the result.",
            )
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
    )
    beyond = [
        f"{share:.1%} of the {name} layer's pixels lie outside 0 to {radiograph.gain:g}; nothing "
        f"in the method forbids what no paint can do"
        for name in ("surface", "concealed")
        for share in [np.mean((layers[name] < 0) | (layers[name] > radiograph.gain))]
        if share > 0.0005
    ]
    sheet = run / "contact_sheet.png"
    contact_sheet(pictures, sheet, scores=scores)
    write_report(
        folder.report,
        title=inputs["xray"].stem if inputs["xray"].stem != "xray" else run.resolve().name,
        pictures=pictures,
        history=read_history(folder.history),
        scores=scores,
        provenance=provenance,
        findings=[*provenance.get("findings", []), *beyond],
        notes=notes,
    )
    return [folder.report, sheet]

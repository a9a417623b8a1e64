"""`tfpaintsep report`: the page and the contact sheet of a run."""

from pathlib import Path

import click
import numpy as np

from . import options

ALIKE = 0.3
"""Correlation of two layers from which forms are plainly seen in both."""


@click.command("report")
@click.argument("run", type=options.PATH)
@click.option(
    "--compare", is_flag=True, help="Compare all finished runs below the folder RUN on one page."
)
@click.option(
    "--out",
    type=options.PATH,
    metavar="PAGE.html",
    help="With --compare: the page.  [default: RUN/compare.html, written again]",
)
@click.option("--overwrite", is_flag=True, help="With --compare: replace whatever file is there.")
def command(run: Path, compare: bool, out: Path | None, overwrite: bool) -> None:
    """Write RUN/report.html and RUN/contact_sheet.png again.

    The pictures that RUN was made from must still be where they were. With --compare, RUN is a
    folder with several runs, and one page shows what differs in their settings and results.
    """
    if compare:
        from .compare import compare_runs

        click.echo(f"Wrote {compare_runs(run, out, overwrite=overwrite)}")
        return
    if out or overwrite:
        raise click.UsageError("--out and --overwrite belong to --compare.")
    for path in report_run(run):
        click.echo(f"Wrote {path}")


def report_run(run: Path, notes: tuple[str, ...] = ()) -> list[Path]:
    """Write a run's report page and contact sheet, whichever its method.

    Raises:
        InputError: If there is no finished run, or its inputs are gone or changed.
    """
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import method_of

    folder = RunFolder(run)
    folder.check_finished()
    if method_of(folder.read_provenance()) == "super-resolution":
        from .report_maps import report_maps

        return report_maps(run, notes)[0]
    return report_layers(run, notes)


def report_layers(run: Path, notes: tuple[str, ...] = ()) -> list[Path]:
    """Write the report page and contact sheet of a finished separation.

    Raises:
        InputError: If the run's inputs are gone or changed.
    """
    import json

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
        notes=[likeness(layers["surface"], layers["concealed"]), *beyond, *notes],
    )
    return [folder.report, sheet]


def likeness(surface: np.ndarray, concealed: np.ndarray) -> str:
    """How alike the two layers look, in a sentence: what can be said without knowing the truth.

    Args:
        surface: (h, w) the computed surface layer.
        concealed: (h, w) the computed concealed layer.
    """
    centred = [layer - layer.mean(dtype=np.float64) for layer in (surface, concealed)]
    power = np.sqrt(np.prod([np.mean(np.square(layer)) for layer in centred]))
    correlation = float(np.mean(centred[0] * centred[1]) / power) if power > 0 else 0.0
    said = f"The two layers' grey values have a correlation of {correlation:.2f}."
    if abs(correlation) < ALIKE:
        return said
    return (
        f"{said} The same forms stand in both, so it is not decided to which layer they belong. "
        "An outline of the visible painting in the concealed layer is then leakage, and no find."
    )

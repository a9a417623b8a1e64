"""`tfpaintsep train-sr`: coarse element maps and a photograph in, a run folder out."""

from pathlib import Path
from typing import Any

import click

from . import options
from .resuming import begin_or_resume, check_flags, choose_configuration, note_early_end


@click.command("train-sr")
@options.xrf
@options.rgb_of_maps
@click.option(
    "--scale",
    type=click.IntRange(2),
    help="Photograph's pixels along one of the maps'.  [default: the configuration's, 4]",
)
@options.names
@click.option("--config", type=options.PATH, help="YAML file with settings; wins over the preset.")
@click.option("--preset", default="fast", show_default=True, help="fast, paper, or another name.")
@click.option("--set", "settings", multiple=True, help="SECTION.NAME=VALUE; wins over the file.")
@click.option("--truth", type=options.PATH, help="Folder with known maps.tif: watch the scores.")
@click.option("--out", type=options.PATH, required=True, help="Run folder to write.")
@click.option("--resume", is_flag=True, help="Go on with the interrupted run in --out.")
@options.overwrite
def command(
    xrf: Path,
    rgb: Path,
    scale: int | None,
    names: tuple[str, ...] | None,
    config: Path | None,
    preset: str,
    settings: tuple[str, ...],
    truth: Path | None,
    out: Path,
    resume: bool,
    overwrite: bool,
) -> None:
    """Super-resolve MA-XRF element maps to the resolution of a photograph.

    Trains on this one painting alone and writes maps.tif (float32, names and pixel size kept,
    opens in ImageJ), a model, a report and the record of how they were made to the run folder.
    """
    from tfpaintsep.superresolution.config import SuperResolutionConfig

    if scale is not None:
        settings = (*settings, f"downsampling.scale={scale}")
    configuration = choose_configuration(
        SuperResolutionConfig, "superresolution", preset, config, settings, out if resume else None
    )
    options.check_output_apart(
        out,
        {"--xrf": xrf, "--rgb": rgb, "--truth": truth}
        | ({"--config": config} if overwrite else {}),
    )
    run_super_resolution(
        xrf, rgb, configuration, out, names=names, truth=truth, resume=resume, overwrite=overwrite
    )


def run_super_resolution(
    xrf: Path,
    rgb: Path,
    configuration: Any,
    out: Path,
    *,
    names: tuple[str, ...] | None = None,
    truth: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> None:
    """Check the inputs, train, super-resolve and report.

    Raises:
        InputError: If the inputs are wrong, or the folder must not be written; nothing has
            been written then.
    """
    from tfpaintsep.images import read_element_maps, read_photograph
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import describe_input, make_provenance
    from tfpaintsep.superresolution.painting import ScannedPainting

    from .measured import describe_maps

    check_flags(resume=resume, overwrite=overwrite)
    painting = ScannedPainting(read_element_maps(xrf, names=names), read_photograph(rgb))
    painting.check(configuration)
    scale, operator = configuration.downsampling.scale, configuration.downsampling.operator
    judge = None
    if truth:
        from .evaluate_maps import make_judge

        judge = make_judge(truth, painting, scale)
    remarks = painting.findings(scale)
    for remark in remarks:
        click.echo(f"Note: {remark}", err=True)
    provenance = make_provenance(
        inputs={
            "xrf": describe_maps(xrf, painting.maps, scale, operator, names),
            "rgb": describe_input(rgb, size=list(painting.photograph.size)),
        },
        configuration=configuration.model_dump(mode="json"),
        seed=configuration.training.seed,
    )
    provenance["findings"] = remarks
    folder = RunFolder(out)

    def execute() -> None:
        from tfpaintsep.superresolution.pipeline import SuperResolutionRun

        SuperResolutionRun(painting, configuration, folder, judge).execute()

    if not begin_or_resume(folder, provenance, execute, resume=resume, overwrite=overwrite):
        return
    if truth:
        from .evaluate_maps import evaluate_maps, table_of_maps

        click.echo(table_of_maps(evaluate_maps(out, truth)))
    from .report_maps import report_maps

    page = report_maps(out)
    folder.end(remarks=page.remarks)
    for remark in page.remarks:
        click.echo(f"Note: {remark}", err=True)
    note_early_end(folder.read_provenance())
    click.echo(f"Wrote {out}: maps.tif, report.html")
    click.echo(
        f"Brought down again, they differ from the measured maps by "
        f"{page.agreement.largest:.1e} of a map's range at most"
    )

"""`tfpaintsep train-sr`: coarse element maps and a photograph in, a run folder out."""

from pathlib import Path
from typing import Any, NamedTuple

import click

from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.training.placement import Placement, StrategyName, place

from . import options
from .resuming import (
    begin_or_resume,
    check_flags,
    choose_configuration,
    joined,
    note_early_end,
    say_findings,
)
from .seeds import check_seeds, say_disagreement, train_seeds, with_seed


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
@options.strategy
@options.devices
@options.mixed_precision
@click.option("--out", type=options.PATH, required=True, help="Run folder to write.")
@click.option("--resume", is_flag=True, help="Go on with the interrupted run in --out.")
@options.overwrite
@options.seeds
def command(
    xrf: Path,
    rgb: Path,
    scale: int | None,
    names: tuple[str, ...] | None,
    config: Path | None,
    preset: str,
    settings: tuple[str, ...],
    truth: Path | None,
    strategy: StrategyName,
    devices: str | None,
    mixed_precision: bool,
    out: Path,
    resume: bool,
    overwrite: bool,
    seeds: int | None,
) -> None:
    """Super-resolve MA-XRF element maps to the resolution of a photograph.

    Trains on this one painting alone and writes maps.tif (float32, names and pixel size kept,
    opens in ImageJ), a model, a report and the record of how they were made to the run folder.
    """
    options.check_present(rgb)
    from tfpaintsep.superresolution.config import SuperResolutionConfig

    also = [] if scale is None else [f"downsampling.scale={scale}"]
    if mixed_precision:
        also.append("training.mixed_precision=true")
    family, resumed = "superresolution", out if resume else None
    configuration = choose_configuration(
        SuperResolutionConfig, family, preset, config, settings, resumed, also
    )
    options.check_output_apart(
        out,
        {"--xrf": xrf, "--rgb": rgb, "--truth": truth}
        | ({"--config": config} if overwrite else {}),
    )
    run_super_resolution(
        xrf, rgb, configuration, out, names=names, truth=truth,
        placement=place(strategy, devices, configuration.useful_replicas),
        resume=resume, overwrite=overwrite, seeds=seeds,
    )  # fmt: skip


def run_super_resolution(
    xrf: Path,
    rgb: Path,
    configuration: Any,
    out: Path,
    *,
    names: tuple[str, ...] | None = None,
    truth: Path | None = None,
    placement: Placement | None = None,
    resume: bool = False,
    overwrite: bool = False,
    seeds: int | None = None,
) -> None:
    """Check the inputs, train, super-resolve and report.

    Raises:
        InputError: If the inputs are wrong, or the folder must not be written; nothing has
            been written then.
        WorkerLostError: If another worker is gone.
    """
    check_flags(resume=resume, overwrite=overwrite)
    check_seeds(seeds or 1, configuration.training.seed, placement)
    folder = RunFolder(out)
    with joined(placement) as workers:
        task = workers.agree(lambda: _prepare(xrf, rgb, configuration, names, truth))
        if workers.is_chief:
            say_findings(task.provenance["findings"])
        # Here: no thread may import anything while TensorFlow is imported.
        from tfpaintsep.inspection.before_training import before_super_resolution

        def execute() -> None:
            from tfpaintsep.superresolution.disagreement import write_disagreement_of_seeds
            from tfpaintsep.superresolution.pipeline import SuperResolutionRun

            def train(own: RunFolder, seed: int, title: str) -> None:
                seeded = with_seed(configuration, seed)
                SuperResolutionRun(task.painting, seeded, own, task.judge, workers, title).execute()

            runs = train_seeds(folder, configuration, train, workers)
            if len(runs) > 1:
                write_disagreement_of_seeds(folder, runs, task.painting.maps)

        if begin_or_resume(
            *(folder, task.provenance, execute),
            inspect=lambda: before_super_resolution(task.painting.maps, task.painting.photograph),
            check=lambda: workers.check(configuration.samples, xla=configuration.training.xla),
            workers=workers, resume=resume, overwrite=overwrite, seeds=seeds,
        ):  # fmt: skip
            _conclude(out, truth)


class _Task(NamedTuple):
    painting: Any
    judge: Any
    provenance: dict[str, Any]


def _prepare(
    xrf: Path, rgb: Path, configuration: Any, names: tuple[str, ...] | None, truth: Path | None
) -> _Task:
    """Read and check all inputs."""
    from tfpaintsep.images import read_element_maps, read_photograph
    from tfpaintsep.runs.provenance import describe_input, make_provenance
    from tfpaintsep.superresolution.painting import ScannedPainting

    from .measured import describe_maps

    painting = ScannedPainting(read_element_maps(xrf, names=names), read_photograph(rgb))
    painting.check(configuration)
    scale, operator = configuration.downsampling.scale, configuration.downsampling.operator
    judge = None
    if truth:
        from .evaluate_maps import make_judge

        judge = make_judge(truth, painting, scale)
    provenance = make_provenance(
        inputs={
            "xrf": describe_maps(xrf, painting.maps, scale, operator, names),
            "rgb": describe_input(rgb, size=list(painting.photograph.size)),
        },
        configuration=configuration.model_dump(mode="json"),
        seed=configuration.training.seed,
    )
    provenance["findings"] = painting.findings(scale)
    return _Task(painting, judge, provenance)


def _conclude(out: Path, truth: Path | None) -> None:
    """Score and report a finished run."""
    if truth:
        from .evaluate_maps import evaluate_maps, table_of_maps

        click.echo(table_of_maps(evaluate_maps(out, truth)))
    from .report_maps import report_maps

    page = report_maps(out)
    folder = RunFolder(out)
    folder.end(remarks=page.remarks)
    for remark in page.remarks:
        click.echo(f"Note: {remark}", err=True)
    note_early_end(folder.read_provenance())
    click.echo(f"Wrote {out}: maps.tif, report.html")
    noisy = any(folder.read_provenance().get("noise_taken_out", {}).values())
    click.echo(
        f"Brought down again, they differ from the measured maps by "
        f"{page.agreement.largest:.1e} of a map's range at most"
        + (": counting noise was taken out of them" if noisy else "")
    )
    say_disagreement(folder.read_provenance(), "each map's range")

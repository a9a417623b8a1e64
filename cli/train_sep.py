"""`tfpaintsep train-sep`: two images in, a run folder out."""

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


@click.command("train-sep")
@options.xray
@options.rgb
@options.init
@options.polarity
@click.option("--config", type=options.PATH, help="YAML file with settings; wins over the preset.")
@click.option("--preset", default="fast", show_default=True, help="fast, paper, or another name.")
@click.option("--set", "settings", multiple=True, help="SECTION.NAME=VALUE; wins over the file.")
@click.option("--truth", type=options.PATH, help="Folder with known layers: watch the scores.")
@options.strategy
@options.devices
@options.mixed_precision
@click.option("--out", type=options.PATH, required=True, help="Run folder to write.")
@click.option("--resume", is_flag=True, help="Go on with the interrupted run in --out.")
@options.overwrite
@options.seeds
def command(
    xray: Path,
    rgb: Path,
    init: Path | None,
    polarity: str,
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
    """Separate a mixed X-radiograph into the surface painting's and the concealed design's.

    Trains on this one painting alone and writes surface.tif, concealed.tif, mixture.tif,
    residual.tif, a model, a report and the record of how they were made to the run folder.
    """
    options.check_present(xray, rgb, init)
    from tfpaintsep.separation.config import SeparationConfig

    # Whatever the preset starts from: the record shall say what was done.
    also = ["start.kind=given"] if init else []
    if mixed_precision:
        also.append("training.mixed_precision=true")
    configuration = choose_configuration(
        SeparationConfig, "separation", preset, config, settings, out if resume else None, also
    )
    options.check_output_apart(
        out,
        {"--xray": xray, "--rgb": rgb, "--init": init, "--truth": truth}
        | ({"--config": config} if overwrite else {}),
    )
    run_separation(
        xray, rgb, configuration, out, init=init, polarity=polarity, truth=truth,
        placement=place(strategy, devices, configuration.training.batch),
        resume=resume, overwrite=overwrite, seeds=seeds,
    )  # fmt: skip


def run_separation(
    xray: Path,
    rgb: Path,
    configuration: Any,
    out: Path,
    *,
    init: Path | None = None,
    polarity: str = "as-stored",
    truth: Path | None = None,
    placement: Placement | None = None,
    resume: bool = False,
    overwrite: bool = False,
    seeds: int | None = None,
) -> None:
    """Check the inputs, train, separate and report.

    Raises:
        InputError: If the inputs are wrong, or the folder must not be written; nothing has
            been written then.
        WorkerLostError: If another worker is gone.
    """
    check_flags(resume=resume, overwrite=overwrite)
    check_seeds(seeds or 1, configuration.training.seed, placement)
    folder = RunFolder(out)
    with joined(placement) as workers:
        task = workers.agree(lambda: _prepare(xray, rgb, configuration, init, polarity, truth))
        if workers.is_chief:
            say_findings(task.provenance["findings"])
        # Here: no thread may import anything while TensorFlow is imported.
        from tfpaintsep.inspection.before_training import before_separation

        def execute() -> None:
            from tfpaintsep.separation.disagreement import write_disagreement_of_seeds
            from tfpaintsep.separation.pipeline import SeparationRun

            def train(own: RunFolder, seed: int, title: str) -> None:
                seeded = with_seed(configuration, seed)
                SeparationRun(task.painting, seeded, own, task.judge, workers, title).execute()

            runs = train_seeds(folder, configuration, train, workers)
            if len(runs) > 1:
                write_disagreement_of_seeds(folder, runs, task.painting.radiograph)

        training = configuration.training
        if begin_or_resume(
            *(folder, task.provenance, execute),
            inspect=lambda: before_separation(task.painting.radiograph, task.painting.photograph),
            check=lambda: workers.check(training.batch, xla=training.xla),
            workers=workers, resume=resume, overwrite=overwrite, seeds=seeds,
        ):  # fmt: skip
            _conclude(out, truth)


class _Task(NamedTuple):
    painting: Any
    judge: Any
    provenance: dict[str, Any]


def _prepare(
    xray: Path,
    rgb: Path,
    configuration: Any,
    init: Path | None,
    polarity: str,
    truth: Path | None,
) -> _Task:
    """Read and check all inputs."""
    from tfpaintsep.images import Polarity, findings, read_grey, read_photograph, read_radiograph
    from tfpaintsep.images.on_disk import is_large
    from tfpaintsep.runs.provenance import describe_input, make_provenance
    from tfpaintsep.separation.painting import Painting

    radiograph = read_radiograph(xray, Polarity(polarity))
    photograph = read_photograph(rgb)
    painting = Painting(radiograph, photograph, read_grey(init, radiograph.gain) if init else None)
    painting.check(configuration)
    judge = None
    if truth:
        from .evaluate import make_judge

        judge = make_judge(truth, radiograph)
    inputs = {
        "xray": describe_input(
            xray, size=list(radiograph.size), stored_dtype=str(radiograph.stored_dtype),
            gain=radiograph.gain, polarity=polarity,
        ),
        "rgb": describe_input(rgb, size=list(photograph.size)),
    }  # fmt: skip
    if init:
        inputs["init"] = describe_input(init)
    provenance = make_provenance(
        inputs=inputs,
        configuration=configuration.model_dump(mode="json"),
        seed=configuration.training.seed,
    )
    remarks = [*radiograph.notes, *photograph.notes, *findings(radiograph, photograph)]
    if is_large(xray):
        remarks.append(
            f"{radiograph.values.size / 1e6:.0f} megapixels are held in memory several times; if "
            "that is too much, train on a part (`tfpaintsep crop`) and separate all of it with "
            "that model (`tfpaintsep separate`)"
        )
    patch, side = configuration.training.patch, min(radiograph.size)
    if patch > side:
        remarks.append(f"training.patch {patch} is larger than the image; crops of {side} px")
    provenance["findings"] = remarks
    return _Task(painting, judge, provenance)


def _conclude(out: Path, truth: Path | None) -> None:
    """Score and report a finished run."""
    if truth:
        from .evaluate import evaluate_run, table

        click.echo(table(evaluate_run(out, truth)))
    from .report_layers import report_layers

    page = report_layers(out)
    record = RunFolder(out).read_provenance()
    note_early_end(record)
    residual = record["residual_rms"]
    click.echo(f"Wrote {out}: surface.tif, concealed.tif, mixture.tif, residual.tif, report.html")
    click.echo(f"Residual of the mixture: {residual:.2%} of full scale (root mean square)")
    click.echo(page.remark)
    say_disagreement(record, "full scale")

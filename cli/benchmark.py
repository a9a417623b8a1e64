"""`tfpaintsep benchmark`: every method on every case, to tables and pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfpaintsep.errors import InputError

from . import options

if TYPE_CHECKING:
    from tfpaintsep.evaluation.benchmark.case import Case, Task
    from tfpaintsep.evaluation.benchmark.jobs import Job, JobFolder, Record


def _listed(context: click.Context, option: click.Parameter, text: str | None) -> Any:
    return None if text is None else [word.strip() for word in text.split(",") if word.strip()]


@click.command("benchmark")
@click.argument("task", type=click.Choice(["sep", "sr"]))
@click.argument("grid", nargs=-1, metavar="[KEY=V1,V2,...]")
@click.option(
    "--data",
    type=options.PATH,
    multiple=True,
    help="A folder that is a case or holds cases, as simulate and degrade write them, or with "
    "rgb.tif and maps_hr.tif or bands_hr.tif. Repeatable.",
)
@click.option("--rgb", type=options.PATH, help="Photograph of the cases that hold no rgb.tif.")
@click.option(
    "--scale",
    type=click.IntRange(2),
    default=4,
    show_default=True,
    help="Of maps_hr.tif to the coarse maps made of it.",
)
@click.option(
    "--simulated",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Add N simulated paintings.",
)
@click.option(
    "--first-seed",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    help="Seed of the first of them. 100 to 199 are for tests alone: no method's settings "
    "were chosen by them; by others some were.",
)
@click.option(
    "--crop",
    type=click.IntRange(32, 4096),
    metavar="PX",
    help="Take the central PX x PX pixels of each case.",
)
@click.option(
    "--methods",
    callback=_listed,
    metavar="A,B,...",
    help="Names, all by default; docs/benchmarks.md has them.",
)
@click.option(
    "--add",
    "added",
    type=options.PATH,
    multiple=True,
    help="A Python file with METHODS, your own methods by name. Repeatable.",
)
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="Of learning methods."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    show_default=True,
    help="Of learning, for each method, case and seed.",
)
@click.option(
    "--jobs",
    "parallel",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes at a time; with more than one, times say little.",
)
@click.option("--retry", is_flag=True, help="Run the jobs again that failed.")
@click.option(
    "--figure-methods",
    callback=_listed,
    metavar="A,B,...",
    help="Methods in the pictures, 8 at most; by default one of each kind, then the best.",
)
@click.option(
    "--sweep",
    multiple=True,
    metavar="KEY=V1,V2,...",
    help="Run lcista-fast over a grid of two settings instead, such as --sweep eta1=0.01,0.1 "
    "eta2=0,0.1; writes sweep.csv and the heat map sweep.png.",
)
@click.option(
    "--sweep-score",
    type=click.Choice(["mse", "skill", "sdri", "siri"]),
    default="mse",
    show_default=True,
    help="What the heat map shows.",
)
@click.option("--out", type=options.PATH, required=True, help="Folder to write, or to go on with.")
def command(
    task: "Task",
    grid: tuple[str, ...],
    data: tuple[Path, ...],
    rgb: Path | None,
    scale: int,
    simulated: int,
    first_seed: int,
    crop: int | None,
    methods: list[str] | None,
    added: tuple[Path, ...],
    seeds: int,
    seconds: float,
    parallel: int,
    retry: bool,
    figure_methods: list[str] | None,
    sweep: tuple[str, ...],
    sweep_score: str,
    out: Path,
) -> None:
    """Compare methods of separation (sep) or super-resolution (sr) where the answer is known.

    Every method runs on every case in a process of its own, learning ones with several seeds.
    Writes OUT/table.md, results.csv, figure_CASE.png and, of separations, trade_off.png; each
    job's record and result are under OUT/jobs. What has ended is not run again: an interrupted
    benchmark goes on with the same command. If a job failed, the exit code is 1.
    """
    from tfpaintsep.evaluation.benchmark.jobs import JobFolder, make_jobs
    from tfpaintsep.evaluation.benchmark.registry import choose_methods, known_methods
    from tfpaintsep.runs.provenance import checksum

    if grid and not sweep:
        raise click.UsageError(f"Got unexpected extra argument ({grid[0]})")
    settings: list[dict[str, Any]] = [{}]
    axes = {}
    if sweep:
        from tfpaintsep.evaluation.benchmark.sweep import METHOD, points, read_grid

        if task != "sep" or methods is not None:
            raise InputError(
                "--sweep",
                expected="sep, without --methods",
                found=task if task != "sep" else f"--methods {','.join(methods or ())}",
                advice=f"A sweep is one of the separation by {METHOD}.",
            )
        axes = read_grid([*sweep, *grid])
        settings, methods = points(axes), [METHOD]
    known = known_methods(task, added)
    chosen = choose_methods(known, methods)
    shown = list(choose_methods(known, figure_methods)) if figure_methods is not None else None
    if shown:
        check_shown(shown, chosen)
    own = known_methods(task)
    code = {
        name: checksum(path)[:16]
        for path in added
        for name in known_methods(task, [path])
        if name not in own
    }
    cases = read_cases(
        task, data, rgb=rgb, scale=scale, seeds=range(first_seed, first_seed + simulated), crop=crop
    )
    jobs = make_jobs(cases, chosen, seeds=seeds, seconds=seconds, settings=settings, code=code)
    folder = JobFolder(out)
    folder.begin(task)
    records = run(folder, jobs, cases, added=added, parallel=parallel, retry=retry)
    if sweep:
        from tfpaintsep.evaluation.benchmark.output import write_sweep

        click.echo(write_sweep(folder, axes, records, cases, sweep_score))
    else:
        from tfpaintsep.evaluation.benchmark.output import write_results

        click.echo(write_results(folder, records, cases, chosen, shown))
    if failed := sum(bool(record.error) for record in records):
        raise click.ClickException(f"{failed} of {len(jobs)} jobs failed; see {folder.jobs}")


def check_shown(shown: list[str], chosen: "Mapping[str, Any]") -> None:
    """Refuse pictures of too many methods, or of such as do not run."""
    from tfpaintsep.evaluation.benchmark.figures import MOST

    if len(shown) > MOST or not set(shown) <= set(chosen):
        raise InputError(
            "--figure-methods",
            expected=f"at most {MOST} of the methods that run",
            found=", ".join(shown),
            advice="More could not be told apart in one picture.",
        )


def read_cases(
    task: "Task",
    data: tuple[Path, ...],
    *,
    rgb: Path | None,
    scale: int,
    seeds: range,
    crop: int | None,
) -> "list[Case]":
    """The cases, cropped.

    Raises:
        InputError: If there are none, or one cannot be used.
    """
    from tfpaintsep.evaluation.benchmark.cases import given_cases, simulated_case

    if not data and not seeds:
        raise InputError(
            "--data",
            expected="--data, --simulated or both",
            found="neither",
            advice="Give a folder with cases, or --simulated 8.",
        )
    cases = given_cases(task, data, scale=scale, rgb=rgb)
    names = {case.name for case in cases}
    if seeds:
        click.echo(f"Painting {len(seeds)} simulated paintings ...", err=True)
    for case in (simulated_case(task, seed, crop) for seed in seeds):
        if case.name in names:
            raise InputError(
                "--data",
                expected="cases not called like simulated ones",
                found=case.name,
                advice="Rename its folder, or choose another --first-seed.",
            )
        cases.append(case)
    for case in cases:
        if crop is not None and crop % case.scale:
            raise InputError(
                "--crop",
                expected=f"a multiple of {case.scale}, the scale of {case.name}",
                found=str(crop),
                advice=f"Choose {crop - crop % case.scale}.",
            )
    cases = [case.cropped(crop) for case in cases]
    for case in cases:
        for note in case.notes:
            click.echo(f"Note: {case.name}: {note}", err=True)
    return cases


def run(
    folder: "JobFolder",
    jobs: "list[Job]",
    cases: "list[Case]",
    *,
    added: tuple[Path, ...],
    parallel: int,
    retry: bool,
) -> "list[Record]":
    """Run what has not ended yet; the records of all jobs."""
    from tfpaintsep.evaluation.benchmark.case import save_case
    from tfpaintsep.evaluation.benchmark.runner import run_jobs
    from tfpaintsep.runs.folder import RunFolder

    with RunFolder(folder.out).in_use():
        folder.describe(cases[0].task, cases)
        for case in cases:
            path = folder.case(case.name, case.digest)
            if not path.is_file():
                save_case(path, case)
        waiting = []
        for job in jobs:
            record = folder.read(job)
            if record is None or (retry and record.error):
                waiting.append(job)
        if len(waiting) < len(jobs):
            click.echo(f"{len(jobs) - len(waiting)} of {len(jobs)} jobs are done already", err=True)
        try:
            run_jobs(waiting, folder, added=added, parallel=parallel)
        except KeyboardInterrupt:
            click.echo("What has ended is kept; the same command goes on.", err=True)
            raise
        return [record for job in jobs if (record := folder.read(job)) is not None]

"""`tfpaintsep report`: the page and the contact sheet of a run."""

from pathlib import Path

import click

from . import options


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

        return report_maps(run, notes).files
    from .report_layers import report_layers

    return report_layers(run, notes).files

"""`tfpaintsep export`: a run's model as the next version for a server."""

from pathlib import Path

import click

from . import options


@click.command("export")
@click.argument("run", type=options.PATH)
@click.option(
    "--to",
    "target",
    type=options.PATH,
    required=True,
    help="Model folder, such as saved_models/NAME; the next free version is written below it.",
)
def command(run: Path, target: Path) -> None:
    """Copy RUN's SavedModel to a model folder as TF Serving reads it.

    An earlier version is never rewritten.
    """
    from tfpaintsep.export.locate import copy_saved_model, find_version, read_metadata

    version = find_version(run)
    read_metadata(version)
    click.echo(f"Wrote {copy_saved_model(version, target)}")

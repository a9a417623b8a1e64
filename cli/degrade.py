"""`tfpaintsep degrade`: coarse maps from fine ones, to try a method on a known truth."""

from dataclasses import replace
from pathlib import Path

import click

from . import options


@click.command("degrade")
@click.option(
    "--maps", type=options.PATH, required=True, help="Fine element maps, of any kind --xrf takes."
)
@click.option(
    "--scale",
    type=click.IntRange(2),
    default=4,
    show_default=True,
    help="Side of the blocks, in pixels.",
)
@click.option("--rgb", type=options.PATH, help="Photograph of the maps' size, to be cropped alike.")
@options.names
@click.option("--out", type=options.PATH, required=True, help="Folder to write.")
@options.overwrite
def command(
    maps: Path,
    scale: int,
    rgb: Path | None,
    names: tuple[str, ...] | None,
    out: Path,
    overwrite: bool,
) -> None:
    """Average element maps over square blocks, as a coarser scan would.

    Writes maps.tif and truth/maps.tif, and rgb.tif where a photograph is given. Sizes are
    cropped to a multiple of the scale.
    """
    from tfpaintsep.images import (
        degrade,
        read_element_maps,
        read_photograph,
        write_element_maps,
        write_photograph,
    )
    from tfpaintsep.images.checks import check_same_size
    from tfpaintsep.runs.folder import check_free, new_result
    from tfpaintsep.runs.provenance import describe_input, make_provenance, write_json

    options.check_output_apart(out, {"--maps": maps, "--rgb": rgb})
    check_free(out, overwrite=overwrite)
    stack = read_element_maps(maps, names=names, allow_constant=True)
    coarse, truth = degrade(stack, scale)
    photograph = read_photograph(rgb) if rgb else None
    if photograph is not None:
        check_same_size(str(maps), stack.size, str(rgb), photograph.size)
    for remark in truth.notes:
        click.echo(f"Note: {remark}", err=True)
    inputs = {"maps": describe_input(maps)} | ({"rgb": describe_input(rgb)} if rgb else {})
    provenance = make_provenance(inputs=inputs, configuration={"scale": scale}, seed=0)

    written = f"maps.tif ({coarse.size[0]} x {coarse.size[1]} px), truth/maps.tif"
    with new_result(out, overwrite=overwrite) as folder:
        (folder / "truth").mkdir()
        write_json(folder / "provenance.json", provenance)
        made = f"means over {scale} x {scale} pixels of {maps.name}"
        write_element_maps(folder / "maps.tif", coarse, description=made)
        known = f"copied from {maps.name}"
        write_element_maps(folder / "truth" / "maps.tif", truth, description=known)
        if photograph is not None:
            height, width = truth.size
            cropped = replace(photograph, values=photograph.values[:height, :width])
            write_photograph(folder / "rgb.tif", cropped)
            written += ", rgb.tif"
    click.echo(f"Wrote {out}: {written}")

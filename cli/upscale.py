"""`tfpaintsep upscale`: a trained model applied to element maps and their photograph."""

from dataclasses import replace
from pathlib import Path

import click

from . import model as models
from . import options
from .tensorflow import load_quietly


@click.command("upscale")
@models.argument
@options.xrf
@options.rgb_of_maps
@options.names
@click.option("--out", type=options.PATH, required=True, help="Folder to write.")
@options.overwrite
@models.message_limit
def command(
    model: str,
    xrf: Path,
    rgb: Path,
    names: tuple[str, ...] | None,
    out: Path,
    overwrite: bool,
    message_limit: float | None,
) -> None:
    """Super-resolve element maps with MODEL.

    MODEL is a run folder, a SavedModel folder, or a model on a server: grpc://HOST:PORT/NAME or
    grpc://HOST:PORT/NAME/VERSION.

    Writes maps.tif and provenance.json. The maps must be of the elements the model was
    trained on, in the same units. Photograph and maps must be registered as they were there: how
    far each element relies on the photograph was tested on the training pair.
    """
    from tfpaintsep.images import read_element_maps, read_photograph
    from tfpaintsep.runs.folder import RunFolder, check_free, new_result
    from tfpaintsep.runs.provenance import describe_input, make_provenance, now
    from tfpaintsep.superresolution.painting import ScannedPainting

    from .measured import describe_maps

    where = models.parse_model(model, message_limit)
    local = where if isinstance(where, Path) else None
    options.check_output_apart(out, {"--xrf": xrf, "--rgb": rgb, "MODEL": local})
    check_free(out, overwrite=overwrite)
    given = maps = read_element_maps(xrf, names=names, allow_constant=True)
    painting = ScannedPainting(maps, read_photograph(rgb))

    load_quietly()
    from tfpaintsep.superresolution.results import write_maps
    from tfpaintsep.superresolution.serving import SuperResolutionModel

    upscaler = SuperResolutionModel(models.open_source(where, message_limit))
    if sorted(maps.names) == sorted(upscaler.names):
        maps = maps.ordered(upscaler.names)
        painting = replace(painting, maps=maps)
    upscaler.check(painting)
    scale, operator = upscaler.scale, upscaler.operator
    remarks = [*painting.findings(scale), *upscaler.findings(painting)]
    for remark in remarks:
        click.echo(f"Note: {remark}", err=True)
    fine = upscaler.upscale(painting)
    provenance = make_provenance(
        inputs={
            "xrf": describe_maps(xrf, given, scale, operator, names),
            "rgb": describe_input(rgb, size=list(painting.photograph.size)),
        },
        configuration={"model": upscaler.source.identity},
        seed=0,
    )
    provenance["findings"] = remarks
    with new_result(out, overwrite=overwrite) as made:
        folder = RunFolder(made)
        folder.begin(provenance["configuration"], provenance)
        write_maps(folder, fine, maps, scale, provenance)
        noise = upscaler.noise_taken_out(painting, fine)
        folder.end(finished=now(), **({} if noise is None else {"noise_taken_out": noise}))
    click.echo(f"Wrote {out}: maps.tif; `tfpaintsep report {out}` makes a page of it")

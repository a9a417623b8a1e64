"""`tfpaintsep separate`: a trained model applied to a radiograph and its photograph."""

from pathlib import Path

import click

from . import model as models
from . import options
from .tensorflow import load_quietly


@click.command("separate")
@models.argument
@options.xray
@options.rgb
@options.init
@click.option("--out", type=options.PATH, required=True, help="Folder to write.")
@options.overwrite
@models.message_limit
def command(
    model: str,
    xray: Path,
    rgb: Path,
    init: Path | None,
    out: Path,
    overwrite: bool,
    message_limit: float | None,
) -> None:
    """Separate a radiograph with MODEL.

    MODEL is a run folder, a SavedModel folder, or a model on a server: grpc://HOST:PORT/NAME or
    grpc://HOST:PORT/NAME/VERSION.

    Writes surface.tif, concealed.tif, mixture.tif, residual.tif and provenance.json. The
    radiograph must be of the kind the model was trained on: same scale and polarity.
    """
    from tfpaintsep.images import Polarity, read_grey, read_photograph, read_radiograph
    from tfpaintsep.images.checks import check_pair, check_same_size
    from tfpaintsep.runs.folder import RunFolder, check_free, claim_folder
    from tfpaintsep.runs.provenance import describe_input, make_provenance, now

    where = models.parse_model(model, message_limit)
    local = where if isinstance(where, Path) else None
    options.check_output_apart(out, {"--xray": xray, "--rgb": rgb, "--init": init, "MODEL": local})
    check_free(out, overwrite=overwrite)
    radiograph = read_radiograph(xray)
    photograph = read_photograph(rgb)
    check_pair(radiograph, photograph)

    load_quietly()
    from tfpaintsep.separation.painting import check_guess_scale
    from tfpaintsep.separation.results import write_layers
    from tfpaintsep.separation.serving import SeparationModel

    separator = SeparationModel(models.open_source(where, message_limit))
    separator.check_depth(radiograph)
    radiograph = read_radiograph(xray, Polarity(separator.polarity), separator.gain)
    guess = read_grey(init, separator.gain) if init else None
    if guess is not None:
        check_same_size(str(xray), radiograph.size, str(init), guess.shape)
        check_guess_scale(guess, radiograph)
    elif separator.trained_from_given_image:
        click.echo(
            "Note: this model was trained from a given first guess; without --init it starts "
            "from the photograph's luminance",
            err=True,
        )
    click.echo(
        f"Note: taken as the model's training radiograph was: polarity {separator.polarity}, "
        f"full scale {separator.gain:g}",
        err=True,
    )
    layers, mixture = separator.separate(radiograph, photograph, guess)
    inputs = {
        "xray": describe_input(xray, gain=radiograph.gain, polarity=str(radiograph.polarity)),
        "rgb": describe_input(rgb),
    }
    if init:
        inputs["init"] = describe_input(init)
    provenance = make_provenance(
        inputs=inputs, configuration={"model": separator.source.identity}, seed=0
    )
    claim_folder(out, overwrite=overwrite)
    folder = RunFolder(out)
    folder.begin(provenance["configuration"], provenance)
    write_layers(folder, layers, mixture, radiograph, provenance)
    folder.end(finished=now())
    click.echo(f"Wrote {out}: surface.tif, concealed.tif, mixture.tif, residual.tif")

"""`tfpaintsep separate`: a trained model applied to a radiograph and its photograph."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

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
    radiograph must be of the kind the model was trained on: same scale and polarity. TIFF files
    of any size will do: large ones are read and written part by part, unless they hold more
    channels than are used or are turned by a tag.
    """
    from tfpaintsep.images.on_disk import is_large
    from tfpaintsep.runs.folder import check_free

    where = models.parse_model(model, message_limit)
    local = where if isinstance(where, Path) else None
    inputs = {"xray": xray, "rgb": rgb} | ({"init": init} if init else {})
    options.check_output_apart(out, {f"--{role}": path for role, path in inputs.items()})
    options.check_output_apart(out, {"MODEL": local})
    check_free(out, overwrite=overwrite)
    separate = _separate_on_disk if is_large(xray) else _separate_in_memory
    separate(where, message_limit, inputs, out, overwrite)
    click.echo(f"Wrote {out}: surface.tif, concealed.tif, mixture.tif, residual.tif")


def _separate_in_memory(
    where: Any, message_limit: float | None, inputs: dict[str, Path], out: Path, overwrite: bool
) -> None:
    from tfpaintsep.images import Polarity, read_grey, read_photograph, read_radiograph
    from tfpaintsep.images.checks import check_pair, check_same_size

    xray, init = inputs["xray"], inputs.get("init")
    radiograph = read_radiograph(xray)
    photograph = read_photograph(inputs["rgb"])
    check_pair(radiograph, photograph)

    separator = _open_model(where, message_limit, init is not None)
    separator.check_depth(radiograph.stored_dtype, xray)
    radiograph = read_radiograph(xray, Polarity(separator.polarity), separator.gain)
    guess = read_grey(init, separator.gain) if init else None
    if guess is not None:
        from tfpaintsep.separation.painting import check_guess_scale

        check_same_size(str(xray), radiograph.size, str(init), guess.shape)
        check_guess_scale(guess, radiograph)
    layers, mixture = separator.separate(radiograph, photograph, guess)

    from tfpaintsep.separation.results import write_layers

    with _result(separator, inputs, out, overwrite) as (folder, provenance):
        write_layers(folder, layers, mixture, radiograph, provenance)


def _separate_on_disk(
    where: Any, message_limit: float | None, inputs: dict[str, Path], out: Path, overwrite: bool
) -> None:
    from tfpaintsep.images.checks import check_same_size
    from tfpaintsep.images.on_disk import PhotographOnDisk, RadiographOnDisk, on_disk
    from tfpaintsep.images.reading import check_scale
    from tfpaintsep.training.progress import track

    separator = _open_model(where, message_limit, "init" in inputs)

    from tfpaintsep.separation.painting import check_guess_range
    from tfpaintsep.separation.results import growing_layers
    from tfpaintsep.separation.streaming import separate_on_disk

    with ExitStack() as files:
        opened = {}
        for role, path in inputs.items():
            disk, channels = options.existing_parent(out), 3 if role == "rgb" else 1
            opened[role] = files.enter_context(on_disk(path, disk, channels, track))
            check_same_size(str(inputs["xray"]), opened["xray"].size, str(path), opened[role].size)
            if role == "xray":
                separator.check_depth(opened[role].dtype, path)
        radiograph = RadiographOnDisk(opened["xray"], separator.gain, separator.polarity)
        init = opened.get("init")
        if init is not None:
            check_scale(inputs["init"], init.dtype, separator.gain)
            check_guess_range(init.largest, opened["xray"].largest)
        with (
            _result(separator, inputs, out, overwrite) as (folder, provenance),
            growing_layers(folder, radiograph, provenance) as write,
        ):
            separate_on_disk(separator, radiograph, PhotographOnDisk(opened["rgb"]), write, init)


def _open_model(where: Any, message_limit: float | None, given: bool) -> Any:
    """The model, after saying how it will take the radiograph."""
    load_quietly()
    from tfpaintsep.separation.serving import SeparationModel

    separator = SeparationModel(models.open_source(where, message_limit))
    if separator.trained_from_given_image and not given:
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
    return separator


@contextmanager
def _result(
    separator: Any, inputs: dict[str, Path], out: Path, overwrite: bool
) -> Iterator[tuple[Any, dict[str, Any]]]:
    """A folder for the result and its record; it gets its name when the pictures are there."""
    from tfpaintsep.runs.folder import RunFolder, new_result
    from tfpaintsep.runs.provenance import describe_input, make_provenance, now

    facts = {"gain": separator.gain, "polarity": str(separator.polarity)}
    described = {
        role: describe_input(path, **(facts if role == "xray" else {}))
        for role, path in inputs.items()
    }
    provenance = make_provenance(
        inputs=described, configuration={"model": separator.source.identity}, seed=0
    )
    with new_result(out, overwrite=overwrite) as made:
        folder = RunFolder(made)
        folder.begin(provenance["configuration"], provenance)
        yield folder, provenance
        folder.end(finished=now())

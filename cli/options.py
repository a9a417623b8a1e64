"""Options that several commands share."""

from pathlib import Path

import click

from tfpaintsep.errors import InputError
from tfpaintsep.training.placement import STRATEGIES

PATH = click.Path(path_type=Path)

xray = click.option(
    "--xray", type=PATH, required=True, help="Mixed X-radiograph: TIFF, PNG or JPEG, grey."
)
rgb = click.option(
    "--rgb",
    type=PATH,
    required=True,
    help="Photograph of the surface in colour, registered to the radiograph, of its size.",
)
init = click.option(
    "--init",
    type=PATH,
    help="First guess of the surface painting's X-ray layer (g1), in the radiograph's units.",
)
xrf = click.option(
    "--xrf",
    type=PATH,
    required=True,
    help="Coarse element maps: TIFF stack (ImageJ, OME), EDF, PyMca's HDF5 (file.h5 or "
    "file.h5::/group), .csv or .dat, Datamuncher's .dms, .npy, .npz, or a folder of TIFF, EDF or "
    "text files named by element.",
)
rgb_of_maps = click.option(
    "--rgb",
    type=PATH,
    required=True,
    help="Photograph in colour, registered to the maps, the scale times their size.",
)
names = click.option(
    "--names",
    callback=lambda context, parameter, value: _split_names(value),
    metavar="NAME,NAME,...",
    help="Names of the maps in their order, such as Pb-L,Hg-L, for a file that holds none.",
)
polarity = click.option(
    "--polarity",
    type=click.Choice(["as-stored", "negative", "positive"]),
    default="as-stored",
    show_default=True,
    help="negative: absorbing paint is bright, as film is customarily shown; positive: it is "
    "dark. as-stored takes the values as they are, as negative does.",
)
strategy = click.option(
    "--strategy",
    type=click.Choice(STRATEGIES),
    default="auto",
    show_default=True,
    help="auto: the machines that TF_CONFIG names, else all visible GPUs; single: one device; "
    "mirrored: several of this machine; multiworker: several machines, TF_CONFIG set for each.",
)
devices = click.option(
    "--devices",
    metavar="N|GPU:0,GPU:1",
    help="How many devices, or which ones, of each machine.  [default: all GPUs, but no more than "
    "there are samples in a batch; else the CPU]",
)
mixed_precision = click.option(
    "--mixed-precision",
    is_flag=True,
    help="Train with products in bfloat16; the same as --set training.mixed_precision=true.",
)
seeds = click.option(
    "--seeds",
    type=click.IntRange(1),
    metavar="N",
    help="Train N times, with seeds from training.seed on, and write how far the results "
    "disagree. The result itself stays the first training's; --resume adds to a finished run.",
)
overwrite = click.option(
    "--overwrite",
    is_flag=True,
    help="Replace an earlier result of tfpaintsep, the whole folder in --out.",
)


def check_present(*paths: Path | None) -> None:
    """Refuse pictures that are not there before anything slow is loaded to read them.

    Raises:
        InputError: If one is missing.
    """
    for path in paths:
        if path is not None and not path.exists():
            raise InputError(
                path,
                expected="a TIFF, PNG or JPEG image",
                found="no such file",
                advice="Check the name and the folder.",
            )


def existing_parent(out: Path) -> Path:
    """The nearest folder above a result that is there already: on its disk is room for it."""
    return next(folder for folder in out.absolute().parents if folder.is_dir())


def check_output_apart(out: Path, inputs: dict[str, Path | None]) -> None:
    """Refuse an output folder that holds one of the inputs.

    Raises:
        InputError: If it does, because replacing the folder would lose the input.
    """
    for option, path in inputs.items():
        if path is not None and path.resolve().is_relative_to(out.resolve()):
            raise InputError(
                "--out",
                expected="a folder that holds none of the inputs",
                found=f"{path} ({option}) inside {out}",
                advice="Choose another --out.",
            )


def _split_names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(","))

"""`tfpaintsep simulate`: a painting whose layers and element maps are known."""

from pathlib import Path
from typing import Any, Literal

import click

from tfpaintsep.errors import InputError

from . import options

_SIDE = 400


@click.command("simulate")
@click.option("--out", type=options.PATH, required=True, help="Folder to write.")
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Another painting."
)
@click.option(
    "--size",
    type=click.IntRange(32),
    nargs=2,
    default=(_SIDE, _SIDE),
    metavar="HEIGHT WIDTH",
    help=f"Pixels, {_SIDE} {_SIDE} by default; made multiples of 4, the step of the element maps.",
)
@click.option(
    "--surface",
    metavar="NAME|FILE",
    help="The visible composition: portrait, astronaut, cat, coffee, rocket, cameraman, "
    "procedural (invented), or a photograph in colour; by default a part of one that the seed "
    "chooses.",
)
@click.option("--concealed", metavar="NAME|FILE", help="The composition beneath, likewise.")
@click.option(
    "--mixture",
    type=click.Choice(["additive", "exact", "film"]),
    default="additive",
    show_default=True,
    help="The radiograph: the sum of its two layers, or what one hardening beam through both "
    "leaves on a digital detector (exact) or on film.",
)
@click.option(
    "--dwell",
    type=click.FloatRange(0, min_open=True),
    default=0.1,
    show_default=True,
    help="Seconds that the scan of the elements stays on a pixel.",
)
@options.overwrite
def command(
    out: Path,
    seed: int,
    size: tuple[int, int],
    surface: str | None,
    concealed: str | None,
    mixture: Literal["additive", "exact", "film"],
    dwell: float,
    overwrite: bool,
) -> None:
    """Paint one composition over another, take its radiograph and scan its elements.

    Writes rgb.tif, xray.tif and maps.tif (coarse, noisy); truth/surface.tif, truth/concealed.tif
    and truth/maps.tif (fine, without noise); and painting.json, which says how all was made.
    """
    from dataclasses import replace

    from tfpaintsep.runs.folder import check_free, new_result
    from tfpaintsep.simulation import simulate, write_painting
    from tfpaintsep.simulation.fluorescence import SCALE

    names = {"surface": surface, "concealed": concealed}
    for role, name in names.items():
        _check_picture(f"--{role}", name)
    options.check_output_apart(out, {f"--{role}": path for role, path in _files(names).items()})
    check_free(out, overwrite=overwrite, ours="painting.json")
    height, width = (side + -side % SCALE for side in size)
    if (height, width) != size:
        click.echo(
            f"Note: painting {height} x {width} px for {size[0]} x {size[1]}: each pixel of the "
            f"element maps covers {SCALE} x {SCALE}.",
            err=True,
        )
    inputs = _described(names)  # first: a file may change while the painting is made
    try:
        painting = simulate(
            surface, concealed, size=(height, width), seed=seed, mixture=mixture, dwell=dwell
        )
    except MemoryError as error:
        raise InputError(
            "--size",
            expected="a painting that fits into memory",
            found=f"{height} x {width} px, which does not",
            advice="Choose a smaller one.",
        ) from error
    made = {**painting.metadata, **_made(seed, inputs)}
    painting = replace(painting, metadata=made)
    with new_result(out, overwrite=overwrite, ours="painting.json") as folder:
        write_painting(painting, folder)
    elements = ", ".join(painting.maps.names)
    click.echo(
        f"Wrote {out}: {made['surface_picture']} over {made['concealed_picture']}, "
        f"{height} x {width} px; "
        f"maps of {elements}. The answer is in {out / 'truth'}."
    )


def _check_picture(option: str, name: str | None) -> None:
    """Refuse what is neither a known name nor a file, in the option's own name."""
    from tfpaintsep.simulation.pictures import PICTURES, PROCEDURAL, is_file

    if name is None or name in (*PICTURES, PROCEDURAL) or is_file(name):
        return
    raise InputError(
        option,
        expected=f"one of {', '.join(PICTURES)}, {PROCEDURAL}, or a photograph",
        found=f"{name}, a folder" if Path(name).is_dir() else f"{name}, no such name or file",
        advice="Choose one of these, or give a TIFF, PNG or JPEG in colour.",
    )


def _files(names: dict[str, str | None]) -> dict[str, Path | None]:
    from tfpaintsep.simulation.pictures import is_file

    return {role: Path(name) if name and is_file(name) else None for role, name in names.items()}


def _described(names: dict[str, str | None]) -> dict[str, dict[str, Any]]:
    from tfpaintsep.runs.provenance import describe_input

    return {role: describe_input(path) for role, path in _files(names).items() if path}


def _made(seed: int, inputs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What made the painting: the command, the files given, the versions."""
    from importlib.metadata import version

    from tfpaintsep.runs.provenance import make_provenance

    record = make_provenance(inputs=inputs, configuration={}, seed=seed)
    versions = {**record["versions"], **{name: version(name) for name in ("scipy", "xraydb")}}
    return {
        "status": "simulated",
        "command": record["command"],
        "made": record["started"],
        "inputs": inputs,
        "versions": versions,
    }

"""`tfpaintsep register`: a photograph onto the pixel grid of a radiograph or of element maps."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfpaintsep.errors import InputError

from . import options

if TYPE_CHECKING:
    import numpy as np

    from tfpaintsep.images import Resolution
    from tfpaintsep.registration.photograph import Original
    from tfpaintsep.registration.result import Registration

_OURS = "transform.json"


@click.command("register")
@click.option("--xray", type=options.PATH, help="Radiograph that the photograph is to fit.")
@click.option("--xrf", type=options.PATH, help="Element maps that it is to fit, of any kind.")
@click.option("--rgb", type=options.PATH, required=True, help="Photograph, of any size.")
@click.option(
    "--points",
    type=options.PATH,
    help="Control points: CSV with the columns x, y, photo_x, photo_y, or as Butterfly Registrator "
    "saves them. Without them the registration is looked for (needs the extra `register`).",
)
@click.option(
    "--model",
    type=click.Choice(["auto", "similarity", "affine", "projective", "thin-plate", "spline"]),
    default="auto",
    show_default=True,
    help="How the photograph may be moved. auto: with points what their number and errors "
    "suggest, without them affine. projective and thin-plate need points, spline none.",
)
@click.option(
    "--scale",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="With --xrf: pixels of the result along one of the maps.",
)
@options.names
@click.option(
    "--max-outside",
    type=click.FloatRange(0, 100),
    default=1.0,
    show_default=True,
    metavar="PERCENT",
    help="How much of the result may lie outside the photograph; it becomes black.",
)
@click.option("--out", type=options.PATH, required=True, help="Folder to write.")
@options.overwrite
def command(
    xray: Path | None,
    xrf: Path | None,
    rgb: Path,
    points: Path | None,
    model: str,
    scale: int,
    names: tuple[str, ...] | None,
    max_outside: float,
    out: Path,
    overwrite: bool,
) -> None:
    """Bring a photograph into register with a radiograph or with element maps.

    Writes rgb.tif, of the radiograph's size, or --scale times that of the maps, for --rgb of
    train-sep and train-sr; transform.json with how it was moved and why that is believed;
    before-after.png to look at; transform.tfm for SimpleITK. A registration that is
    no better than chance is refused.
    """
    from tfpaintsep.runs.folder import check_free

    if (xray is None) == (xrf is None):
        raise click.UsageError("Give either --xray or --xrf, which the photograph is to fit.")
    _check_model(model, points)
    options.check_output_apart(
        out, {"--xray": xray, "--xrf": xrf, "--rgb": rgb, "--points": points}
    )
    if Path.cwd().is_relative_to(out.resolve()):  # it is replaced as a whole
        raise InputError(
            out,
            expected="a folder that can be replaced",
            found="the folder this command runs in",
            advice="Choose another name for --out.",
        )
    check_free(out, overwrite=overwrite, ours=_OURS)
    _check_present({"--xray": xray, "--xrf": xrf, "--rgb": rgb, "--points": points})
    if points is None:
        from tfpaintsep.registration.automatic import check_installed

        check_installed()
    from tfpaintsep.registration.photograph import read_original
    from tfpaintsep.registration.result import Target, register_photograph

    pixel = 1 if xray else scale
    original = read_original(rgb)
    values, resolution, path, notes = _read_fixed(xray, xrf, names)
    target = Target(values, resolution, path, pixel)
    for remark in (*notes, *original.photograph.notes):
        click.echo(f"Note: {remark}", err=True)
    if points is None:
        click.echo("Looking for the registration; this may take some minutes.", err=True)
    found = register_photograph(target, original, rgb, points, model, max_outside)
    for line in found.in_words():
        click.echo(line)
    record = _record(found, xray, xrf, rgb, points, {"model": model, "scale": pixel})
    _write(out, found, original, target.values, target.fine_resolution, record, overwrite)
    use = ["train-sep", "--xray", xray] if xray else ["train-sr", "--xrf", xrf, "--scale", scale]
    if xrf and names:
        use += ["--names", ",".join(names)]
    words = ["tfpaintsep", *use, "--rgb", out / "rgb.tif", "--out", "RUN"]
    click.echo(f"Wrote {out}. Look at {out / 'before-after.png'}, then for instance:")
    click.echo(f"  {shlex.join(map(str, words))}")


def _check_model(model: str, points: Path | None) -> None:
    wrong = ("projective", "thin-plate") if points is None else ("spline",)
    if model in wrong:
        raise InputError(
            f"--model {model}",
            expected="control points" if points is None else "no control points",
            found="none" if points is None else f"{points}",
            advice="Give --points FILE, or another --model."
            if points is None
            else "Choose thin-plate, which bends the photograph by points, or leave them out.",
        )


def _check_present(files: dict[str, Path | None]) -> None:
    """Refuse names of nothing at once, before the libraries that read pictures are loaded."""
    for option, path in files.items():
        if path is not None and not Path(str(path).partition("::")[0]).exists():
            raise InputError(
                path,
                expected=f"a file for {option}",
                found="no such file",
                advice="Check the name and the folder.",
            )


def _read_fixed(
    xray: Path | None, xrf: Path | None, names: tuple[str, ...] | None
) -> tuple["np.ndarray", "Resolution | None", Path, tuple[str, ...]]:
    """Values (h, w, c), resolution, file and notes of what the photograph is to fit."""
    from tfpaintsep.images import read_element_maps, read_radiograph

    if xray is not None:
        radiograph = read_radiograph(xray)
        return radiograph.values[..., None], radiograph.resolution, xray, radiograph.notes
    assert xrf is not None
    stack = read_element_maps(xrf, names=names, allow_constant=True)
    return stack.values, stack.resolution, xrf, stack.notes


def _record(
    found: "Registration",
    xray: Path | None,
    xrf: Path | None,
    rgb: Path,
    points: Path | None,
    configuration: dict[str, Any],
) -> dict[str, Any]:
    from tfpaintsep.runs.provenance import describe_input, make_provenance

    files = {"xray": xray, "xrf": xrf, "rgb": rgb, "points": points}
    inputs = {role: describe_input(path) for role, path in files.items() if path}
    provenance = make_provenance(inputs=inputs, configuration=configuration, seed=0)
    provenance["status"] = "registered photograph"
    if found.software:
        provenance["versions"] |= found.software
    return {**found.as_dict(), "provenance": provenance}


def _write(
    out: Path,
    found: "Registration",
    original: "Original",
    fixed: "np.ndarray",
    resolution: "Resolution | None",
    record: dict[str, Any],
    overwrite: bool,
) -> None:
    from tfpaintsep.registration.photograph import write_registered
    from tfpaintsep.registration.pictures import draw_before_and_after
    from tfpaintsep.registration.structure import most_structured
    from tfpaintsep.runs.folder import new_result
    from tfpaintsep.runs.provenance import write_json

    with new_result(out, overwrite=overwrite, ours=_OURS) as folder:
        made = record["provenance"]
        description = (
            f"Photograph {Path(made['inputs']['rgb']['file']).name} registered ({found.model}) by "
            f"{made['software']}; see transform.json beside this file."
        )
        values = found.resampled.values
        write_registered(folder / "rgb.tif", values, original, resolution, description)
        shown = fixed[..., most_structured(fixed)]
        draw_before_and_after(
            folder / "before-after.png", shown, original.photograph.values, values
        )
        found.write_transform(folder / "transform.tfm")
        write_json(folder / _OURS, record)

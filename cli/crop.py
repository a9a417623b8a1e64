"""`tfpaintsep crop`: the same part of a radiograph and of its photograph."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tfpaintsep.errors import InputError

from . import options


@click.command("crop")
@options.xray
@options.rgb
@click.option(
    "--region",
    type=click.IntRange(0),
    nargs=4,
    required=True,
    metavar="TOP LEFT HEIGHT WIDTH",
    help="The part, in pixels from the upper left corner.",
)
@click.option("--out", type=options.PATH, required=True, help="Folder to write.")
@options.overwrite
def command(
    xray: Path, rgb: Path, region: tuple[int, int, int, int], out: Path, overwrite: bool
) -> None:
    """Cut the same part out of a radiograph and its registered photograph.

    Of a painting too large to be trained on at once, `train-sep` can learn from a part, and
    `separate` then separate all of it. Writes xray.tif and rgb.tif with the same values, and
    their resolution; a radiograph of floats in 32 bits, a photograph in 8 if that holds it, or 16.
    """
    from tfpaintsep.images import write_photograph, write_radiograph
    from tfpaintsep.images.checks import check_same_size
    from tfpaintsep.runs.folder import check_free, new_result
    from tfpaintsep.runs.provenance import describe_input, make_provenance, write_json

    options.check_output_apart(out, {"--xray": xray, "--rgb": rgb})
    check_free(out, overwrite=overwrite)
    with ExitStack() as files:
        radiograph, photograph = _open(files, xray, rgb, options.existing_parent(out))
        check_same_size(str(xray), radiograph.size, str(rgb), photograph.size)
        part = _slices(region, radiograph.size)
        cut_xray, cut_rgb = (_part(image, part) for image in (radiograph, photograph))
    provenance = make_provenance(
        inputs={"xray": describe_input(xray), "rgb": describe_input(rgb)},
        configuration={"region": list(region)},
        seed=0,
    )
    with new_result(out, overwrite=overwrite) as folder:
        write_json(folder / "provenance.json", provenance)
        write_radiograph(folder / "xray.tif", cut_xray)
        write_photograph(folder / "rgb.tif", cut_rgb)
    height, width = region[2:]
    click.echo(f"Wrote {out}: xray.tif and rgb.tif ({height} x {width} px)")


def _open(files: ExitStack, xray: Path, rgb: Path, scratch: Path) -> tuple[Any, Any]:
    """Both pictures, read whole or, if large, to be read in part."""
    from tfpaintsep.images import Polarity, read_photograph, read_radiograph
    from tfpaintsep.images.on_disk import PhotographOnDisk, RadiographOnDisk, is_large, on_disk
    from tfpaintsep.training.progress import track

    if not is_large(xray):
        return read_radiograph(xray), read_photograph(rgb)
    x, r = (
        files.enter_context(on_disk(path, scratch, channels, track))
        for path, channels in ((xray, 1), (rgb, 3))
    )
    # The scale is of no account here: values are written as they are stored.
    return RadiographOnDisk(x, x.maximum or 1.0, Polarity.AS_STORED), PhotographOnDisk(r)


def _part(image: Any, part: Any) -> Any:
    return image.part(part) if hasattr(image, "part") else replace(image, values=image.values[part])


def _slices(region: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[slice, slice]:
    from tfpaintsep.images.reading import SMALLEST_SIDE

    top, left, height, width = region
    fits = top + height <= size[0] and left + width <= size[1]
    if not fits or min(height, width) < SMALLEST_SIDE:
        raise InputError(
            "--region",
            expected=f"a part of the picture, {size[0]} x {size[1]} px (height x width), of at "
            f"least {SMALLEST_SIDE} x {SMALLEST_SIDE} px",
            found=f"{height} x {width} px from row {top}, column {left}",
            advice="Give TOP LEFT HEIGHT WIDTH in pixels, counted from the upper left corner.",
        )
    return slice(top, top + height), slice(left, left + width)

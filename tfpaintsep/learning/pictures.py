"""Photographs to simulate paintings from: every one that lies in some folders, packed up or not.

    python -m tfpaintsep.learning.pictures FOLDER... --out FOLDER

The pictures that the prior learned from come from three packages of Debian 12, which are free to
use: `gcompris-qt-data` 3.1-2, `palapeli-data` 22.12.3-1 and `mate-backgrounds` 1.26.0-1, unpacked
with `dpkg-deb -x`.
"""

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import click
import numpy as np
from PIL import Image, UnidentifiedImageError

SMALLEST, LARGEST = 250, 1024
"""Shorter side that a picture must have, longer side to which it is reduced, pixels."""

_FLAT = 0.3
"""Part of neighbouring pixels that may be equal; more are seen in drawings and cut-outs."""

_STARTS = (b"RIFF", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""Of a WebP, a JPEG and a PNG."""


def photographs(data: bytes) -> Iterator[Image.Image]:
    """Every photograph in colour in a file, wherever in it; reduced to `LARGEST`."""
    starts = sorted(at for mark in _STARTS for at in _places(data, mark))
    for at in starts:
        try:
            image = Image.open(BytesIO(data[at:]))
            image.load()
        except (UnidentifiedImageError, OSError, SyntaxError):
            continue
        if image.mode == "RGB" and min(image.size) >= SMALLEST:
            image.thumbnail((LARGEST, LARGEST))
            if min(image.size) >= SMALLEST and _is_photograph(np.asarray(image)):
                yield image


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


def _is_photograph(rgb: np.ndarray) -> bool:
    equal = (rgb[:, 1:] == rgb[:, :-1]).all(axis=-1).mean()
    colourful = np.ptp(rgb.astype(int), axis=-1).mean() > 8
    return bool(equal < _FLAT and colourful)


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(folders: tuple[Path, ...], out: Path) -> None:
    """Write the photographs in FOLDERS to OUT, each once, named by its content."""
    out.mkdir(parents=True, exist_ok=True)
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.is_file()):
        for image in photographs(file.read_bytes()):
            name = hashlib.sha256(np.asarray(image).tobytes()).hexdigest()[:12]
            image.save(out / f"{name}.png")
    click.echo(f"{len(list(out.glob('*.png')))} photographs in {out}")


if __name__ == "__main__":
    main()

"""The pictures of docs/gallery.md, from a simulated painting, by the program's own commands.

    python benchmarks/gallery.py --work FOLDER

Some minutes on two cores; what FOLDER already holds is not made again. Screenshots need
what benchmarks/chromium.py needs.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import tifffile
from chromium import chromium  # type: ignore[import-not-found]  # beside this script
from PIL import Image
from scipy.ndimage import affine_transform

from tfpaintsep.images import read_element_maps, read_radiograph, write_8bit, write_16bit
from tfpaintsep.images.element_maps import write_element_maps
from tfpaintsep.images.element_stack import ElementStack

OUT = Path(__file__).resolve().parents[1] / "docs" / "images" / "gallery"
PAINTING = (
    "--seed",
    "12",
    "--size",
    "320",
    "256",
    "--surface",
    "coffee",
    "--concealed",
    "portrait",
)
TURN, SCALE, OFFSET = 1.5, 1.25, (-6.0, 4.0)
"""By how many degrees, how many times and pixels the photograph is off before it is registered."""


def main() -> None:
    """Make what is missing, then draw all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="Folder for paintings and runs.")
    parser.add_argument("--out", type=Path, default=OUT, help="Folder for the pictures.")
    arguments = parser.parse_args()
    work, out = arguments.work.resolve(), arguments.out
    out.mkdir(parents=True, exist_ok=True)
    painting = work / "painting"
    run("simulate", *PAINTING, out=painting)
    rgb = ("--rgb", painting / "rgb.tif")
    train = ("--truth", painting)
    layers, maps = work / "runs" / "cup", work / "runs" / "cup-maps"
    run("train-sep", "--xray", painting / "xray.tif", *rgb, *train, out=layers)
    run("train-sr", "--xrf", painting / "maps.tif", *rgb, "--scale", 4, *train, out=maps)
    for folder in (layers, maps):
        if not (folder / "evaluation").is_dir():
            call("evaluate", folder, "--truth", painting)
            call("report", folder)
    if not (work / "photograph.tif").exists():
        write_8bit(work / "photograph.tif", misplace(tifffile.imread(painting / "rgb.tif")))
    xray = ("--xray", painting / "xray.tif")
    run("register", *xray, "--rgb", work / "photograph.tif", out=work / "registered")
    faulty = spoil(painting, work / "faulty")
    run("check", *sorted(faulty.glob("*.tif")), out=work / "check.html")
    shrink(work / "registered" / "before-after.png", out / "register.jpg", 800)
    shrink(layers / "contact_sheet.png", out / "separation.jpg", 1500)
    shrink(maps / "contact_sheet.png", out / "element-maps.jpg", 900)
    photograph(work / "check.html", out / "check.jpg", height=760)
    photograph(layers / "report.html", out / "report.jpg", height=1250)
    total = sum(path.stat().st_size for path in out.glob("*.jpg"))
    print(f"{total / 1e6:.2f} MB in {out}")


def call(*words: object) -> None:
    """The real program; `check` may end with 2, which says that it has found something."""
    program = str(Path(sys.executable).with_name("tfpaintsep"))
    done = subprocess.run([program, *map(str, words)], check=False)
    if done.returncode not in ({0, 2} if words[0] == "check" else {0}):
        raise SystemExit(done.returncode)


def run(*words: object, out: Path) -> None:
    """The same for what writes `out`, unless it is there."""
    if not out.exists():
        call(*words, "--out", out)


def spoil(painting: Path, folder: Path) -> Path:
    """The painting's files with the faults that files of real ones have."""
    if folder.is_dir():
        return folder
    folder.mkdir(parents=True)
    xray = read_radiograph(painting / "xray.tif")
    low, high = np.quantile(xray.values, (0, 0.97))
    clipped = np.clip((xray.values - low) / (high - low), 0, 1)
    write_16bit(folder / "xray.tif", (np.floor(255 * clipped) * 257).astype("u2"), xray.resolution)
    rgb = tifffile.imread(painting / "rgb.tif")
    write_8bit(folder / "photograph.tif", np.roll(rgb, (5, -7), (0, 1)), xray.resolution)
    stack = read_element_maps(painting / "maps.tif")
    values = stack.values.copy()
    values[1::2] = np.roll(values[1::2], 1, axis=1)  # a scanner that lags on its way back
    write_element_maps(
        folder / "maps.tif",
        ElementStack(values, stack.names, stack.unit, stack.resolution),
        description="a scan",
    )
    return folder


def misplace(rgb: np.ndarray) -> np.ndarray:
    """The photograph as another camera would have taken it: larger, turned, with a margin."""
    size = np.array(rgb.shape[:2])
    height, width = (round(SCALE * side) + 48 for side in size)
    angle = np.deg2rad(TURN)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / SCALE
    offset = size / 2 - matrix @ (np.array([height, width]) / 2) + OFFSET
    channels = [
        affine_transform(
            channel,
            matrix,
            offset,
            output_shape=(height, width),
            order=3,
            mode="constant",
            cval=200,
        )
        for channel in np.moveaxis(rgb.astype(float), -1, 0)
    ]
    return np.clip(np.rint(np.stack(channels, axis=-1)), 0, 255).astype(np.uint8)


def shrink(source: Path, target: Path, width: int) -> None:
    """A picture as JPEG of a width."""
    with Image.open(source) as picture:
        rgb = picture.convert("RGB")
    size = (width, round(rgb.height * width / rgb.width))
    rgb.resize(size, Image.Resampling.LANCZOS).save(target, quality=82, optimize=True)


def photograph(page: Path, target: Path, *, height: int) -> None:
    """The upper part of a page, as a browser shows it."""
    png = target.with_suffix(".png")
    with chromium() as browser:
        browser.open(page.as_uri(), 1200, height)
        browser.wait_for("[...document.images].every(one => one.complete)")
        browser.screenshot(png, height)
    shrink(png, target, 1200)
    png.unlink()


if __name__ == "__main__":
    main()

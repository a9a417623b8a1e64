"""The pictures of docs/tensorboard.md: three small runs, a real TensorBoard, real Chromium.

    python benchmarks/tensorboard_pictures.py [--runs FOLDER]

Needs Chromium and playwright. Takes some minutes, most of them for the runs.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chromium import Browser, chromium  # type: ignore[import-not-found]  # beside this script
from PIL import Image
from playwright.sync_api import Page

from tfpaintsep.training.board import SCORES

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZES = {"hparams": (2100, 620)}
WIDTH, HEIGHT = 1440, 860
SMALL = (
    "network.layers=3 network.channels=16 training.patch=64 training.batch=2 training.epochs=16 "
    "training.steps_per_epoch=5"
)
RUNS = {
    "portrait": "train-sep",
    "portrait-hard": "train-sep network.shrinkage=hard training.learning_rate=0.001",
    "portrait-maps": "train-sr pretraining.steps=120 generator.iterations=2 generator.channels=16",
}
"""By name what trains a run, and with which settings."""

BOARDS = {
    "custom_scalars": ("charts", "vz-line-chart2"),
    "scalars": ("scalars", "vz-line-chart2"),
    "images": ("images", "tf-image-loader img"),
    "hparams": ("hparams", "vaadin-grid"),
}
"""By board the name of its picture, and what is there when it has been drawn."""


def make_runs(folder: Path) -> None:
    """Simulate a painting and train on it."""

    def call(*words: str) -> None:
        subprocess.run([str(Path(sys.executable).parent / "tfpaintsep"), *words], check=True)

    painting = folder.parent / "painting"
    call("simulate", "--seed", "3", "--size", "160", "200", "--out", str(painting))
    for name, job in RUNS.items():
        command, *settings = job.split()
        separation = command == "train-sep"
        source = ["--xray", "xray.tif"] if separation else ["--xrf", "maps.tif"]
        settings += SMALL.split() if separation else []
        call(
            *(command, source[0], str(painting / source[1]), "--rgb", str(painting / "rgb.tif")),
            *("--truth", str(painting / "truth"), "--out", str(folder / name)),
            *(word for setting in settings for word in ("--set", setting)),
        )


@contextmanager
def tensorboard(folder: Path) -> Iterator[str]:
    """TensorBoard on a free port; gives its address."""
    server = subprocess.Popen(
        [str(Path(sys.executable).parent / "tensorboard"), "--logdir", folder.name, "--port", "0"],
        cwd=folder.parent,  # TensorBoard shows the folder as it is given
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stderr is not None
        for line in server.stderr:
            if found := re.search(r"http://\S+:(\d+)/", line):
                yield f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise RuntimeError("TensorBoard did not start")
    finally:
        server.terminate()
        server.wait()


def narrow(page: Page) -> None:
    """On the board HParams, leave the separations and show their scores."""
    boxes = page.locator("paper-checkbox")
    unwanted = (
        "super-resolution",
        *(f"{SCORES}/{name}" for name in ("ergas", "psnr", "rmse", "sam")),
    )
    wanted = (f"{SCORES}/{name}" for name in ("sdri_surface", "siri_concealed", "siri_surface"))
    for name in (*unwanted, *wanted):
        boxes.filter(has_text=name).first.click()
    boxes.first.scroll_into_view_if_needed()


def take(browser: Browser, board: str, name: str) -> None:
    """Write a screenshot with the few colours that it needs."""
    time.sleep(4)  # what is drawn is still moved about
    path = IMAGES / f"tensorboard-{name}.png"
    browser.screenshot(path)
    Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)
    print(f"{path.name}: {board}, {path.stat().st_size / 1000:.0f} kB")


def main() -> None:
    """Make the runs if they are not given, and the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, help="Folder of runs; made where it does not exist.")
    with tempfile.TemporaryDirectory() as temporary:
        folder = parser.parse_args().runs or Path(temporary) / "runs"
        if not folder.exists():
            make_runs(folder)
        with tensorboard(folder) as address, chromium() as browser:
            page = browser.page
            for board, (name, content) in BOARDS.items():
                size = SIZES.get(board, (WIDTH, HEIGHT))
                browser.open("about:blank", *size)
                browser.open(f"{address}/#{board}", *size)
                page.locator(content).first.wait_for()
                if board == "images":
                    page.locator("tf-tag-filterer input").fill("surface|concealed")
                    time.sleep(3)
                if board in ("scalars", "images"):  # the caption of the first card
                    page.locator("tf-card-heading paper-icon-button[icon=info]").first.click()
                take(browser, board, name)
            narrow(page)
            take(browser, "hparams", "hparams-scores")


if __name__ == "__main__":
    main()

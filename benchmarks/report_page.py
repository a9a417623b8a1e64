"""How fast the report of a large painting opens in Chromium, and how large its file is.

Builds the pages of a separation and of a super-resolution from simulated pictures, opens them from
disk in a headless Chromium (through Playwright, `pip install playwright`; the system's Chromium
does), and takes the medians of several openings. Nothing here needs a network.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright
from scipy.ndimage import zoom

from tfpaintsep.report import ElementPictures, Pictures, write_element_report, write_report

_LARGE_DRAWN = "() => [...document.querySelectorAll('#viewer canvas')].every(c => c.dataset.seen)"
_ALL_IN_SIGHT = """() => [...document.querySelectorAll('canvas')].filter(c => {
  const box = c.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.height > 0;
}).every(c => c.dataset.seen)"""
_FRAMES = """async (count) => {
  const button = document.querySelector('[data-act=in]');
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    button.click();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  }
  return (performance.now() - start) / count;
}"""


def texture(size: tuple[int, int], rng: np.random.Generator, grain: float = 0.03) -> np.ndarray:
    """Forms at every scale, 1/f, and film grain on top; (h, w) float32 in about [0, 1]."""
    found = np.zeros(size, np.float32)
    for cells in (4, 16, 64, 256):
        coarse = rng.normal(0, 1 / np.sqrt(cells), (cells, cells)).astype(np.float32)
        factors = (size[0] / cells, size[1] / cells)
        found += zoom(coarse, factors, order=1, grid_mode=True, mode="nearest")
    found += rng.normal(0, grain, size).astype(np.float32)
    return np.asarray((found - found.min()) / np.ptp(found), np.float32)


def separation(path: Path, size: tuple[int, int], truth: bool) -> None:
    """Write the page of a separation of this size."""
    rng = np.random.default_rng(0)
    surface, concealed = (25000 * texture(size, rng) for _ in range(2))
    residual = rng.normal(0, 150, size).astype(np.float32)
    write_report(
        path,
        title="A large painting",
        pictures=Pictures(
            photograph=np.stack([texture(size, rng) for _ in range(3)], axis=-1),
            mixture_input=surface + concealed + residual,
            surface=surface,
            concealed=concealed,
            residual=residual,
            true_surface=surface + 2 * residual if truth else None,
            true_concealed=concealed - residual if truth else None,
            gain=65535.0,
            pixel_size_mm=0.2,
        ),
        **_words(),
    )


def super_resolution(path: Path, size: tuple[int, int], bands: int) -> None:
    """Write the page of a super-resolution by 4 to this size, of so many elements."""
    rng = np.random.default_rng(0)
    coarse_size = (size[0] // 4, size[1] // 4)
    coarse = np.stack([300 * texture(coarse_size, rng) for _ in range(bands)], axis=-1)
    maps = coarse.repeat(4, axis=0).repeat(4, axis=1)
    write_element_report(
        path,
        title="A large scan",
        pictures=ElementPictures(
            photograph=np.stack([texture(maps.shape[:2], rng) for _ in range(3)], axis=-1),
            coarse=coarse,
            maps=maps + rng.normal(0, 3, maps.shape).astype(np.float32),
            names=tuple(f"X{i}-K" for i in range(bands)),
            scale=4,
            pixel_size_mm=0.5,
        ),
        consistency={"rms": 0.0, "largest": 0.0},
        **_words(),
    )


def _words() -> dict[str, Any]:
    nothing: dict[str, Any] = {"history": [], "scores": None, "findings": [], "notes": []}
    return nothing | {"provenance": {}}


def opening(browser: Browser, path: Path) -> tuple[float, float, float, float]:
    """Open a page once.

    Returns:
        Seconds until loaded, and until the curtain is drawn; processor seconds of the page's own
        process until then, which other programs do not lengthen; milliseconds of a step of zoom.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    start = time.perf_counter()
    page.goto(path.as_uri(), wait_until="load")
    loaded = time.perf_counter() - start
    page.evaluate("() => document.getElementById('viewer').scrollIntoView()")
    page.wait_for_function(f"() => ({_LARGE_DRAWN})() && ({_ALL_IN_SIGHT})()")
    drawn = time.perf_counter() - start
    metrics = session.send("Performance.getMetrics")["metrics"]
    worked = next(metric["value"] for metric in metrics if metric["name"] == "ProcessTime")
    step = page.evaluate(_FRAMES, 8)
    page.close()
    return loaded, drawn, worked, step


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser")
    parser.add_argument("--times", type=int, default=5, help="openings of each page")
    parser.add_argument("--keep", type=Path, help="a folder to leave the pages in")
    options = parser.parse_args()
    cases: dict[str, Callable[[Path], None]] = {
        "separation, 4000 x 3000": lambda path: separation(path, (3000, 4000), truth=False),
        "the same, layers known": lambda path: separation(path, (3000, 4000), truth=True),
        "super-resolution, 20 elements of 1200 x 900": lambda path: super_resolution(
            path, (900, 1200), bands=20
        ),
    }
    load = os.getloadavg()[0]
    print(f"Medians of {options.times} openings; {os.cpu_count()} cores, load {load:.1f}.")
    print()
    print(
        "| page | MB | written in, s | loaded, s | curtain drawn, s | of these its own CPU, s |"
        " a step of zoom, ms |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium)
        for i, (name, write) in enumerate(cases.items()):
            path = (options.keep or Path(scratch)) / f"page-{i}.html"
            start = time.perf_counter()
            write(path)
            written = time.perf_counter() - start
            found = [opening(browser, path) for _ in range(options.times)]
            medians = [statistics.median(column) for column in zip(*found, strict=True)]
            loaded, drawn, worked, step = medians
            size = path.stat().st_size / 1e6
            times = f"{written:.1f} | {loaded:.2f} | {drawn:.2f} | {worked:.2f} | {step:.0f}"
            print(f"| {name} | {size:.1f} | {times} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()

"""How well `tfpaintsep register` finds its way without control points.

Simulated radiographs, each with a photograph that another camera might have taken: turned by up to
4 degrees, of another scale (tags say which, to 1%; or nothing does), of other framing. Each is
registered to its own photograph, which should succeed, and to that of another painting, which must
be refused.

    python benchmarks/registration.py [--paintings 4] [--first-seed 300] [--spline] [--untagged]

Errors are in pixels of the radiograph: the mean displacement of all of the picture, which a
simulated photograph has by itself (it is lit from the side), and what remains beside that.
"""

import argparse
import time

import numpy as np

from tfpaintsep.registration.automatic import Automatic, register
from tfpaintsep.registration.resampling import resample
from tfpaintsep.registration.warp import MatrixWarp
from tfpaintsep.simulation import SimulatedPainting, simulate

SIDE, SHOWN = 320, 240


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paintings", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=300)
    parser.add_argument("--spline", action="store_true", help="bend by a B-spline, too")
    parser.add_argument("--untagged", action="store_true", help="tell the scale by areas alone")
    arguments = parser.parse_args()
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.paintings)
    paintings = [simulate(size=(SIDE, SIDE), seed=seed) for seed in seeds]
    model = "spline" if arguments.spline else "affine"
    print("| radiograph | photograph | clarity | starts | stands out | believed | off | rest | s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for i, seed in enumerate(seeds):
        for other in (i, (i + 1) % len(paintings)):
            began = time.perf_counter()
            rgb, truth, scale = photographed(paintings[other], seed)
            cut = slice((SIDE - SHOWN) // 2, (SIDE + SHOWN) // 2)
            xray = paintings[i].mixture[cut, cut].astype(np.float32)[..., None]
            by_area = float(np.sqrt(np.prod(rgb.shape[:2]) / np.prod(xray.shape[:2])))
            found = register(
                xray,
                rgb,
                scale=by_area if arguments.untagged else 1.01 * scale,
                is_tagged=not arguments.untagged,
                model=model,
            )
            row = [seed, seeds[other], *in_numbers(found, truth, scale, own=other == i)]
            print(
                "|", " | ".join(map(str, row)), f"| {time.perf_counter() - began:.0f} |", flush=True
            )


def in_numbers(found: Automatic, truth: MatrixWarp, scale: float, *, own: bool) -> list[str]:
    """Evidence, and errors where there is a truth."""
    evidence = found.evidence
    places = np.stack(np.meshgrid(*2 * [np.linspace(0, SHOWN - 1, 9)]), -1).reshape(-1, 2)
    wrong = (found.warp(places) - truth(places)) / scale
    off = float(np.hypot(*wrong.mean(axis=0)))
    rest = float(np.hypot(*(wrong - wrong.mean(axis=0)).T).mean())
    return [
        f"{evidence.clarity:.1f}",
        f"{evidence.agreeing} of 5",
        f"{evidence.stands_out:.1f}",
        "no" if evidence.doubts() else "yes",
        f"{off:.2f}" if own else "",
        f"{rest:.2f}" if own else "",
    ]


def photographed(painting: SimulatedPainting, seed: int) -> tuple[np.ndarray, MatrixWarp, float]:
    """A photograph, where the radiograph's pixels lie in it, and its pixels along one of those."""
    rng = np.random.default_rng([seed, 7])
    angle, scale = np.deg2rad(rng.uniform(-4, 4)), float(np.exp(rng.uniform(-0.25, 0.25)))
    size = (round(0.92 * scale * SIDE), round(0.94 * scale * SIDE))
    turned = np.eye(3)
    turned[:2, :2] = scale * np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    middle = (np.array(size[::-1]) - 1) / 2 + rng.uniform(-5, 5, 2)
    turned[:2, 2] = middle - turned[:2, :2] @ np.full(2, (SIDE - 1) / 2)
    cut = np.eye(3)
    cut[:2, 2] = (SIDE - SHOWN) // 2
    rgb = resample(
        painting.rgb, MatrixWarp(np.asarray(np.linalg.inv(turned), np.float64)), size
    ).values
    return rgb, MatrixWarp(turned @ cut), scale


if __name__ == "__main__":
    main()

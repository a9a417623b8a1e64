"""How real the simulated radiographs are: the photograph's share in its own radiograph.

Prints the figures of `tfpaintsep.evaluation.realism` over many simulated paintings, beside what
was measured on three crops of one real painting's radiograph and its registered photograph.

    python benchmarks/realism.py [--seeds 20] [--size 400]
"""

import argparse

import numpy as np

from tfpaintsep.evaluation.realism import explained_by_colour
from tfpaintsep.simulation import simulate

PAIRS = (
    ("portrait", "cat"),
    ("coffee", "astronaut"),
    ("cat", "portrait"),
    ("rocket", "coffee"),
    ("astronaut", "cameraman"),
)
REAL = {
    "global R²": "0.26 to 0.52",
    "local R², radius 10 px": "0.06 to 0.08",
    "local R², radius 30 px": "0.13 to 0.22",
    "local R², radius 60 px": "0.20 to 0.33",
    "gradient correlation, unsmoothed": "-0.03 to 0.06",
    "gradient correlation, sigma 2 px": "0.01 to 0.19",
    "gradient correlation, sigma 5 px": "0.10 to 0.37",
    "high-pass share": "0.24 to 0.34",
}


def main() -> None:
    """Measure all paintings and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--size", type=int, default=400)
    arguments = parser.parse_args()
    rows = []
    for seed in range(arguments.seeds):
        surface, concealed = PAIRS[seed % len(PAIRS)]
        size = (arguments.size, arguments.size)
        painting = simulate(surface, concealed, size=size, seed=seed)
        figures = explained_by_colour(painting.surface.astype(np.float64), painting.rgb)
        rows.append(
            [
                figures.global_r2,
                *figures.local_r2.values(),
                *figures.gradient_correlation.values(),
                figures.high_pass_share,
            ]
        )
    print("| | median | 10 to 90% | real, three crops |\n| --- | --- | --- | --- |")
    for (name, real), column in zip(REAL.items(), np.array(rows).T, strict=True):
        low, middle, high = np.percentile(column, [10, 50, 90])
        print(f"| {name} | {middle:.2f} | {low:.2f} to {high:.2f} | {real} |")


if __name__ == "__main__":
    main()

"""The command that makes the prior's weights."""

from pathlib import Path

import click

from .paintings import paint


@click.command()
@click.option("--paintings", type=click.Path(path_type=Path), required=True)
@click.option(
    "--seeds",
    nargs=2,
    type=int,
    multiple=True,
    default=[(10000, 10244), (20000, 20318), (30000, 30526)],
)
@click.option("--steps", type=int, default=3000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(
    paintings: Path, seeds: tuple[tuple[int, int], ...], steps: int, seed: int, out: Path
) -> None:
    """Simulate paintings (once), and learn the prior from them: 20 minutes each on two cores.

    PAINTINGS keeps the simulated paintings, of all SEEDS from first to last; OUT is the file of
    weights, `tfpaintsep/separation/prior/weights.npz` for those that come with the package.
    """
    files = paint(paintings, [s for low, high in seeds for s in range(low, high + 1)])

    from .prior import learn

    learn(files, steps, seed, out)


if __name__ == "__main__":
    main()

"""The command that makes the prior's weights."""

from pathlib import Path

import click

from .paintings import paint

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_RANGES = [(10000, 10244), (20000, 20318), (30000, 30526)]


@click.command()
@click.option("--paintings", type=click.Path(path_type=Path), required=True)
@click.option("--pictures", type=_FOLDER, help="Photographs to simulate more paintings of.")
@click.option("--seeds", nargs=2, type=int, multiple=True, default=_RANGES)
@click.option("--pictured", nargs=2, type=int, default=(40000, 40799), show_default=True)
@click.option("--steps", type=int, default=4000, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(
    paintings: Path,
    pictures: Path | None,
    seeds: tuple[tuple[int, int], ...],
    pictured: tuple[int, int],
    steps: int,
    seed: int,
    out: Path,
) -> None:
    """Simulate paintings (once), and learn the prior from them: an hour or so on two cores.

    PAINTINGS keeps the simulated paintings: of all SEEDS, from first to last, those of built-in
    and invented pictures, and of PICTURED those of PICTURES, which `tfpaintsep.learning.pictures`
    collects. OUT is the file of weights, `tfpaintsep/separation/prior/weights.npz` for those that
    come with the package.
    """
    files = paint(paintings, [one for first, last in seeds for one in range(first, last + 1)])
    if pictures:
        first, last = pictured
        photographs = sorted(pictures.glob("*.png"))
        files += paint(paintings / "pictured", range(first, last + 1), photographs)

    from .prior import learn

    learn(files, steps, seed, out)


if __name__ == "__main__":
    main()

"""`tfpaintsep demo`: the main job on a built-in painting whose layers are known."""

from pathlib import Path

import click

from . import options


@click.command("demo")
@click.option(
    "--out", type=options.PATH, default=Path("demo"), show_default=True, help="Folder to write."
)
@click.option("--preset", default="fast", show_default=True, help="Preset of the training.")
@click.option("--set", "settings", multiple=True, help="SECTION.NAME=VALUE; wins over the preset.")
@click.option("--size", type=click.IntRange(64), default=256, show_default=True, help="Pixels.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another painting."
)
@options.overwrite
def command(
    out: Path, preset: str, settings: tuple[str, ...], size: int, seed: int, overwrite: bool
) -> None:
    """Paint a portrait over a cat, take the radiograph, separate it, and score the result.

    Nothing is downloaded. The simulated radiograph is no function of the photograph's colours,
    so a result here says something about a real painting. Writes OUT/painting, OUT/run with
    report.html, and OUT/contact_sheet.png.
    """
    import shutil

    from tfpaintsep.runs.folder import claim_folder
    from tfpaintsep.separation.config import SeparationConfig
    from tfpaintsep.simulation import demo_painting, write_painting

    from .configuration import load_configuration
    from .train_sep import run_separation

    configuration = load_configuration(SeparationConfig, "separation", preset, settings=settings)
    claim_folder(out, overwrite=overwrite, ours="demo.txt")
    out.mkdir(parents=True, exist_ok=True)
    (out / "demo.txt").write_text("Written by tfpaintsep demo, which may replace this folder.\n")
    painting = out / "painting"
    write_painting(demo_painting(size=(size, size), seed=seed), painting)
    click.echo(f"Painted {painting}; separating with preset {preset} ...")
    run = out / "run"
    run_separation(
        painting / "xray.tif", painting / "rgb.tif", configuration, run, truth=painting / "truth"
    )
    shutil.copyfile(run / "contact_sheet.png", out / "contact_sheet.png")
    click.echo(f"Look at {out / 'contact_sheet.png'} and {run / 'report.html'}")

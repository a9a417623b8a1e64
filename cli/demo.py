"""`tfpaintsep demo`: both jobs on a built-in painting of which everything is known."""

from pathlib import Path

import click

from tfpaintsep.errors import InputError

from . import options


@click.command("demo")
@click.option(
    "--out", type=options.PATH, default=Path("demo"), show_default=True, help="Folder to write."
)
@click.option("--preset", default="fast", show_default=True, help="Preset of both trainings.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    help="SECTION.NAME=VALUE of the separation; wins over the preset.",
)
@click.option(
    "--set-sr",
    "sr_settings",
    multiple=True,
    help="SECTION.NAME=VALUE of the super-resolution; wins over the preset.",
)
@click.option(
    "--size",
    type=click.IntRange(64),
    default=256,
    show_default=True,
    help="Pixels, a multiple of 4.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Another painting."
)
@options.overwrite
def command(
    out: Path,
    preset: str,
    settings: tuple[str, ...],
    sr_settings: tuple[str, ...],
    size: int,
    seed: int,
    overwrite: bool,
) -> None:
    """Paint a portrait over a cat, separate its radiograph, refine its element maps, score both.

    Nothing is downloaded. Neither the simulated radiograph nor the maps are functions of the
    photograph's colours, so a result here says something about a real painting. Writes
    OUT/painting; OUT/run and OUT/run-sr, each with report.html; OUT/contact_sheet.png (the
    separation) and OUT/element_maps.png.
    """
    import shutil

    from tfpaintsep.configs import presets
    from tfpaintsep.runs.folder import check_free, claim_folder
    from tfpaintsep.separation.config import SeparationConfig
    from tfpaintsep.simulation import demo_painting, write_painting
    from tfpaintsep.superresolution.config import SuperResolutionConfig

    from .configuration import load_configuration
    from .train_sep import run_separation
    from .train_sr import run_super_resolution

    both = sorted(set(presets("separation")) & set(presets("superresolution")))
    if preset not in both:
        raise InputError(
            "--preset",
            expected=f"a preset that both trainings have: {', '.join(both)}",
            found=preset,
            advice="Choose one of these.",
        )
    separation = load_configuration(SeparationConfig, "separation", preset, settings=settings)
    super_resolution = load_configuration(
        SuperResolutionConfig, "superresolution", preset, settings=sr_settings, option="--set-sr"
    )
    check_free(out, overwrite=overwrite, ours="demo.txt")
    painted = demo_painting(size=(size, size), seed=seed)  # which may refuse the size
    claim_folder(out, overwrite=overwrite, ours="demo.txt")
    out.mkdir(parents=True, exist_ok=True)
    (out / "demo.txt").write_text("Written by tfpaintsep demo, which may replace this folder.\n")
    painting, run, run_sr = out / "painting", out / "run", out / "run-sr"
    sheet, maps_sheet = out / "contact_sheet.png", out / "element_maps.png"
    write_painting(painted, painting)
    rgb, truth = painting / "rgb.tif", painting / "truth"
    click.echo(f"Painted {painting}; separating its radiograph with preset {preset} ...")
    run_separation(painting / "xray.tif", rgb, separation, run, truth=truth)
    shutil.copyfile(run / "contact_sheet.png", sheet)
    click.echo(f"\nSuper-resolving its element maps ({', '.join(painted.maps.names)}) ...")
    run_super_resolution(painting / "maps.tif", rgb, super_resolution, run_sr, truth=truth)
    shutil.copyfile(run_sr / "contact_sheet.png", maps_sheet)
    click.echo(f"\nThe separation: look at {sheet} and {run / 'report.html'}")
    click.echo(f"The element maps: look at {maps_sheet} and {run_sr / 'report.html'}")

"""`tfpaintsep serving-config`: what the official server needs to serve a folder of models."""

import csv
import io
import shlex
from pathlib import Path
from typing import Literal

import click

from tfpaintsep.errors import InputError
from tfpaintsep.files import write_text

from . import options

MANIFEST = "kubernetes.yaml"

REMARKS = """\
Batching stays off (no --enable_batching): it joins requests to one, and images of different sizes
cannot be joined. The server looks for new versions and for a changed models.config once a minute.
It asks no one for a password: let only those reach its ports who may use the models."""


@click.command("serving-config")
@click.argument("models", type=options.PATH)
@click.option(
    "--versions",
    type=click.Choice(["latest", "all"]),
    default="latest",
    show_default=True,
    help="Serve the newest version of each model, or all of them.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help=f"Replace a models.config or {MANIFEST} that says other things.",
)
def command(models: Path, versions: Literal["latest", "all"], overwrite: bool) -> None:
    """Write the server's configuration for the models below MODELS, such as saved_models/.

    Writes models.config and kubernetes.yaml into MODELS, and prints how to start the official
    server, TensorFlow Serving, with Docker, as a program and on Kubernetes. Nothing is started.
    """
    from tfpaintsep import __version__
    from tfpaintsep.export import kubernetes, server_config
    from tfpaintsep.remote.address import ModelAddress

    found = server_config.find_models(models)
    folder = models.resolve()
    models_config, manifest = folder / server_config.MODELS_CONFIG, folder / MANIFEST
    config = server_config.make_server_config(found, versions)
    objects = kubernetes.make_manifest(folder, models_config)
    note = f"# Written by tfpaintsep {__version__}, serving-config.\n"
    texts = {
        models_config: note + server_config.config_text(config),
        manifest: note + kubernetes.manifest_text(objects),
    }
    _check_replaceable(texts, overwrite=overwrite)
    for path, text in texts.items():
        write_text(path, text)  # in one step: a server may be reading the file

    click.echo(f"Wrote {models_config}\nWrote {manifest}\n\nModels, as a client calls them:")
    for model in found:
        address = ModelAddress("HOST", server_config.GRPC_PORT, model.name)
        served = [str(number) for number in model.versions[0 if versions == "all" else -1 :]]
        click.echo(f"  {address}  {model.metadata.get('kind')}, version {', '.join(served)}")
    flags = server_config.server_flags(models_config)
    ports = [
        f"--publish={port}:{port}" for port in (server_config.GRPC_PORT, server_config.REST_PORT)
    ]
    mount = f"--mount={_fields('type=bind', f'source={folder}', f'target={folder}', 'readonly')}"
    entry = f"--entrypoint={server_config.BINARY}"
    docker = ["docker", "run", "--rm", *ports, mount, entry, server_config.IMAGE, *flags]
    _show("With Docker", docker)
    _show("With the server installed here", [server_config.BINARY, *flags])
    _show(
        f"On Kubernetes, with a copy of this folder in the volume of the claim {kubernetes.NAME}",
        ["kubectl", "apply", "-f", str(manifest)],
    )
    click.echo(f"\n{REMARKS}")


def _show(title: str, words: list[str]) -> None:
    click.echo(f"\n{title}:\n  {shlex.join(words)}")


def _fields(*fields: str) -> str:
    """Fields as Docker takes them: one line of CSV, so that paths may hold commas."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _check_replaceable(texts: dict[Path, str], *, overwrite: bool) -> None:
    """Refuse before anything is written.

    Raises:
        InputError: If a file is there that says other things and may not be replaced.
    """
    for path, text in texts.items():
        if path.is_dir() or (
            path.exists() and not overwrite and path.read_bytes() != text.encode()
        ):
            raise InputError(
                path,
                expected="no file of that name, or one with the same content",
                found="a folder" if path.is_dir() else "a file with other content",
                advice="Move it elsewhere." if path.is_dir() else "Add --overwrite to replace it.",
            )

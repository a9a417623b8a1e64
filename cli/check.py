"""`tfpaintsep check`: are these files fit for use, and do they fit each other?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfpaintsep.errors import InputError
from tfpaintsep.files import write_text

from . import options

if TYPE_CHECKING:
    from tfpaintsep.inspection import Inspection

_OWN = (".html", ".json")
"""Names of files that are written, and none of which is a picture or a map."""

_COLOURS = {"refused": "bold red", "warning": "yellow", "note": "cyan", "good": "green"}


@click.command("check")
@click.argument("files", nargs=-1, type=options.PATH)
@click.option("--xray", type=options.PATH, multiple=True, help="A file that is a radiograph.")
@click.option("--rgb", type=options.PATH, multiple=True, help="A file that is a photograph.")
@click.option("--xrf", type=options.PATH, multiple=True, help="Element maps, file or folder.")
@click.option(
    "--json", "json_path", metavar="FILE|-", help="Write the findings as JSON; - prints them."
)
@click.option(
    "--out", type=options.PATH, metavar="PAGE.html", help="Write a page with pictures, to send."
)
@click.option("--overwrite", is_flag=True, help="Replace what is there under these names.")
def command(
    files: tuple[Path, ...],
    xray: tuple[Path, ...],
    rgb: tuple[Path, ...],
    xrf: tuple[Path, ...],
    json_path: str | None,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Say whether FILES are fit for use, alone and together.

    What each file is, radiograph, photograph or element maps, is told by its content, or by
    --xray, --rgb and --xrf. Looked at are sizes, bit depth, clipping, borders, colour profiles,
    resolution tags, names and counts of elements, stripes of the scan, register, and how much of
    the radiograph the photograph explains. Exit code 0: they can be used, warnings or not; 2:
    something cannot work.
    """
    from tfpaintsep.inspection import Role, inspect_files

    given: list[tuple[Path, Role | None]] = [(path, None) for path in files]
    for role, paths in ((Role.RADIOGRAPH, xray), (Role.PHOTOGRAPH, rgb), (Role.MAPS, xrf)):
        given += [(path, role) for path in paths]
    if not given:
        raise click.UsageError("Name at least one file: tfpaintsep check xray.tif rgb.tif")
    json_file = Path(json_path) if json_path and json_path != "-" else None
    for option, path in (("--json", json_file), ("--out", out)):
        if path:
            _check_free(option, path, [file for file, _ in given], overwrite=overwrite)
    if json_file and out and json_file.resolve() == out.resolve():
        raise click.UsageError("--json and --out need two names.")
    inspection = inspect_files(given)
    if json_path == "-":
        click.echo(_as_json(inspection), nl=False)
    else:
        _print(inspection)
    if json_file:
        write_text(json_file, _as_json(inspection))
        click.echo(f"Wrote {json_file}", err=True)
    if out:
        _write_page(inspection, out)
    if not inspection.is_usable:
        raise InputError(
            "These files",
            expected="only files that can be used",
            found="some that are refused" + (" (see above)" if json_path != "-" else ""),
            advice="Nothing was changed or written to them.",
        )


def _check_free(option: str, target: Path, files: list[Path], *, overwrite: bool) -> None:
    """Refuse to write over a file that is to be checked, or over any that may not be replaced."""
    for file in files:
        given = Path(str(file).partition("::")[0]).resolve()  # of file.h5::/group the file
        inside = target.resolve().is_relative_to(given)
        if target.resolve() == given or (inside and target.exists() and target.suffix not in _OWN):
            raise InputError(
                option,
                expected="the name of a file to write",
                found=f"{target}, one of the files to check",
                advice="Choose another name.",
            )
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise InputError(
            option,
            expected="the name of a file in a folder that is there",
            found=f"{target}, a folder" if target.is_dir() else f"no folder {target.parent}",
            advice="Choose another name, such as check.html.",
        )
    if target.exists() and not overwrite:
        raise InputError(
            target,
            expected=f"no file of that name yet, as {option} is to write it",
            found="a file",
            advice="Choose another name, or add --overwrite to replace it.",
        )


def _print(inspection: "Inspection") -> None:
    """A table of the findings and the verdict, as wide as the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=False)
    for file in inspection.files:
        console.print(Text(f"{file.path}: {file.description}"))
    troubles = [finding for finding in inspection.findings if finding.severity != "good"]
    table = Table(show_lines=True)
    for title, ratio in (("", None), ("File", 2), ("Found", 4), ("Why, and what to do", 5)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for finding in troubles:
        severity = str(finding.severity)
        names = "\n".join(inspection.label(name) for name in finding.files)
        why = f"{_sentence(finding.why)} {finding.advice}".strip()
        table.add_row(
            Text(severity, _COLOURS[severity]),
            Text(names),
            Text(_sentence(finding.found)),
            Text(why),
        )
    if troubles:
        console.print(table)
    for finding in inspection.findings:
        if finding.severity == "good":
            names = ", ".join(inspection.label(name) for name in finding.files)
            console.print(Text("Good ", _COLOURS["good"]) + Text(f"{names}: {finding.found}"))
    console.print(Text(inspection.verdict, "bold"))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _as_json(inspection: "Inspection") -> str:
    return json.dumps(inspection.as_dict(), indent=2, ensure_ascii=False) + "\n"


def _write_page(inspection: "Inspection", path: Path) -> None:
    from tfpaintsep.report.check_page import write_check_page

    from .check_pictures import checked_pictures

    write_check_page(
        path,
        title=", ".join(
            dict.fromkeys(file.path.resolve().parent.name for file in inspection.files)
        ),
        verdict=inspection.verdict,
        usable=inspection.is_usable,
        pictures=checked_pictures(inspection),
        findings=[
            finding.as_dict() | {"files": [inspection.label(name) for name in finding.files]}
            for finding in inspection.findings
        ],
    )
    click.echo(f"Wrote {path}", err=True)

"""The command `tfpaintsep`: commands load only when called, errors become exit codes."""

import difflib
import errno
import importlib
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from tfpaintsep import __version__
from tfpaintsep.errors import InputError, TrainingDivergedError, WorkerLostError

COMMANDS = {
    "train-sep": ("train_sep", "Separate a mixed X-radiograph, trained on itself."),
    "train-sr": ("train_sr", "Super-resolve element maps, trained on themselves."),
    "separate": ("separate", "Separate a radiograph with a trained model."),
    "upscale": ("upscale", "Super-resolve element maps with a trained model."),
    "check": ("check", "Say whether files are fit, and fit each other."),
    "register": ("register", "Bring a photograph onto a radiograph or maps."),
    "crop": ("crop", "Cut the same part out of a radiograph and a photograph."),
    "evaluate": ("evaluate", "Score a result against layers or maps that are known."),
    "report": ("report", "Write the report page of a run again, or compare runs."),
    "export": ("export", "Copy a run's model to where a server finds it."),
    "serving-config": ("serving_config", "Configure a server for exported models."),
    "simulate": ("simulate", "Make a painting whose layers and maps are known."),
    "degrade": ("degrade", "Make coarse element maps of fine ones, for a test."),
    "benchmark": ("benchmark", "Compare methods where the answer is known."),
    "demo": ("demo", "Try everything on a built-in painting."),
}
"""By name the module in this folder, and what the overview says."""


class LazyGroup(click.Group):
    """Lists all commands without importing them: `--help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order a user needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module and take its `command`."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"tfpaintsep.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual; an unknown name is answered with the nearest one."""
        near = difflib.get_close_matches(args[0], COMMANDS, n=1)
        if args[0] not in COMMANDS and near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an interrupted one says how to go on with it, where it can."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            command = self.get_command(ctx, str(ctx.invoked_subcommand))
            parameters = command.params if command else ()
            resumable = _is_interruption(error) or isinstance(error, WorkerLostError)
            if resumable and any(one.name == "resume" for one in parameters):
                error.add_note(
                    f"{ctx.invoked_subcommand} with the same arguments and --resume goes on "
                    "(without --overwrite)."
                )
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tfpaintsep")
def cli() -> None:
    """Separate mixed X-radiographs and super-resolve MA-XRF element maps of paintings.

    Each method is trained on the one painting it is given, led by a photograph of it. All
    results are computed hypotheses. Exit codes: 0 done; 2 wrong input or arguments; 1 a fault of
    the program; 130 interrupted, resumable.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit."""
    # TensorFlow's C++ notices about CPU features tell this program's users nothing.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.exit(guarded(lambda: cli.main(args=arguments, standalone_mode=False)))


def guarded(action: Callable[[], Any]) -> int:
    """Run an action; say what went wrong in one message and return the exit code."""
    try:
        action()
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except click.ClickException as error:
        error.show()
        return int(error.exit_code)
    except InputError as error:
        click.echo(f"Error: {error}", err=True)
        return 2
    except TrainingDivergedError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    except WorkerLostError as error:
        message = [f"Error: {error}.", *getattr(error, "__notes__", [])]
        click.echo(" ".join(message), err=True)
        return 130
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        return 130
    except Exception as error:
        if _is_interruption(error):
            notes = getattr(error, "__notes__", [])
            click.echo(" ".join([f"Interrupted: {error}.", *notes]), err=True)
            return 130
        if isinstance(error, OSError) and error.strerror:
            place = error.filename if error.filename is not None else "A file"
            if error.errno in _UNUSABLE_PLACES:
                advice = "Choose another place, or make this one usable."
                found = f"expected a place to read or write; found: {error.strerror}. {advice}"
                click.echo(f"Error: {place}: {found}", err=True)
                return 2
            click.echo(f"Error: {place}: {error.strerror}", err=True)
            return 1
        raise
    return 0


_UNUSABLE_PLACES = {
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG),
}
"""What the user named cannot be used; a disk that is full or broken is another matter."""


def _is_interruption(error: Exception) -> bool:
    # Only the training loop knows it, and it must not be imported before it is needed.
    return type(error).__name__ == "Interrupted"

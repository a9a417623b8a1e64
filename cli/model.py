"""The argument MODEL: a folder here, or a model on a server."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfpaintsep.errors import InputError
from tfpaintsep.remote.address import ModelAddress, is_address, parse_address

if TYPE_CHECKING:
    from tfpaintsep.export.source import ModelSource

argument = click.argument("model", metavar="MODEL")
message_limit = click.option(
    "--message-limit",
    type=click.FloatRange(0.05, 2000),
    metavar="MIB",
    help="For a model on a server: the most that one request or answer may take; tiles become as "
    "small as that needs.  [default: 16]",
)


def parse_model(model: str, message_limit: float | None) -> Path | ModelAddress:
    """What MODEL means, without TensorFlow.

    Raises:
        InputError: If it is meant as an address and is none, or --message-limit goes with a
            folder.
    """
    if is_address(model):
        return parse_address(model)
    if message_limit is not None:
        raise InputError(
            "--message-limit",
            expected="the address of a model on a server",
            found=f"the path {model}",
            advice="Leave the option out: no messages are sent.",
        )
    if re.fullmatch(r"[\w.-]+:\d+/.+", model) and not Path(model).exists():
        raise InputError(
            model,
            expected="a folder, or an address that begins with grpc://",
            found="no such folder",
            advice=f"For a model on a server say grpc://{model}.",
        )
    return Path(model)


def open_source(model: Path | ModelAddress, message_limit: float | None) -> "ModelSource":
    """The model's folder, or the connection to its server, which ends with the command.

    Raises:
        InputError: If there is no such model.
    """
    if isinstance(model, Path):
        from tfpaintsep.export.source import LocalSource

        return LocalSource(model)
    # Notices of gRPC's C++ library, like TensorFlow's, tell this program's users nothing.
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    from tfpaintsep.remote.channel import MEBIBYTE, MESSAGE_LIMIT
    from tfpaintsep.remote.client import RemoteSource

    limit = MESSAGE_LIMIT if message_limit is None else round(message_limit * MEBIBYTE)
    source = RemoteSource(model, limit)
    click.get_current_context().call_on_close(source.close)
    return source

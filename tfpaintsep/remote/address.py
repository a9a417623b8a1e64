"""The address of a model on a server, without TensorFlow."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from tfpaintsep.errors import InputError

FORM = "grpc://HOST:PORT/NAME or grpc://HOST:PORT/NAME/VERSION"


@dataclass(frozen=True)
class ModelAddress:
    """A model, or one version of it, on a server.

    Attributes:
        host: A name or an IP address, of version 6 without brackets.
        port: The server's gRPC port; TF Serving's is 8500 by custom (its REST port is 8501).
        name: The name under which the server has the model.
        version: None for the newest the server has.
    """

    host: str
    port: int
    name: str
    version: int | None = None

    @property
    def server(self) -> str:
        """HOST:PORT, an IPv6 address in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        version = "" if self.version is None else f"/{self.version}"
        return f"grpc://{self.server}/{quote(self.name, safe='')}{version}"


def is_address(text: str) -> bool:
    """Whether a text is meant as an address, right or wrong, and not as a path."""
    return re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE) is not None


def parse_address(text: str) -> ModelAddress:
    """Read `grpc://HOST:PORT/NAME[/VERSION]`.

    Names are percent-decoded, as in any address: `Ghent%20Altarpiece`.

    Raises:
        InputError: If it is anything else; nothing is contacted.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:  # a port that is no number or beyond 65535, a lone bracket
        raise _refusal(text, str(error)) from error
    if parts.scheme != "grpc":
        raise _refusal(text, f"the scheme {parts.scheme}://")
    if parts.username is not None or parts.query or parts.fragment:
        raise _refusal(text, "a user, a query or a fragment (write ? and # as %3F and %23)")
    if not host or not port:
        raise _refusal(text, "no host" if not host else "no port")
    name, *rest = parts.path.removeprefix("/").removesuffix("/").split("/")
    if not name:
        raise _refusal(text, "no name of a model")
    if len(rest) > 1 or any(not re.fullmatch(r"[0-9]{1,18}", version) for version in rest):
        raise _refusal(text, f"/{'/'.join(rest)} after the name, which is no version's number")
    return ModelAddress(host, port, unquote(name), int(rest[0]) if rest else None)


def _refusal(text: str, found: str) -> InputError:
    return InputError(
        text,
        expected=FORM,
        found=found,
        advice="Give the address of a running model server, such as "
        "grpc://localhost:8500/soldier, or a folder.",
    )

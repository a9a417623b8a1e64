"""The connection to a model server: sizes, retries, and what a failure means to the user."""

import json
import threading

import grpc

from tfpaintsep.errors import InputError

from .address import ModelAddress

MEBIBYTE = 2**20

MESSAGE_LIMIT = 16 * MEBIBYTE
"""The most that a request or an answer may take, in bytes.

Tiles as large as a local run's fit, with up to about a dozen element maps. TF Serving takes up to
2 GiB. By default gRPC receives no more than 4 MiB, in every language: this client is told to take
what it asks for, but another server or a proxy between may not be.
"""

FRAMING = 4096
"""Of these bytes, what names, shapes and the protocol take beside the values: a few hundred."""

DEADLINE_SECONDS = 600.0
"""Until a request, its retries included, counts as lost. One tile on a server's busy CPU takes
seconds to a minute; only a server that hangs needs the deadline."""

CONNECT_SECONDS = 20.0
"""Until a host that does not answer at all counts as unreachable; gRPC's own patience."""

ATTEMPTS = 5
"""The most that gRPC allows."""

BACKOFF_SECONDS = 1.0
"""Before the first retry; then twice as long each time: 15 s in all, so that a server that is
started again, or a balancer that changes to another one, is waited for."""

PREDICT = {"service": "tensorflow.serving.PredictionService", "method": "Predict"}


def open_channel(address: ModelAddress, message_limit: int) -> grpc.Channel:
    """A plain channel (neither encrypted nor authenticated) that retries by itself.

    Only UNAVAILABLE is retried: the connection broke or the server says that it is busy for now.
    A prediction changes nothing, so repeating it does no harm; but what is refused (an unknown
    model, a wrong or too large request) would be refused again, a deadline that passed shows a
    server that has too much to do already, and a fault in the model stays.
    """
    retries = {
        "maxAttempts": ATTEMPTS,
        "initialBackoff": f"{BACKOFF_SECONDS:g}s",
        "maxBackoff": f"{8 * BACKOFF_SECONDS:g}s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config = {"methodConfig": [{"name": [PREDICT], "retryPolicy": retries}]}
    options = [
        ("grpc.service_config", json.dumps(config)),
        ("grpc.max_send_message_length", message_limit),
        ("grpc.max_receive_message_length", message_limit),
        # A request larger than this buffer is not retried; 256 KiB by default.
        ("grpc.per_rpc_retry_buffer_size", message_limit + FRAMING),
        # Retries meet a server that has come back: connections are tried as often as requests.
        ("grpc.initial_reconnect_backoff_ms", int(500 * BACKOFF_SECONDS)),
        ("grpc.max_reconnect_backoff_ms", int(2000 * BACKOFF_SECONDS)),
    ]
    return grpc.insecure_channel(f"dns:///{address.server}", options=options)


def await_connection(channel: grpc.Channel, address: ModelAddress) -> None:
    """Connect, or say at once that there is nobody: retries are for servers that were there.

    Raises:
        InputError: If nothing that speaks gRPC answers.
    """
    settled = threading.Event()
    ready = []

    def note(state: grpc.ChannelConnectivity) -> None:
        if state in (grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.TRANSIENT_FAILURE):
            ready.append(state is grpc.ChannelConnectivity.READY)
            settled.set()

    channel.subscribe(note, try_to_connect=True)
    try:
        settled.wait(CONNECT_SECONDS)
    finally:
        channel.unsubscribe(note)
    if not (ready and ready[0]):
        raise InputError(
            address,
            expected=f"a model server that listens at {address.server}",
            found="no connection" if ready else f"no answer within {CONNECT_SECONDS:g} s",
            advice="Check host and port (the gRPC port, 8500 by custom, not the REST port), and "
            "that the server runs.",
        )


def failure(address: ModelAddress, error: grpc.RpcError, *, begun: bool) -> InputError:
    """What a request that failed means to the user.

    Args:
        address: The model, with the version that was asked for.
        error: What gRPC raised, retries done.
        begun: Whether the model has already answered another request.
    """
    code, said = error.code(), " ".join((error.details() or "").split())[:300]
    expected, advice = _MEANINGS.get(
        code, ("an answer", "This is a fault of the server or its model, not of the images.")
    )
    if code is grpc.StatusCode.NOT_FOUND and address.version is not None:
        expected = f"version {address.version} of the model on the server"
    if code is grpc.StatusCode.NOT_FOUND and begun:
        expected = "the version that answered before"
        advice = (
            "The server has replaced it meanwhile. Start again: one picture is made by one version."
        )
    found = f"{code.name}: {said}" if said else code.name
    return InputError(address, expected=expected, found=found, advice=advice)


_MEANINGS = {
    grpc.StatusCode.NOT_FOUND: (
        "a model of this name on the server",
        "Give a name (and version) that the server's models.config lists.",
    ),
    grpc.StatusCode.UNAVAILABLE: (
        "an answer",
        "The server went away, or is busy, and was not back after several attempts.",
    ),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (
        "messages that the server, and all on the way to it, accept",
        "If the message is too large, give a lower --message-limit; otherwise the server lacks "
        "memory.",
    ),
    grpc.StatusCode.INVALID_ARGUMENT: (
        "a request that the model accepts",
        "The server refuses the images; its message says why.",
    ),
    grpc.StatusCode.FAILED_PRECONDITION: (
        "a model that can answer",
        "The server's message says what is missing.",
    ),
    grpc.StatusCode.DEADLINE_EXCEEDED: (
        f"an answer within {DEADLINE_SECONDS:g} s",
        "The server has too much to do: try later, or with a lower --message-limit.",
    ),
    grpc.StatusCode.UNIMPLEMENTED: (
        "a server of TensorFlow Serving's PredictionService",
        "Another gRPC server listens there: check host and port.",
    ),
}

"""Put load on served models and see that every request gets its answer.

    python benchmarks/serving.py grpc://HOST:PORT/NAME ... [--saved-models FOLDER] [--pid PID]

Eight clients send 500 good requests of mixed sizes, then 500 with 100 malformed ones between
them. A good request must get the answer of the SavedModel in FOLDER/NAME, or without the option
the answer that the same request got first. With the process id of a server on this machine its
memory is shown too. Without a server at hand, start the tests' stand-in, which is not TensorFlow
Serving:

    python tests/serving/stand_in.py saved_models --port 8500
"""

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path

import grpc
import numpy as np
from serving_load import (  # type: ignore[import-not-found]  # beside this script
    Outcome,
    Served,
    mix,
    put_load,
)
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceStub


def show(title: str, outcomes: Sequence[Outcome], seconds: float) -> None:
    """Print a row of the table."""
    good = np.array([o.seconds for o in outcomes if o.case.code is grpc.StatusCode.OK])
    wrong = [o for o in outcomes if o.wrong]
    cells = [title, len(outcomes), len(wrong), f"{len(outcomes) / seconds:.1f}"]
    cells += [f"{1000 * np.quantile(good, share):.0f}" for share in (0.5, 0.95, 1)]
    memory = [o.resident for o in outcomes if o.resident]
    parts = np.array_split(memory, 5) if len(memory) >= 5 else []
    cells.append(" ".join(f"{part[-1] / 2**20:.0f}" for part in parts) or "-")
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    for outcome in wrong[:10]:
        print(f"  wrong: {outcome.case.label}: {outcome.wrong}")


def server_of(address: str) -> str:
    """What answers there: the tests' stand-in says so, a real server says nothing."""
    with grpc.insecure_channel(address) as channel:
        status = ModelServiceStub(channel).GetModelStatus
        try:
            _, call = status.with_call(GetModelStatusRequest(), timeout=60)
        except grpc.RpcError as error:
            call = error
        if call.code() is grpc.StatusCode.UNAVAILABLE:
            raise SystemExit(f"no server at {address}: {call.details()}")
        return str(dict(call.trailing_metadata()).get("server", "a server that gives no name"))


def main() -> None:
    """Put load on the models that the command line names."""
    parser = argparse.ArgumentParser(description="Put load on served models.")
    parser.add_argument("models", nargs="+", metavar="grpc://HOST:PORT/NAME")
    parser.add_argument("--saved-models", type=Path, help="folder of the same models on disk")
    parser.add_argument("--pid", type=int, help="process id of the server, if on this machine")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 96, 128, 192, 256, 384])
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--malformed", type=int, default=100)
    parser.add_argument("--clients", type=int, default=8)
    arguments = parser.parse_args()
    found = [re.fullmatch("grpc://([^/]+)/([^/]+)", model) for model in arguments.models]
    if not all(found):
        parser.error("each model is grpc://HOST:PORT/NAME")
    pairs = [match.groups() for match in found if match]
    if len({address for address, _ in pairs}) > 1:
        parser.error("all models must be on one server")
    address = pairs[0][0]
    print(f"Server at {address}: {server_of(address)}")

    models = [Served(*pair) for pair in pairs]
    good, malformed = [], []
    for model in models:
        version = None
        if arguments.saved_models:
            folders = (arguments.saved_models / model.name).glob("[0-9]*")
            version = max(folders, key=lambda folder: int(folder.name))
        good += model.good(arguments.sizes, version)
        malformed += model.malformed()
    print(f"Models {', '.join(m.name for m in models)}, images of {arguments.sizes} px, ", end="")
    print(f"{arguments.clients} clients, {len(malformed)} kinds of malformed requests\n")
    print("| | requests | wrong | requests/s | median ms | 95% ms | longest ms | MiB, in fifths |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for title, bad in (("good", 0), ("with malformed", arguments.malformed)):
        cases = mix(good, malformed, (arguments.requests, bad))
        start = time.perf_counter()
        outcomes = put_load(address, cases, arguments.clients, arguments.pid)
        show(title, outcomes, time.perf_counter() - start)
    print("\nLatencies are those of the good requests.")


if __name__ == "__main__":
    main()

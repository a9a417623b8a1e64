"""Where training shall run: what the user asks for and `TF_CONFIG` says, without TensorFlow."""

import json
import os
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tfpaintsep.errors import InputError

StrategyName = Literal["auto", "single", "mirrored", "multiworker"]
STRATEGIES: tuple[StrategyName, ...] = get_args(StrategyName)


@dataclass(frozen=True)
class Cluster:
    """The processes that train together, each with an address, and which of them this one is.

    Attributes:
        addresses: HOST:PORT of each worker, the chief first.
        index: Place of this process among them.
        chiefs: Number of addresses that are those of a job "chief", 0 or 1.
    """

    addresses: tuple[str, ...]
    index: int
    chiefs: int = 0

    def name(self, index: int) -> str:
        """What a worker is called in messages."""
        return f"worker {index} ({self.addresses[index]})"


@dataclass(frozen=True)
class Placement:
    """A strategy and its devices.

    Attributes:
        strategy: "auto": several machines if `TF_CONFIG` names them, else all visible GPUs;
            "single": one device; "mirrored": several devices of this machine; "multiworker": the
            machines of `TF_CONFIG`.
        devices: Names such as "GPU:0", or a number of devices; None for all GPUs there are, but
            no more than `most`.
        cluster: The workers, if there are several.
        most: Devices, over all workers, that there is work for.
    """

    strategy: StrategyName = "single"
    devices: tuple[str, ...] | int | None = None
    cluster: Cluster | None = None
    most: int | None = None

    def limit(self, available: int) -> int:
        """How many of the devices of this machine to use if the user does not say."""
        if self.most is None:
            return available
        machines = len(self.cluster.addresses) if self.cluster else 1
        return max(1, min(available, self.most // machines))


def place(strategy: StrategyName, devices: str | None = None, most: int | None = None) -> Placement:
    """Check what can be checked before TensorFlow is loaded.

    Args:
        strategy: The strategy asked for.
        devices: "2", or "GPU:0,GPU:2".
        most: Samples of a batch: more devices than that would have nothing to do.

    Raises:
        InputError: If the two contradict each other, or `TF_CONFIG` cannot be understood.
    """
    chosen = None if devices is None else _parse_devices(devices)
    many = chosen > 1 if isinstance(chosen, int) else chosen is not None and len(chosen) > 1
    if strategy == "single" and many:
        raise InputError(
            "--devices",
            expected="one device with --strategy single",
            found=str(devices),
            advice="Say --strategy mirrored to train on several.",
        )
    cluster = read_cluster() if strategy in ("auto", "multiworker") else None
    if cluster is None and strategy == "multiworker":
        raise InputError(
            "--strategy multiworker",
            expected="the environment variable TF_CONFIG with two workers or more",
            found="none" if "TF_CONFIG" not in os.environ else "fewer",
            advice="Set it for each worker, or choose --strategy mirrored or single.",
        )
    if cluster and isinstance(chosen, tuple) and any("CPU" in name for name in chosen):
        raise InputError(
            "--devices",
            expected="GPUs, with several workers",
            found=str(devices),
            advice="Leave --devices out: a worker without GPUs trains on its CPU.",
        )
    return Placement("multiworker" if cluster else strategy, chosen, cluster, most)


def read_cluster() -> Cluster | None:
    """The workers in `TF_CONFIG`, as TensorFlow documents it; None for fewer than two.

    Raises:
        InputError: If it is not JSON, has no such task, or has tasks of other types.
    """
    text = os.environ.get("TF_CONFIG", "")
    if not text.strip():
        return None
    try:
        config: Any = json.loads(text)
        jobs, task = config["cluster"], config["task"]
        addresses = {job: _addresses(jobs[job]) for job in jobs}
        kind, number = str(task["type"]), int(task["index"])
    except json.JSONDecodeError as error:
        raise _refusal("text that is not JSON") from error
    except KeyError as error:
        raise _refusal(f"no entry {error}") from error
    except (ValueError, TypeError) as error:
        raise _refusal(str(error)) from error
    others = sorted(set(addresses) - {"chief", "worker"})
    if others or kind not in addresses or not 0 <= number < len(addresses[kind]):
        raise _refusal(f"jobs {', '.join(others)}" if others else f"the task {kind} {number}")
    chiefs = addresses.get("chief", [])
    everybody = (*chiefs, *addresses.get("worker", []))
    if len(set(everybody)) < len(everybody):
        raise _refusal("an address twice")
    if len(everybody) < 2:
        return None
    return Cluster(everybody, number + (len(chiefs) if kind == "worker" else 0), len(chiefs))


def _addresses(given: Any) -> list[str]:
    if not isinstance(given, list) or not all(
        isinstance(one, str) and one.rpartition(":")[2].isdigit() for one in given
    ):
        raise ValueError(f"addresses are a list of HOST:PORT. Received: {given}")
    return list(given)


def _refusal(found: str) -> InputError:
    return InputError(
        "TF_CONFIG",
        expected='{"cluster": {"worker": ["HOST:PORT", ...]}, "task": {"type": "worker", '
        '"index": 0}}, the index different for each worker',
        found=found,
        advice="Correct it, or unset it to train on this machine alone.",
    )


def _parse_devices(text: str) -> tuple[str, ...] | int:
    names = tuple(name.strip().upper() for name in text.split(","))
    if len(names) == 1 and names[0].isdigit() and int(names[0]) > 0:
        return int(names[0])
    for name in names:
        kind, _, number = name.partition(":")
        if kind not in ("CPU", "GPU") or not number.isdigit():
            raise InputError(
                "--devices",
                expected="a number of devices, or names such as GPU:0,GPU:1",
                found=text,
                advice="Correct it, or leave it out to use all GPUs.",
            )
    if len({name.partition(":")[0] for name in names}) > 1 or len(set(names)) < len(names):
        raise InputError(
            "--devices",
            expected="different devices of one kind",
            found=text,
            advice="Name GPUs or CPUs, each once.",
        )
    return names

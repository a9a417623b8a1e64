"""The distribution strategies, and how a run is made repeatable."""

import contextlib

import tensorflow as tf

from tfpaintsep.errors import InputError

from .placement import Placement


def single_device() -> tf.distribute.Strategy:
    """The strategy of one device: TensorFlow's default, under which `run` calls directly."""
    return tf.distribute.get_strategy()


def make_strategy(placement: Placement) -> tf.distribute.Strategy:
    """The strategy for a placement; for several workers it waits until all are there.

    Must be called before TensorFlow computes anything: devices cannot be chosen afterwards.

    Raises:
        InputError: If this machine lacks the devices.
    """
    devices = _choose_devices(placement)
    if placement.strategy == "multiworker" and devices[1:] and devices[0].startswith("CPU"):
        raise InputError(
            "--devices",
            expected="GPUs, with several workers",
            found=f"{len(devices)} devices and no GPU",
            advice="Leave --devices out: a worker without GPUs trains on its CPU.",
        )
    if placement.strategy == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    if placement.strategy == "single" or (placement.strategy == "auto" and len(devices) == 1):
        return single_device()
    return tf.distribute.MirroredStrategy(devices)


def strategy_name(strategy: tf.distribute.Strategy) -> str:
    """What the user calls a strategy."""
    if strategy is single_device():
        return "single"
    several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    return "multiworker" if several else "mirrored"


def device_names(strategy: tf.distribute.Strategy) -> list[str]:
    """The devices of this machine that a strategy trains on."""
    if strategy is single_device():
        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        return [f"{kind}:0"]
    return [name.partition("device:")[2] for name in strategy.extended.worker_devices]


def shared_memory(strategy: tf.distribute.Strategy) -> contextlib.AbstractContextManager[None]:
    """Where to keep, and cut, images that several devices train on: the machine's own memory.

    On one device they stay where TensorFlow puts them. With several, an image in the memory of
    one would be copied to all others in every step; so only the cut samples travel.
    """
    if strategy.num_replicas_in_sync == 1:
        return contextlib.nullcontext()
    device: contextlib.AbstractContextManager[None] = tf.device("/device:CPU:0")
    return device


def make_repeatable() -> None:
    """Make training deterministic: the same seed gives the same bits on a CPU.

    The project draws all its random numbers from stateless generators seeded by (seed, step), so
    there is no hidden random state. What is left is the order of sums. TensorFlow's own switch
    covers its operations, but not its graph optimizer, which reorders long sums, and not the same
    way in every process; so that is switched off for the functions traced from here on.

    On a GPU, products of float32 stay products of float32: TensorFlow would round their factors to
    10 bits of mantissa (TF32), and results then differ between machines in the third digit.
    """
    tf.config.experimental.enable_tensor_float_32_execution(False)
    tf.config.experimental.enable_op_determinism()
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def _choose_devices(placement: Placement) -> list[str]:
    """Make only the wanted devices visible, and name them as TensorFlow does afterwards."""
    physical = {kind: tf.config.list_physical_devices(kind) for kind in ("CPU", "GPU")}
    wanted = placement.devices
    if isinstance(wanted, tuple):
        kind = wanted[0].partition(":")[0]
        places = [int(name.partition(":")[2]) for name in wanted]
    else:
        kind = "GPU" if physical["GPU"] else "CPU"
        alone = kind == "CPU" or placement.strategy == "single"
        places = list(range(wanted or (1 if alone else placement.limit(len(physical["GPU"])))))
    if kind == "CPU":
        if places != [0] and len(places) == 1:
            raise InputError(
                "--devices",
                expected="CPU:0, if only one device is named",
                found=f"CPU:{places[0]}",
                advice="A machine has one CPU; several are for trials of --strategy mirrored.",
            )
        _divide_cpu(max(places) + 1)
        if physical["GPU"]:  # or operations would be put there all the same
            tf.config.set_visible_devices([], "GPU")
        return [f"CPU:{place}" for place in places]
    if max(places) >= len(physical["GPU"]):
        raise InputError(
            "--devices",
            expected=f"no more GPUs than TensorFlow sees here, {len(physical['GPU']) or 'none'}",
            found=f"GPU:{max(places)}",
            advice="Correct it; without GPUs leave it out.",
        )
    tf.config.set_visible_devices([physical["GPU"][place] for place in places], "GPU")
    return [f"GPU:{place}" for place in range(len(places))]


def _divide_cpu(count: int) -> None:
    """Make so many logical devices of the CPU: for tests and trials of several replicas."""
    if count == 1:
        return
    cpu = tf.config.list_physical_devices("CPU")[0]
    with contextlib.suppress(RuntimeError):  # TensorFlow is in use: what there is must do
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * count
        )
    there = len(tf.config.list_logical_devices("CPU"))
    if there < count:
        raise InputError(
            "--devices",
            expected=f"one of the {there} CPU devices of this process",
            found=f"CPU:{count - 1}",
            advice="Start a new process.",
        )

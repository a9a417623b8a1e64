"""The processes that train together: one alone, or several that agree on what they do.

Only the first, the chief, reads and writes the run folder. The others need the inputs, nothing
else: weights and decisions come to them over the network.
"""

import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

from tfpaintsep.errors import InputError, WorkerLostError

from .placement import Placement

T = TypeVar("T")

PROBE_SECONDS = 3.0
"""How long a worker that may be gone has to answer."""


class Workers:
    """This process and those it trains with.

    Args:
        placement: Where to train; by default on the device that TensorFlow takes by itself.
            Nothing is connected, and TensorFlow is not loaded, before the strategy is asked for.
    """

    def __init__(self, placement: Placement | None = None) -> None:
        self.placement = placement
        self._cluster = placement.cluster if placement else None

    @cached_property
    def strategy(self) -> Any:
        """The distribution strategy; made, and all workers connected, when first asked for."""
        from .strategies import make_strategy, single_device

        return make_strategy(self.placement) if self.placement else single_device()

    def join(self) -> None:
        """Wait until all workers are there.

        Raises:
            InputError: If this worker cannot take its place among them.
        """
        if self._cluster is None:
            return
        import tensorflow as tf

        # TensorFlow puts a handler of its own in the place of SIGTERM's.
        handler = signal.getsignal(signal.SIGTERM)
        try:
            with _ended_by_signals():
                _ = self.strategy
        except tf.errors.OpError as error:
            raise InputError(
                f"TF_CONFIG, {self._cluster.name(self._cluster.index)}",
                expected="an address of this machine that is free, and other workers that answer",
                found=str(error).splitlines()[0][:200],
                advice="Another process may have the port, or the same index: end it, or give each "
                "worker an index and a port of its own.",
            ) from error
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)

    def check(self, samples: int | None, *, xla: bool) -> None:
        """Refuse devices on which nothing can be trained.

        Args:
            samples: Those of a batch that can be shared out; None if all replicas see the same.
            xla: Whether steps are to be compiled with XLA.

        Raises:
            InputError: If there are more replicas than samples, or XLA meets a strategy.
        """
        from .strategies import single_device

        replicas = self.strategy.num_replicas_in_sync
        if samples is not None and replicas > samples:
            raise InputError(
                "--devices",
                expected=f"at most {samples}: one for each sample that a step shares out",
                found=f"{replicas}",
                advice="Use fewer, or set a larger batch.",
            )
        if xla and self.strategy is not single_device():
            raise InputError(
                "training.xla",
                expected="a single device: XLA and strategies of several do not go together",
                found=f"{type(self.strategy).__name__} with {replicas}",
                advice="Set it to false, or add --strategy single.",
            )

    @property
    def several(self) -> bool:
        """Whether there is more than one process."""
        return self._cluster is not None

    @property
    def is_chief(self) -> bool:
        """Whether this is the process that writes the run folder."""
        return self._cluster is None or self._cluster.index == 0

    def names(self) -> list[str]:
        """What the workers are called; none if this process is alone."""
        cluster = self._cluster
        return [cluster.name(one) for one in range(len(cluster.addresses))] if cluster else []

    def describe_role(self) -> str:
        """Which worker this one is."""
        return f"This is {self.names()[self._cluster.index]}" if self._cluster else "Alone"

    def describe(self) -> dict[str, Any]:
        """Where the training ran, for the record."""
        from .strategies import device_names, strategy_name

        asked = self.placement.devices if self.placement else None
        facts = {
            "strategy": strategy_name(self.strategy),
            "replicas": int(self.strategy.num_replicas_in_sync),
            "devices": list(asked) if isinstance(asked, tuple) else device_names(self.strategy),
        }
        return facts | ({"workers": list(self._cluster.addresses)} if self._cluster else {})

    def agree(self, action: Callable[[], T]) -> T:
        """Do something that each worker may refuse, and refuse it everywhere if one does.

        Args:
            action: Raises `InputError` to refuse.

        Returns:
            What it returned here.

        Raises:
            InputError: If it did so here, or at another worker.
        """
        if self._cluster is None:
            return action()
        refusal: InputError | None = None
        try:
            result = action()
        except InputError as error:
            refusal = error
        own = self._cluster.index
        count = len(self._cluster.addresses)
        with _ended_by_signals():
            refused = self.any(*(refusal is not None and one == own for one in range(count)))
        if refusal:
            raise refusal
        if any(refused):
            raise InputError(
                self._cluster.name(refused.index(True)),
                expected="every worker to accept its inputs and settings",
                found="that this one does not; its own message says why",
                advice="Correct it there and start all workers again.",
            )
        return result

    def any(self, *flags: bool) -> tuple[bool, ...]:
        """For each flag whether one of the workers has raised it; all get the same answer."""
        if self._cluster is None:
            return flags
        return tuple(bool(total > 0) for total in self._sum([float(flag) for flag in flags]))

    def chiefs(self, number: int) -> int:
        """The chief's number, at all workers."""
        if self._cluster is None:
            return number
        with _ended_by_signals():
            return round(float(self._sum([float(number) if self.is_chief else 0.0])[0]))

    def spread(self, variables: Sequence[Any]) -> None:
        """Give the chief's values to the variables of all workers.

        Args:
            variables: TensorFlow's or Keras' variables, float32 or integer: float64, in which
                they travel, holds those exactly.
        """
        if self._cluster is None or not variables:
            return
        import numpy as np

        values = [np.asarray(variable.numpy(), np.float64) for variable in variables]
        flat = np.concatenate([value.ravel() for value in values])
        shared = self._sum(flat if self.is_chief else np.zeros_like(flat))
        ends = np.cumsum([value.size for value in values])
        for variable, value, end in zip(variables, values, ends, strict=True):
            part = np.reshape(shared[end - value.size : end], value.shape)
            variable.assign(part.astype(np.asarray(variable.numpy()).dtype))

    def finish(self) -> None:
        """Wait for the others: whoever leaves earlier looks like one that was lost.

        Raises:
            WorkerLostError: If the chief is lost, and with it what it had still to write.
        """
        if self._cluster is None:
            return
        try:
            with _ended_by_signals():
                self.any(False)
        except WorkerLostError:
            if not self.is_chief:  # the chief has done everything already
                raise

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Do something together; if another worker is lost meanwhile, say which.

        Raises:
            WorkerLostError: If TensorFlow fails and a worker is found not to answer, or is named
                by TensorFlow as the cause.
        """
        if self._cluster is None:
            yield
            return
        import tensorflow as tf

        try:
            yield
        except (
            tf.errors.AbortedError,
            tf.errors.CancelledError,
            tf.errors.DeadlineExceededError,
            tf.errors.FailedPreconditionError,  # a worker that was started again meanwhile
            tf.errors.InternalError,
            tf.errors.UnavailableError,
            tf.errors.UnknownError,
        ) as error:
            lost = self._lost(str(error))
            if not lost and "task" not in str(error):
                raise
            names = " and ".join(self._cluster.name(one) for one in lost)
            raise WorkerLostError(names or "another worker") from error

    def _lost(self, message: str) -> list[int]:
        """The workers that do not answer, or else those that TensorFlow names."""
        assert self._cluster is not None
        others = [i for i in range(len(self._cluster.addresses)) if i != self._cluster.index]
        silent = [one for one in others if not _answers(self._cluster.addresses[one])]
        tasks = re.findall(r"/job:(chief|worker)/\S*?task:(\d+)", message)
        ahead = {"chief": 0, "worker": self._cluster.chiefs}
        named = {int(number) + ahead[job] for job, number in tasks}
        return silent or [one for one in others if one in named]

    def _sum(self, values: Any) -> Any:
        """Sums over all workers of equally many numbers, (n,) float64."""
        import tensorflow as tf

        with self.watched():
            return self._summed(tf.constant(values, tf.float64)).numpy()

    @cached_property
    def _summed(self) -> Any:
        import tensorflow as tf

        strategy = self.strategy

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float64)])
        def summed(own: tf.Tensor) -> tf.Tensor:
            # Each of this worker's replicas brings in its part of what the worker has.
            replicas = strategy.run(lambda: tf.constant(1.0, tf.float64))
            local = tf.add_n(strategy.experimental_local_results(replicas))
            return strategy.reduce("SUM", strategy.run(lambda one: one, (own / local,)), None)

        return summed


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """While TensorFlow waits for others it lets no Python run: let the system end the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    for one in handlers:
        signal.signal(one, signal.SIG_DFL)
    try:
        yield
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PROBE_SECONDS).close()
    except OSError:
        return False
    return True

"""A Dask cluster as a ``map``: the extra ``cluster``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from quizengine.errors import MissingExtraError, QuizEngineError
from quizengine.psychometrics.calibration import StoredShard

if TYPE_CHECKING:
    from distributed import Client, Future

SECONDS = 20
"""How long a scheduler has to answer."""
MOST_TRIES = 3
"""How often a shard is sent again after its worker was lost."""


@contextmanager
def on_cluster(scheduler: str) -> Iterator[Callable[..., Iterable[Any]]]:
    """Give a function like ``map`` that shares tasks out to the workers of a Dask scheduler.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    QuizEngineError
        If nobody answers at the address, or there are no workers.
    """
    try:
        from distributed import Client  # noqa: PLC0415  (an extra)
    except ImportError:
        raise MissingExtraError("A cluster", "cluster") from None
    if not scheduler.rpartition(":")[2].isdigit():  # Dask would wait for it a minute, and say less
        raise QuizEngineError(f"{scheduler!r} is no address of a scheduler: write it as tcp://host:8786.")
    try:
        client = Client(scheduler, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise QuizEngineError(f"No Dask scheduler answers at {scheduler}: {error}") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise QuizEngineError(
                f"The scheduler at {scheduler} has no workers; start some: dask worker {scheduler}"
            )
        yield ClusterMap(client)


class ClusterMap:
    """``map`` on a cluster. What is mapped over goes to a worker once and stays there; only tasks travel.

    Results come in the order of what was given, so that sums of them do not depend on the workers.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.there: dict[int, tuple[Any, Future]] = {}

    def __call__(self, task: Callable[[Any], Any], shards: Iterable[Any]) -> list[Any]:
        """Return the results of a task on each of some values, which must not change between calls."""
        given = list(shards)
        futures = [self.client.submit(task, self._sent(shard), pure=False) for shard in given]
        return [self._result(task, shard, future) for shard, future in zip(given, futures, strict=True)]

    def _sent(self, shard: Any) -> Future:
        # By identity: shards are arrays. The value is kept, so that its identity is not given to another.
        if id(shard) not in self.there:
            # A file of this machine is none of the worker's.
            value = shard.loaded() if isinstance(shard, StoredShard) else shard
            worker = self._workers()[len(self.there) % len(self._workers())]
            future = self.client.scatter(value, hash=False, workers=[worker])
            self.there[id(shard)] = (shard, future)
        return self.there[id(shard)][1]

    def _workers(self) -> Sequence[str]:
        return sorted(self.client.scheduler_info(n_workers=-1)["workers"])

    def _result(self, task: Callable[[Any], Any], shard: Any, future: Future) -> Any:
        """Return a result; if the worker that had the shard was lost, send it to another."""
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415  (an extra)

        for _ in range(MOST_TRIES):
            try:
                return future.result()
            except (CancelledError, KilledWorker):
                self.there.pop(id(shard), None)
                future = self.client.submit(task, self._sent(shard), pure=False)
        return future.result()

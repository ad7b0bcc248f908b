"""A model as the stages see it: pictures in, named arrays out."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.models.registry import Entry
from shared.models.running.engine import Engine
from shared.models.running.feeding import Feeder
from shared.models.running.runs import Batch, Outputs

Picture = NDArray[np.uint8]  # (height, width, 3) RGB, 0..255


class Model:
    """A model that is loaded, warm and ready. Several threads may run it at once."""

    def __init__(self, entry: Entry, engine: Engine, *, feed_ahead: bool) -> None:
        """`engine` runs the network of `entry`; `feed_ahead`: take pictures of an iterable in a thread."""
        self.entry = entry
        self._engine = engine
        self._feed_ahead = feed_ahead
        self._feeders: list[Feeder] = []

    @property
    def provider(self) -> str:
        """Where it runs: "tensorrt", "cuda" or "cpu"."""
        return self._engine.place.provider

    @property
    def precision(self) -> str:
        """How it computes there: "fp32", "tf32" or "fp16"."""
        return self._engine.place.precision

    @property
    def largest_batch(self) -> int:
        """How many pictures are in the network at once, at most; less when memory was short."""
        return self._engine.largest

    @property
    def outputs(self) -> list[str]:
        """The names of all outputs."""
        return [output.name for output in self.entry.kept]

    def run(
        self,
        pictures: Iterable[Picture] | Batch,
        outputs: Sequence[str] | None = None,
        count: int | None = None,
    ) -> Outputs:
        """Run the model on N pictures.

        A generator that cuts each picture when it is asked for is the fast way: while some pictures are in
        the network the next ones are cut, in a thread of this model's (which alone touches the generator
        until this returns; its CPU time is credited to the caller's, see `shared.cputime`). Order and results
        are those of the array, to the bit.

        Args:
            pictures: (N, height, width, 3) RGB, 0..255, or an iterable of N (height, width, 3); N may be 0.
            outputs: Names of those wanted; all by default. Those left out are computed all the same, only not
                copied: what nobody needs is left out of the model itself (`keep` in the registry).
            count: How many pictures a generator gives, if that is known: a last one then needs no thread.

        Returns:
            For each name (N, *shape) as the registry describes it: spatial outputs have channels first.
            On the CPU the result for a picture does not depend on the others of its batch, to the bit.

        Raises:
            ValueError: a picture has another shape or type, or an output is unknown.
            ModelError: the GPU has no memory left for a single picture.
            Exception: whatever the iterable raised, as it is.
        """
        wanted = list(self.outputs if outputs is None else outputs)
        unknown = set(wanted) - set(self.outputs)
        if unknown:
            raise ValueError(f"{self.entry.name} has outputs {self.outputs}, not {sorted(unknown)}")
        if isinstance(pictures, np.ndarray):
            results = [self._engine.infer(part, wanted) for part in self._parts(pictures)]
        else:
            results = self._run_fed(pictures, wanted, count)
        return self._joined(results, wanted)

    @property
    def _picture(self) -> tuple[int, int, int]:
        return (self.entry.input.height, self.entry.input.width, 3)

    def _parts(self, batch: Batch) -> Iterator[Batch]:
        if batch.dtype != np.uint8 or batch.shape[1:] != self._picture:
            raise ValueError(
                f"{self.entry.name} takes uint8 pictures (N, {', '.join(map(str, self._picture))}),"
                f" not {batch.dtype} {batch.shape}"
            )
        start = 0
        while start < len(batch):
            part = batch[start : start + self._engine.largest]
            start += len(part)
            yield part

    def _run_fed(
        self, pictures: Iterable[Picture], wanted: Sequence[str], count: int | None
    ) -> list[Outputs]:
        try:
            feeder = self._feeders.pop()
        except IndexError:  # the first run, or another thread runs this model just now
            feeder = Feeder(self.entry.name, self._picture)
        ahead = self._feed_ahead and not isinstance(pictures, Sequence)  # else there is nothing to cut
        parts = feeder.parts(pictures, lambda: self._engine.largest, ahead=ahead, count=count)
        try:
            return [self._engine.infer(part, wanted) for part in parts]
        finally:
            parts.close()
            self._feeders.append(feeder)

    def _joined(self, results: list[Outputs], wanted: Sequence[str]) -> Outputs:
        if len(results) == 1:
            return results[0]
        if results:
            return {name: np.concatenate([result[name] for result in results]) for name in wanted}
        shapes = {output.name: output.shape for output in self.entry.kept}
        return {name: np.empty((0, *shapes[name]), np.float32) for name in wanted}

"""Requests that come together run together."""

import asyncio
import concurrent.futures
import dataclasses
import heapq
import itertools
import time

import numpy as np

from exprgan_tf.serving.errors import RequestError

# An image of a request lets others, which come later, pass for so long.
_IMAGE_SECONDS = 1.0
# A run has no more images than fit into this, as far as those before tell;
# before there are any, no more than a slow machine may have.
_RUN_SECONDS, _FIRST_IMAGES = 0.25, 4
# What the last run says of the next, of 1; the rest is of all before it.
_NEWS = 0.3


@dataclasses.dataclass
class _Job:
    inputs: dict
    count: int
    answer: asyncio.Future


class Batcher:
    """Joins the requests of a signature and runs them in one thread.

    While the model runs, requests gather. A run that is not full waits a
    few milliseconds for more of them. A run has at most `max_batch` images,
    and fewer where those would keep the next waiting. A request that is
    larger takes several, between which those of others have theirs.

    Attributes:
        counts: how many requests and images came, how many runs answered
            them, and the images of the largest run.

    Args:
        run: from a signature's name and a dict of arrays to another.
        names: the signatures.
        limits: a `Limits`.
    """

    def __init__(self, run, names, limits):
        self._run = run
        self._limits = limits
        self._queues = {name: [] for name in names}
        self._arrived = {name: asyncio.Event() for name in names}
        self._numbers = itertools.count()
        self._waiting = 0
        # Of an image, by signature; unknown until a second run: the first
        # of a signature builds its graph.
        self._seconds, self._built = {}, set()
        self.counts = {"requests": 0, "images": 0, "runs": 0, "largest": 0}

    @property
    def waiting(self):
        """Images that were taken and are not answered."""
        return self._waiting

    async def __aenter__(self):
        self._thread = concurrent.futures.ThreadPoolExecutor(1, "model")
        self._tasks = [
            asyncio.create_task(self._serve(name)) for name in self._queues
        ]
        return self

    async def __aexit__(self, *error):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._thread.shutdown()

    async def submit(self, name, inputs):
        """The outputs of one request.

        Args:
            name: the signature.
            inputs: dict of arrays of the same length.

        Raises:
            RequestError: 503 when too many wait; 400 from the model.
        """
        count = len(next(iter(inputs.values())))
        if self._waiting + count > self._limits.max_waiting:
            raise RequestError(
                503, "too many requests wait; come back later",
                {"Retry-After": "1"},
            )
        self._waiting += count
        self.counts["requests"] += 1
        self.counts["images"] += count
        parts, start = [], 0
        try:
            while start < count:
                end = min(start + self._most(name), count)
                parts.append(await self._part(name, {
                    key: value[start:end] for key, value in inputs.items()
                }, end - start))
                start = end
        finally:
            self._waiting -= count
        return {
            key: np.concatenate([part[key] for part in parts])
            for key in parts[0]
        }

    def _most(self, name):
        """How many images a run of a signature may have now."""
        seconds = self._seconds.get(name, _RUN_SECONDS / _FIRST_IMAGES)
        return max(1, min(
            self._limits.max_batch, int(_RUN_SECONDS / max(seconds, 1e-9))
        ))

    async def _part(self, name, inputs, count):
        loop = asyncio.get_running_loop()
        job = _Job(inputs, count, loop.create_future())
        heapq.heappush(self._queues[name], (
            loop.time() + count * _IMAGE_SECONDS, next(self._numbers), job,
        ))
        self._arrived[name].set()
        return await job.answer

    async def _serve(self, name):
        while True:
            await self._answer(name, await self._gathered(name))

    async def _gathered(self, name):
        """The next jobs, of no more images than a run may have."""
        queue, arrived = self._queues[name], self._arrived[name]
        while not queue:
            arrived.clear()
            await arrived.wait()
        jobs = [heapq.heappop(queue)[-1]]
        count, most = jobs[0].count, self._most(name)
        try:
            async with asyncio.timeout(self._limits.batch_wait_ms / 1000):
                while count < most:
                    while not queue:
                        arrived.clear()
                        await arrived.wait()
                    if count + queue[0][-1].count > most:
                        break
                    jobs.append(heapq.heappop(queue)[-1])
                    count += jobs[-1].count
        except TimeoutError:
            pass
        return jobs

    async def _answer(self, name, jobs):
        count = sum(job.count for job in jobs)
        joined = {
            key: np.concatenate([job.inputs[key] for job in jobs])
            for key in jobs[0].inputs
        }
        self.counts["runs"] += 1
        self.counts["largest"] = max(self.counts["largest"], count)
        try:
            outputs, seconds = await (
                asyncio.get_running_loop().run_in_executor(
                    self._thread, self._timed, name, joined
                )
            )
        except Exception as error:
            # One broken picture must not spoil the answers of others.
            if isinstance(error, RequestError) and len(jobs) > 1:
                for job in jobs:
                    await self._answer(name, [job])
                return
            for job in jobs:
                if not job.answer.done():
                    job.answer.set_exception(error)
            return
        self._learn(name, seconds / count)
        start = 0
        for job in jobs:
            end = start + job.count
            if not job.answer.done():
                job.answer.set_result({
                    key: value[start:end] for key, value in outputs.items()
                })
            start = end

    def _timed(self, name, inputs):
        start = time.monotonic()
        outputs = self._run(name, inputs)
        return outputs, time.monotonic() - start

    def _learn(self, name, seconds):
        if name in self._built:
            before = self._seconds.get(name, seconds)
            self._seconds[name] = before + _NEWS * (seconds - before)
        self._built.add(name)

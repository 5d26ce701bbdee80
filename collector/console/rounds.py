"""Looking again and again while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def rounds(look: Callable[[], Awaitable[None]], every_s: float, name: str) -> AsyncIterator[None]:
    """A context in which `look` is awaited, and again `every_s` after each round; the task is called `name`."""

    async def run() -> None:
        while True:
            await look()
            await asyncio.sleep(every_s)

    task = asyncio.create_task(run(), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

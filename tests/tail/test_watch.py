"""What wakes whoever follows a file."""

import asyncio

from anyio.to_thread import current_default_thread_limiter

from deskwatch.tail.watch import watch

#: More than anyio lets wait at a time.
MANY = 60


async def test_each_of_many_watches_at_all_times(tmp_path):
    places = current_default_thread_limiter()
    before = places.total_tokens

    async def look_on():
        async for _ in watch(tmp_path):
            pass

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        watching = [group.create_task(look_on()) for _ in range(MANY)]
        while places.borrowed_tokens < MANY:  # noqa: ASYNC110  it says so to nobody
            await asyncio.sleep(0.01)
        for one in watching:
            one.cancel()
    assert places.total_tokens == before

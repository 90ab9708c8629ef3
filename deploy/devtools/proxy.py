"""A TCP proxy whose network can be cut, silenced or slowed, to try what stands behind it."""

import asyncio
import threading
from contextlib import suppress
from typing import Self

from deploy.devtools.ports import free_port

PIECE_BYTES = 64 * 1024


class Proxy:
    """Listens on a free port of localhost and passes everything on to another, in a thread of its own."""

    def __init__(self, target_port: int, port: int = 0) -> None:
        self.port = port or free_port()
        self._target = target_port
        self._delay = 0.0
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._listens = threading.Event()
        self._ends: asyncio.Event = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._listens.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ends.set)
        self._thread.join()

    def cut(self) -> None:
        """Close every connection, and every new one at once."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._close_all)

    def silence(self) -> None:
        """Keep the connections and pass nothing on, as when a cable is pulled; `heal` passes on what was held back."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def slow(self, seconds: float) -> None:
        """Hold each piece of data back for so long."""
        self._delay = seconds

    def heal(self) -> None:
        """Pass everything on at once again."""
        self._is_cut, self._delay = False, 0.0
        self._loop.call_soon_threadsafe(self._flows.set)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._flows.set()
        server = await asyncio.start_server(self._accept, "localhost", self.port, reuse_address=True)
        self._listens.set()
        await self._ends.wait()
        server.close()
        self._close_all()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("localhost", self._target)
        except OSError:  # nothing listens there now
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        finally:
            self._writers -= {writer, back}

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()

    def _close_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

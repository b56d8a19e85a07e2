"""Messages from worker processes to the process that started them: lines of JSON through a pipe."""

import json
import os
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

Event = dict[str, Any]

_PIECE = 4000
"""Characters of a line. A write of up to 4,096 bytes (`PIPE_BUF`) is never mixed with that of another process."""

_LONGEST_TEXT = 50_000
"""Of a longer text in an event the rest is left out; a path has at most 4,096 bytes."""


class Channel:
    """A pipe that forked workers inherit; what they send is handed to `listener` in a thread of the parent."""

    def __init__(self, listener: Callable[[Event], None]) -> None:
        self._listener = listener
        self._read, self._write = os.pipe()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._numbers = count()

    def __enter__(self) -> "Channel":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.send(event="end")
        self._thread.join()
        os.close(self._read)
        os.close(self._write)

    def send(self, **event: Any) -> None:
        """Send one event; a very long text in it is cut.

        It goes as lines of process, number of the event, whether more follows, and a piece of its JSON.
        """
        event = {key: value[:_LONGEST_TEXT] if isinstance(value, str) else value for key, value in event.items()}
        content = json.dumps(event)  # ASCII, so that a character is a byte
        sender = f"{os.getpid()}.{next(self._numbers)}"
        for start in range(0, len(content), _PIECE):
            more = "+" if start + _PIECE < len(content) else "."
            os.write(self._write, f"{sender} {more} {content[start : start + _PIECE]}\n".encode())

    def _listen(self) -> None:
        begun: dict[str, str] = {}
        with os.fdopen(os.dup(self._read), encoding="utf-8", errors="replace") as lines:
            for line in lines:
                sender, more, piece = line.removesuffix("\n").split(" ", 2)
                content = begun.pop(sender, "") + piece
                if more == "+":
                    begun[sender] = content
                    continue
                event: Event = json.loads(content)
                if event["event"] == "end":
                    return
                self._listener(event)

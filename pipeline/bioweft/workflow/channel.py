"""Messages from worker processes to the process that started them: lines of JSON through a pipe."""

import json
import os
import threading
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
_MOST = 4096
"""A write of up to so many bytes into a pipe is never mixed with that of another process (POSIX `PIPE_BUF`, Linux)."""


class Channel:
    """A pipe that forked workers inherit; what they send is handed to `listener` in a thread of the parent."""

    def __init__(self, listener: Callable[[Event], None]) -> None:
        self._listener = listener
        self._read, self._write = os.pipe()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "Channel":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.send(event="end")
        self._thread.join()
        os.close(self._read)
        os.close(self._write)

    def send(self, **event: Any) -> None:
        """Send one event; a long text in it is cut."""
        line = json.dumps(event).encode() + b"\n"
        if len(line) > _MOST:
            event = {key: value[:1000] if isinstance(value, str) else value for key, value in event.items()}
            line = json.dumps(event, ensure_ascii=True).encode()[: _MOST - 1] + b"\n"
        os.write(self._write, line)

    def _listen(self) -> None:
        with os.fdopen(os.dup(self._read), encoding="utf-8", errors="replace") as lines:
            for line in lines:
                event: Event = json.loads(line)
                if event["event"] == "end":
                    return
                self._listener(event)

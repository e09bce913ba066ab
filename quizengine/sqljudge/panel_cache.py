"""Panels that were made before: in memory, and on disk for the processes and days that follow.

A panel is found by what it was made from, and by the version of what made it. What lies on disk is data,
checked by its hash; a file that is damaged counts as none, and whatever is missing is made again.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from quizengine.model.answers import SqlDialect, SqlPanel
from quizengine.sqljudge.scripts import panel_of

MAX_IN_MEMORY = 128
MAX_BYTES = 128 * 1024 * 1024
#: The share of MAX_BYTES that stays where the folder has grown over it: the panels used last.
SHARE_KEPT = 0.75
KEPT_BETWEEN_SWEEPS = 50
#: Beyond this a panel is no panel of ours, and is not unpacked.
MAX_PANEL_BYTES = 4 * 1024 * 1024
SECONDS_UNTIL_ABANDONED = 3600.0
SECONDS_BETWEEN_TOUCHES = 3600.0


class PanelFolder:
    """A folder of panels, for this user alone; one that others can write is left alone.

    Several processes may use it at once. A folder that cannot be read or written makes things slow, and
    nothing else.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._kept = 0

    def find(self, key: str) -> SqlPanel | None:
        """Return the panel that was kept under ``key``, if there is one and it is whole."""
        path = self._path / f"{key}.panel"
        with suppress(OSError, ValueError, zlib.error):
            if not is_private(self._path):
                return None
            unpacker = zlib.decompressobj()
            content = json.loads(unpacker.decompress(path.read_bytes(), MAX_PANEL_BYTES))
            if isinstance(content, dict) and content.get("key") == key:
                dialect: SqlDialect = "postgresql" if content.get("dialect") == "postgresql" else "sqlite"
                panel = panel_of(str(content["schema"]), tuple(map(str, content["instances"])), dialect)
                if panel.digest == content["digest"]:
                    self._touch(path)
                    return panel
        return None

    def _touch(self, path: Path) -> None:
        """Mark a panel as used: those that were not used for longest go first."""
        if time.time() - path.stat().st_mtime > SECONDS_BETWEEN_TOUCHES:
            os.utime(path)

    def keep(self, key: str, panel: SqlPanel) -> None:
        """Keep a panel under ``key``."""
        content = {
            "key": key,
            "digest": panel.digest,
            "schema": panel.schema,
            "instances": panel.instances,
            "dialect": panel.dialect,
        }
        packed = zlib.compress(json.dumps(content).encode())
        with suppress(OSError):
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not is_private(self._path):
                return
            # Renamed when it is whole: others may read at any time.
            unfinished = self._path / f"{key}.{os.getpid()}-{threading.get_ident()}"
            try:
                unfinished.write_bytes(packed)
                unfinished.replace(self._path / f"{key}.panel")
            finally:
                unfinished.unlink(missing_ok=True)
            if self._kept % KEPT_BETWEEN_SWEEPS == 0:
                self._sweep()
            self._kept += 1

    def _sweep(self) -> None:
        """Delete what a killed process left unfinished, and the panels that are too many."""
        found = []
        for entry in os.scandir(self._path):
            with suppress(FileNotFoundError):  # another process sweeps, too
                state = entry.stat()
                found.append((state.st_mtime, state.st_size, Path(entry.path)))
        total = sum(size for _, size, _ in found)
        most = self._max_bytes * SHARE_KEPT if total > self._max_bytes else self._max_bytes
        for moment, size, path in sorted(found):
            is_abandoned = path.suffix != ".panel" and time.time() - moment > SECONDS_UNTIL_ABANDONED
            if is_abandoned or total > most:
                path.unlink(missing_ok=True)
                total -= size


def is_private(folder: Path) -> bool:
    """Whether nobody but this user can put a file into a folder."""
    state = folder.stat()
    return state.st_uid == os.geteuid() and not state.st_mode & 0o022


@cache
def version() -> str:
    """Return a hash of all that decides what a panel holds, beside what it is made for."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    whole = sha256(f"{np.__version__} {sqlite3.sqlite_version}".encode())
    for path in sources:
        whole.update(sha256(path.read_bytes()).digest())
    return whole.hexdigest()


class _Panels:
    """The panels of this process: some in memory, and a folder if one is named."""

    def __init__(self) -> None:
        self.folder: PanelFolder | None = None
        self.memory = OrderedDict[str, SqlPanel]()
        self.lock = threading.Lock()
        # So that two threads that want the same panel make it once; others seldom wait for them.
        self.making = tuple(threading.Lock() for _ in range(16))

    def recall(self, key: str) -> SqlPanel | None:
        with self.lock:
            if key in self.memory:
                self.memory.move_to_end(key)
            return self.memory.get(key)

    def remember(self, key: str, panel: SqlPanel) -> None:
        with self.lock:
            self.memory[key] = panel
            while len(self.memory) > MAX_IN_MEMORY:
                self.memory.popitem(last=False)


_panels = _Panels()


def keep_panels_in(folder: Path | None, *, max_bytes: int = MAX_BYTES) -> None:
    """Keep the panels of this process in a folder, too; None keeps them in memory alone."""
    _panels.folder = None if folder is None else PanelFolder(folder, max_bytes=max_bytes)


def forget_panels() -> None:
    """Drop all panels from memory."""
    with _panels.lock:
        _panels.memory.clear()


def panel_made_from(content: object, make: Callable[[], tuple[SqlPanel, bool]]) -> SqlPanel:
    """Return the panel made from ``content``: from memory, from the folder, or made now by ``make``.

    Equal contents by ``repr`` share a panel. ``make`` also says whether it would make the same again; only
    then is the panel kept on disk.
    """
    key = sha256(f"{version()} {content!r}".encode("utf-8", "surrogatepass")).hexdigest()
    panel = _panels.recall(key)
    if panel is not None:
        return panel
    with _panels.making[int(key[:8], 16) % len(_panels.making)]:
        panel = _panels.recall(key)
        folder = _panels.folder
        if panel is None and folder is not None:
            panel = folder.find(key)
        if panel is None:
            panel, is_sure = make()
            if is_sure and folder is not None:
                folder.keep(key, panel)
        _panels.remember(key, panel)
    return panel

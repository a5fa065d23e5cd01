"""The data folder of the embedded database: immutable versions of one file, and which is current.

`requests-000012.duckdb` is a version; it counts once `requests-000012.ready` stands beside it,
and the highest one that counts is current. A writer copies the current version, changes the
copy, closes it and creates the marker: that creation is the single atomic step, so a writer
killed at any instant leaves the previous version in place. The marker also holds a random text,
so that a version is told from another of its number: one that was put back, or of another folder
moved to this place. A reader locks a file of its own in
`leases/` for as long as it uses a version. Nothing that is open is renamed or deleted, so all
of it also holds on Windows. Locks are the operating system's: they end with their process.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import socket
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

DEFAULT_WAIT = 60.0
_VERSION_FILE = re.compile(r"requests-(\d{6,})\.(duckdb|ready)$")
_LEASE_FILE = re.compile(r"(\d{6,})-(\d+)-[0-9a-f]+\.lock$")
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600  # addresses of residents: for the account of the desk alone
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True)
class VersionId:
    """Which version of the data: its number, and a text that no other version ever has.

    Numbers alone are used twice where older data are put back and loaded on from there.
    """

    number: int
    identity: str


NO_VERSION = VersionId(0, "")


class VersionGoneError(RuntimeError):
    """The version that was asked for is no longer what readers are given: ask for the current one."""


class Lease:
    """A reader's hold on one version: while it lasts, no writer deletes that version."""

    def __init__(self, version: VersionId, path: Path, lock: FileLock) -> None:
        self.version = version
        self.path = path
        self._lock = lock

    def release(self) -> None:
        """Let the version go; a second call does nothing."""
        if not self._lock.is_locked:
            return
        self._lock.release()
        # A writer that looks at this lease just now may have it open: it then deletes it itself.
        with suppress(OSError):
            Path(self._lock.lock_file).unlink()


@dataclass(frozen=True)
class Version:
    """One version as `python -m db versions` lists it; `holders` are ids of processes that read it."""

    number: int
    path: Path
    size_bytes: int
    made: str
    is_current: bool
    holders: tuple[int, ...]


class Store:
    """The versions in `folder`; any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._leases = self.folder / "leases"
        self._holder_file = self.folder / "write.holder.json"

    def path(self, version: int) -> Path:
        return self.folder / f"requests-{version:06d}.duckdb"

    def current(self) -> int | None:
        """The highest version that counts, None where there is none. One listing of the folder."""
        return max(self._numbers("ready"), default=None)

    def current_id(self) -> VersionId:
        """The highest version that counts, `NO_VERSION` where there is none."""
        while (number := self.current()) is not None:
            with suppress(FileNotFoundError):  # deleted in between: another one is current by now
                return VersionId(number, self._identity(number))
        return NO_VERSION

    def lease(self) -> Lease:
        """Hold the current version. Raises FileNotFoundError where there is none yet."""
        while (version := self.current_id()) != NO_VERSION:
            lease = Lease(version, self.path(version.number), self._lock_lease(version.number))
            # Only what is not current is ever deleted: still current after locking means safe.
            if self.current_id() == version:
                return lease
            lease.release()
        raise FileNotFoundError(
            f'no data in {self.folder} yet: run "python -m db demo" or "python -m db load FILE", or set DESK_DATA'
        )

    @contextmanager
    def new_version(self, now: datetime, wait: float = DEFAULT_WAIT, begin_with: Path | None = None) -> Iterator[Path]:
        """A private working copy of the current version (absent where there is none), current on normal exit.

        The caller changes the file and closes it. An exception discards it. Waits up to `wait`
        seconds for another writer, then raises TimeoutError that says who holds the lock; raises
        OSError where the disk has no room. `begin_with`: a file to copy instead of the current version; the version
        before then stays in the folder until the next write, so that nothing is lost if that file was no good.
        """
        with self._only_writer(now, wait):
            self._clean()
            before = self.current()
            version = max([*self._numbers("duckdb"), *self._numbers("ready")], default=0) + 1
            path = self.path(version)
            try:
                self._copy(begin_with or (None if before is None else self.path(before)), path)
                yield path
                self._publish(version, now)
            except BaseException:
                if not self._marker(version).exists():  # else it is current, and perhaps read, already
                    self._delete_files(version)
                raise
            if begin_with is None:
                self._clean()

    def versions(self) -> list[Version]:
        """Every version that counts, the oldest first, with the living processes that read it."""
        numbers = sorted(self._numbers("ready"))
        holders = self._holders() if numbers else {}
        return [
            Version(
                number=number,
                path=self.path(number),
                size_bytes=self.path(number).stat().st_size,
                made=self._marker(number).read_text(encoding="utf-8").split("\n")[0].strip(),
                is_current=number == numbers[-1],
                holders=tuple(sorted(holders.get(number, ()))),
            )
            for number in numbers
        ]

    def writer(self) -> str:
        """Who writes, or wrote last, in plain words."""
        try:
            holder = json.loads(self._holder_file.read_text(encoding="utf-8"))
            return "process {pid} on {host}, {command}, since {since}".format(**holder)
        except (OSError, ValueError, KeyError):
            # Another process is writing that file at this moment, or was killed doing so.
            return "another process"

    def _numbers(self, ending: str) -> list[int]:
        try:
            with os.scandir(self.folder) as entries:
                matches = [_VERSION_FILE.fullmatch(entry.name) for entry in entries]
        except FileNotFoundError:
            return []
        return [int(match[1]) for match in matches if match and match[2] == ending]

    def _marker(self, version: int) -> Path:
        return self.path(version).with_suffix(".ready")

    def _identity(self, version: int) -> str:
        """The second line of the marker. Markers of older desks have none: then the file's inode and time."""
        marker = self._marker(version)
        _, _, identity = marker.read_text(encoding="utf-8").strip().partition("\n")
        if identity:
            return identity
        stat = marker.stat()
        return f"{stat.st_ino}-{stat.st_mtime_ns}"

    def _lock_lease(self, version: int) -> FileLock:
        self._leases.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        name = f"{version:06d}-{os.getpid()}-{uuid.uuid4().hex[:12]}.lock"
        # Any thread may release the lease, so its lock belongs to the process.
        lock = FileLock(self._leases / name, thread_local=False, fallback_to_soft=False)
        lock.acquire()
        return lock

    @contextmanager
    def _only_writer(self, now: datetime, wait: float) -> Iterator[None]:
        self._make_folder()
        lock = FileLock(self.folder / "write.lock", timeout=wait, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout:
            raise TimeoutError(
                f"{self.folder} is being written by {self.writer()}; waited {wait:g} s; try again when it is done"
            ) from None
        try:
            self._holder_file.write_text(json.dumps(_this_process(now)), encoding="utf-8")
            yield
        finally:
            lock.release()

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            what = error.strerror or str(error)
            raise OSError(
                error.errno, f"the data folder {self.folder} cannot be made ({what}); set DESK_DATA to another folder"
            ) from error

    def _copy(self, source: Path | None, path: Path) -> None:
        if source is None:
            return
        try:
            shutil.copyfile(source, path)
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            needed, free = source.stat().st_size, shutil.disk_usage(self.folder).free
            raise OSError(
                error.errno,
                f"no room in {self.folder} for a new version: it needs {needed / 1e6:.0f} MB and {free / 1e6:.0f} MB "
                "are free; the data are as before; free some room or set DESK_DATA to another disk",
            ) from error

    def _publish(self, version: int, now: datetime) -> None:
        path = self.path(version)
        if Path(f"{path}.wal").exists():
            raise RuntimeError(f"{path.name} was not closed before it should become current; the data are as before")
        path.chmod(PRIVATE_FILE)
        with path.open("r+b") as file:
            os.fsync(file.fileno())
        self._sync_folder()
        # Written aside and renamed, so that nobody finds a marker without its text.
        unfinished = path.with_suffix(".marker")
        unfinished.write_text(f"{now:%Y-%m-%d %H:%M:%S}\n{uuid.uuid4().hex}", encoding="utf-8")
        unfinished.rename(self._marker(version))
        self._sync_folder()

    def _sync_folder(self) -> None:
        if os.name == "nt":  # a folder cannot be opened there, and its entries need no sync of their own
            return
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _clean(self) -> None:
        """Delete what nobody holds: old versions, and what killed writers left. Only under the write lock."""
        holders, current = self._holders(), self.current()
        for version in sorted({*self._numbers("duckdb"), *self._numbers("ready")}):
            if version != current and version not in holders:
                self._delete_files(version)

    def _delete_files(self, version: int) -> None:
        path = self.path(version)
        # On Windows a file that is open cannot be deleted; the next writer tries again.
        with suppress(PermissionError):
            self._marker(version).unlink(missing_ok=True)
            path.with_suffix(".marker").unlink(missing_ok=True)
            Path(f"{path}.wal").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            shutil.rmtree(f"{path}.tmp", ignore_errors=True)

    def _holders(self) -> dict[int, set[int]]:
        """The processes that hold each version, by its number. Leases of dead processes are removed."""
        processes_by_version: dict[int, set[int]] = {}
        for lease in sorted(self._leases.glob("*.lock")):
            match = _LEASE_FILE.fullmatch(lease.name)
            if match and _is_held(lease):
                processes_by_version.setdefault(int(match[1]), set()).add(int(match[2]))
        return processes_by_version


def _is_held(lease: Path) -> bool:
    """Whether the lease's process lives; where it does not, the lease is removed."""
    probe = FileLock(lease, blocking=False, fallback_to_soft=False)
    try:
        probe.acquire()
    except Timeout:
        return True
    probe.release()
    with suppress(OSError):  # its holder may have removed it in between
        lease.unlink(missing_ok=True)
    return False


def _this_process(now: datetime) -> dict[str, object]:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])
    return {"pid": os.getpid(), "command": command, "since": f"{now:%Y-%m-%d %H:%M:%S}", "host": socket.gethostname()}

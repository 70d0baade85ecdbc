"""The files of an installation that nothing else can bring back, in and out of one archive."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import zstandard

from apps.core.backups.manifest import BackupError

# Databases are dumped; models, engines, caches and logs can be made again.
KEPT = ("exports", "uploads", "media", "secret-key", "admin-password")
_ARRIVING = ".restoring"


def pack(var: Path, archive: Path) -> int:
    """Write the archive; how many files it holds. One that goes away meanwhile is left out."""
    count = 0
    with (
        archive.open("wb") as file,
        zstandard.ZstdCompressor(level=3).stream_writer(file) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in _files(var):
            try:
                tar.add(path, arcname=path.relative_to(var).as_posix(), recursive=False)
            except FileNotFoundError:
                continue
            count += path.is_file()
    return count


def _files(var: Path) -> Iterator[Path]:
    for name in KEPT:
        path = var / name
        if path.is_dir():
            yield path
            yield from sorted(path.rglob("*"))
        elif path.is_file():
            yield path


def unpack(archive: Path, var: Path) -> None:
    """Put the archive's files in the place of those that are there.

    Read wholly into a folder beside them first: a broken archive changes nothing.

    :raises BackupError: it has something else than Winnow's files.
    """
    arriving = var / _ARRIVING
    shutil.rmtree(arriving, ignore_errors=True)
    arriving.mkdir(mode=0o700, parents=True)
    try:
        _extract(archive, arriving)
        for name in KEPT:
            _replace(var / name, arriving / name)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def _extract(archive: Path, folder: Path) -> None:
    try:
        with (
            archive.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|") as tar,
        ):
            for member in tar:
                _check(member)
                tar.extract(member, folder, set_attrs=True, numeric_owner=True)
    except (tarfile.TarError, zstandard.ZstdError) as error:
        raise BackupError(f"{archive} cannot be read: {error}") from error


def _check(member: tarfile.TarInfo) -> None:
    """By hand: Python learned `filter="data"` only with 3.11.4."""
    path = PurePosixPath(member.name)
    inside = not path.is_absolute() and ".." not in path.parts and path.parts[0] in KEPT
    if not inside or not (member.isfile() or member.isdir()):
        raise BackupError(f"the archive has {member.name!r}, which no backup of Winnow holds")


def _replace(old: Path, new: Path) -> None:
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old)
    else:
        old.unlink(missing_ok=True)
    if new.exists():
        new.rename(old)

"""Archives: members in order, and the ways in which an archive can be broken or hostile."""

import errno
import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from apps.seeds.readers.base import Entry, ReadOptions, Reason
from apps.seeds.readers.opening import open_source
from tests.seeds.readers.reading import read_all, refusals, texts

SELECT = b"SELECT 1;\n"


def make_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def make_tar(path: Path, members: Mapping[str, bytes]) -> Path:
    packing = path.suffix.removeprefix(".").replace("tgz", "gz")
    with tarfile.open(path, "w" if packing == "tar" else f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz"])
def test_an_archive_gives_its_scripts_and_resumes_at_any_member(tmp_path: Path, name: str) -> None:
    members = {f"dir/{number}.sql": SELECT + b"%d" % number for number in range(7)}
    members = {"dir/readme.txt": b"no", **members, "packed.sql.gz": gzip.compress(SELECT)}
    make = make_zip if name.endswith(".zip") else make_tar
    archive = make(tmp_path / name, members)
    reader = open_source(str(archive), options=ReadOptions(range_items=3))

    outcomes = read_all(reader)
    entries = list(reader.manifest())
    resumed = [outcome.path for outcome in reader.read(entries[1:2])]

    expected = {path: data for path, data in members.items() if path.startswith("dir/")}
    del expected["dir/readme.txt"]
    assert texts(outcomes) == {**expected, "packed.sql.gz": SELECT}
    assert [entry.items for entry in entries] == [3, 3, 2]
    assert resumed == ["dir/3.sql", "dir/4.sql", "dir/5.sql"]


def forged_zip(path: Path) -> Path:
    """A name that says it is UTF-8 and is none."""
    make_zip(path, {"é.sql": SELECT})
    path.write_bytes(path.read_bytes().replace("é.sql".encode(), b"\xff\xff.sql"))
    return path


def forged_tar(path: Path) -> Path:
    """A sparse file whose map is no number; a good member stands before it."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, data, headers in (
            ("a.sql", SELECT, {}),
            ("b.sql", b"no number\n" * 100, {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}),
        ):
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(data), headers
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize(("forge", "name"), [(forged_zip, "a.zip"), (forged_tar, "a.tar")])
def test_an_archive_that_lies_of_itself_is_broken_and_harms_nothing_beside_it(
    tmp_path: Path, forge: Callable[[Path], Path], name: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "z.sql").write_bytes(SELECT)
    forge(folder / name)

    outcomes = read_all(open_source(str(folder), options=ReadOptions()))

    assert refusals(outcomes) == {name: Reason.BROKEN}
    assert {"z.sql"} <= set(texts(outcomes))
    alone = read_all(open_source(str(forge(tmp_path / name)), options=ReadOptions()))
    assert list(refusals(alone).values()) == [Reason.BROKEN]


def test_a_machine_that_has_no_more_descriptors_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = make_zip(tmp_path / "a.zip", {"a.sql": SELECT})
    reader = open_source(str(archive), options=ReadOptions())
    (entry,) = reader.manifest()

    def exhausted(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", exhausted)
    with pytest.raises(OSError, match="Too many open files"):
        list(reader.read([entry]))


def test_an_archive_in_a_folder_is_read_under_the_folders_names(tmp_path: Path) -> None:
    make_zip(tmp_path / "dumps.zip", {"a.sql": SELECT})
    (tmp_path / "b.sql").write_bytes(SELECT)

    outcomes = read_all(open_source(str(tmp_path)))

    assert [outcome.path for outcome in outcomes] == ["b.sql", "dumps.zip/a.sql"]


@pytest.mark.parametrize(
    "name", ["../evil.sql", "a/../../evil.sql", "/etc/evil.sql", "..\\evil.sql", "C:\\evil.sql"]
)
def test_a_path_outside_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    for archive in (
        make_zip(tmp_path / "a.zip", {name: SELECT, "good.sql": SELECT}),
        make_tar(tmp_path / "a.tar.gz", {name: SELECT, "good.sql": SELECT}),
    ):
        outcomes = read_all(open_source(str(archive)))
        assert refusals(outcomes) == {name: Reason.UNSAFE_PATH}
        assert texts(outcomes) == {"good.sql": SELECT}


def test_links_in_archives_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            info = tarfile.TarInfo(f"{kind.decode()}.sql")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        link = zipfile.ZipInfo("link.sql")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")

    assert refusals(read_all(open_source(str(tmp_path)))) == {
        "a.tar/2.sql": Reason.UNSAFE_PATH,
        "a.tar/1.sql": Reason.UNSAFE_PATH,
        "a.zip/link.sql": Reason.UNSAFE_PATH,
    }


@pytest.mark.parametrize("cut", [300, 512, 700, 1536])
@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_a_truncated_tar_gives_what_it_has_and_says_so(tmp_path: Path, name: str, cut: int) -> None:
    tar = make_tar(tmp_path / "whole.tar", {"a.sql": SELECT, "b.sql": SELECT}).read_bytes()[:cut]
    packed = gzip.compress(tar, mtime=0) if name.endswith(".gz") else tar
    (tmp_path / name).write_bytes(packed)

    outcomes = read_all(open_source(str(tmp_path / name)))

    assert refusals(outcomes)[name] is Reason.BROKEN
    assert set(texts(outcomes)) == ({"a.sql"} if cut > 512 else set())


def test_a_tar_whose_gzip_is_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    members = {f"{number}.sql": os.urandom(50_000) for number in range(4)}
    archive = make_tar(tmp_path / "a.tar.gz", members)
    archive.write_bytes(archive.read_bytes()[:120_000])

    outcomes = read_all(open_source(str(archive)))

    assert list(texts(outcomes)) == ["0.sql", "1.sql"]
    assert Reason.BROKEN in refusals(outcomes).values()


def test_damage_in_the_middle_of_a_tar_is_not_taken_for_its_end(tmp_path: Path) -> None:
    archive = make_tar(tmp_path / "a.tar", {"a.sql": SELECT, "b.sql": SELECT})
    data = bytearray(archive.read_bytes())
    data[1024:1124] = b"x" * 100
    archive.write_bytes(data)

    assert refusals(read_all(open_source(str(archive)))) == {"a.tar": Reason.BROKEN}


def test_a_header_that_announces_a_gigabyte_is_refused(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x.sql")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    with (tmp_path / "a.tar").open("wb") as stream:
        stream.write(info.tobuf(tarfile.GNU_FORMAT))
        stream.truncate(1 << 30)

    assert refusals(read_all(open_source(str(tmp_path)))) == {"a.tar": Reason.ZIP_BOMB}


def test_zip_bombs_are_stopped(tmp_path: Path) -> None:
    bomb = make_zip(tmp_path / "a.zip", {"bomb.sql": bytes(40 << 20), "good.sql": SELECT})
    (tmp_path / "b.tar.gz").write_bytes(
        gzip.compress(make_tar(tmp_path / "b.tar", {"bomb.sql": bytes(40 << 20)}).read_bytes())
    )

    outcomes = read_all(open_source(str(bomb)))

    assert refusals(outcomes) == {"bomb.sql": Reason.ZIP_BOMB}
    assert texts(outcomes) == {"good.sql": SELECT}
    assert Reason.ZIP_BOMB in refusals(read_all(open_source(str(tmp_path / "b.tar.gz")))).values()


def test_a_header_that_lies_about_the_size_unpacks_no_further(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"lie.sql": bytes(30 << 20)})
    data = archive.read_bytes()
    archive.write_bytes(data.replace(struct.pack("<I", 30 << 20), struct.pack("<I", 100)))

    assert refusals(read_all(open_source(str(archive)))) == {"lie.sql": Reason.BROKEN}


def test_an_encrypted_and_a_damaged_member_do_not_stop_the_rest(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "a.zip", {"a.sql": SELECT, "b.sql": SELECT, "c.sql": SELECT})
    data = bytearray(archive.read_bytes())
    directory = data.find(b"PK\x01\x02")
    data[directory + 8] |= 1
    second = data.find(b"PK\x03\x04", 10)
    data[second + 30 + 5 + 3] ^= 0xFF
    archive.write_bytes(data)

    outcomes = read_all(open_source(str(archive)))

    assert refusals(outcomes) == {"a.sql": Reason.ENCRYPTED, "b.sql": Reason.BROKEN}
    assert texts(outcomes) == {"c.sql": SELECT}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.parquet"])
@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"no archive at all " * 100])
def test_what_is_no_archive_is_one_refusal(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)

    (refused,) = read_all(open_source(str(tmp_path / name)))

    assert refusals([refused])[name] in {Reason.BROKEN, Reason.EMPTY}


def test_an_open_ended_entry_reads_to_the_end_any_number_of_times(tmp_path: Path) -> None:
    archive = make_tar(tmp_path / "a.tar.gz", {f"{n}.sql": SELECT for n in range(50)})
    reader = open_source(str(archive))

    read_twice = [list(reader.read([Entry(path="")])) for _ in range(2)]

    assert read_twice[0] == read_twice[1]
    assert len(read_twice[0]) == 50

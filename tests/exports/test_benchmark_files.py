"""Files of benchmark questions that are odd, broken or hostile: said, in bounded memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from django.test import Client
from django.urls import reverse

from apps.exports.choice import benchmarks
from apps.exports.choice.benchmarks import BenchmarkError, read, read_named
from apps.exports.choice.care import Care
from tests.builders import make_response, make_user
from tests.exports.building import accept, file_of, with_prompt, write
from tests.pages import markup

pytestmark = pytest.mark.django_db
MIB = 1 << 20
ASKED = "Which of the singers was born first in the old town by the river Elbe?"
GOOD = json.dumps({"question": ASKED}).encode()
OTHER = json.dumps({"question": "How many ships are in the harbour?"}).encode()
DEEP = b'{"question": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    settings.VAR_DIR = tmp_path
    (tmp_path / "benchmarks").mkdir()
    return tmp_path / "benchmarks"


def lines(*each: bytes) -> bytes:
    return b"\n".join(each) + b"\n"


def array(*each: bytes) -> bytes:
    return b"[\n" + b",\n".join(each) + b"\n]"


@pytest.mark.parametrize("of", [lines, array], ids=["lines", "array"])
@pytest.mark.parametrize(
    ("odd", "told"),
    [
        (DEEP, "No JSON: nested too deeply"),
        (b'{"question": "cut', "No JSON: "),
        (b'{"question": NaN}', "No JSON: NaN is no JSON"),
        (b'{"question": ' + b"9" * 5000 + b"}", "No JSON: "),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"question": 7, "name": "x"}', "neither a question"),
        (b'{"question": "' + b"long " * 30_000 + b'"}', "a text of more than 100,000 characters"),
    ],
)
def test_an_odd_record_is_told_and_the_others_are_read(
    of: object, odd: bytes, told: str, folder: Path
) -> None:
    (folder / "dev.json").write_bytes(of(GOOD, odd, OTHER))  # type: ignore[operator]
    found = read_named("dev.json")
    assert [one.text[:9] for one in found.questions] == ["Which of ", "How many "]
    assert found.odd == 1 and told in found.told[0] and "record 2: " in found.told[0]
    assert found.told[0].startswith("line 2" if of is lines else "line 3")


def test_lines_that_are_not_utf8_are_told_and_nul_is_nothing(folder: Path) -> None:
    nul = b'{"question": "How\\u0000 many ships?"}'
    (folder / "dev.jsonl").write_bytes(lines(GOOD, b'{"question": "caf\xe9"}', nul, b"\0\0"))
    found = read_named("dev.jsonl")
    assert [one.text for one in found.questions] == [ASKED, "How many ships?"]
    assert found.odd == 2 and "line 2, record 2: Not UTF-8 at byte 17" in found.told[0]
    (folder / "dev.txt").write_bytes(b"How\0 many ships?\nA caf\xe9?\n" + b"x" * MIB + b"\nWho?\n")
    found = read_named("dev.txt")
    assert [one.text for one in found.questions] == ["How many ships?", "Who?"]
    assert found.told == (
        "line 2: not UTF-8 at byte 5 of the line",
        "line 3: a text of more than 100,000 characters",
    )


def test_a_file_in_another_encoding_is_refused_in_clear_words(folder: Path) -> None:
    for codec in ("utf-16", "utf-16-be", "utf-16-le", "utf-32"):
        (folder / "dev.json").write_bytes(array(GOOD).decode().encode(codec))
        with pytest.raises(BenchmarkError, match=r"dev\.json is UTF-16, or no text: save it as"):
            read_named("dev.json")


def test_much_that_is_odd_is_counted_and_the_first_of_it_told(folder: Path) -> None:
    (folder / "dev.jsonl").write_bytes(lines(GOOD, *[b"{x}"] * 5000))
    found = read_named("dev.jsonl")
    assert found.odd == 5000 and len(found.told) == 20


def pieces(of: bytes, count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield of


def written(path: Path, *parts: bytes | tuple[bytes, int]) -> None:
    with path.open("wb") as file:
        for part in parts:
            file.writelines([part] if isinstance(part, bytes) else pieces(*part))


BIG = (b" a" * (MIB // 2), 100)


@pytest.mark.parametrize(
    ("name", "parts", "questions"),
    [
        ("dev.jsonl", (GOOD, b'\n{"question": "', BIG, b'"}\n', OTHER, b"\n"), 2),
        ("dev.jsonl", (b'{"question": "', BIG, b'"}\n', OTHER, b"\n"), 1),
        ("dev.json", (b"[", GOOD, b",", (OTHER + b"," + b" " * MIB, 100), GOOD, b"]"), 102),
        ("dev.txt", (b"Who sings?\n", BIG, b"\nWho plays?\n"), 2),
    ],
    ids=["second-line", "first-line", "array-on-one-line", "text"],
)
def test_a_line_of_100_mb_costs_little(
    name: str, parts: tuple[bytes | tuple[bytes, int], ...], questions: int, folder: Path
) -> None:
    written(folder / name, *parts)
    tracemalloc.start()
    found = read_named(name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.questions) == questions and found.odd == (0 if questions > 2 else 1)
    assert peak < 64 * MIB


def test_one_object_of_100_mb_is_refused_with_what_to_do(folder: Path) -> None:
    path = folder / "dev.json"
    written(path, b'{"data": [', (GOOD + b"," + b" " * MIB, 100), GOOD, b"]}")
    tracemalloc.start()
    with pytest.raises(BenchmarkError, match="one JSON object of more than 32 MiB: save"):
        read_named("dev.json")
    assert tracemalloc.get_traced_memory()[1] < 128 * MIB
    tracemalloc.stop()


def test_packed_files_are_read_and_their_bombs_are_not(folder: Path) -> None:
    (folder / "dev.jsonl.gz").write_bytes(gzip.compress(lines(GOOD, OTHER)))
    (folder / "dev.json.zst").write_bytes(zstandard.compress(array(GOOD, OTHER)))
    assert benchmarks.names() == ["dev.json.zst", "dev.jsonl.gz"]
    assert all(len(read_named(name).questions) == 2 for name in benchmarks.names())
    bomb = folder / "bomb.txt.gz"
    with gzip.open(bomb, "wb", 1) as file:
        file.writelines(pieces(b"0" * MIB, 300))
    assert bomb.stat().st_size < 2 * MIB
    tracemalloc.start()
    with pytest.raises(BenchmarkError, match=r"bomb\.txt\.gz cannot be unpacked\. Unpacks to more"):
        read_named("bomb.txt.gz")
    assert tracemalloc.get_traced_memory()[1] < 32 * MIB
    tracemalloc.stop()


@pytest.mark.parametrize("text", [lines(GOOD), array(GOOD), b"Who sings?\n"])
def test_a_packed_file_that_is_cut_off_is_refused(text: bytes, folder: Path) -> None:
    (folder / "dev.json.gz").write_bytes(gzip.compress(text)[:-9])
    with pytest.raises(BenchmarkError, match=r"dev\.json\.gz.*Damaged or cut off"):
        read_named("dev.json.gz")


def test_more_questions_than_fit_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "dev.txt").write_text("Who sings?\n" * 11)
    monkeypatch.setattr(benchmarks, "MOST_QUESTIONS", 10)
    with pytest.raises(BenchmarkError, match="more than 10 questions"):
        read(folder / "dev.txt")


@pytest.mark.django_db(transaction=True)
def test_what_is_odd_is_told_in_the_preview_the_manifest_and_on_the_page(
    folder: Path, client: Client
) -> None:
    (folder / "dev.jsonl").write_bytes(lines(GOOD, b"{<b>", b'{"question": "caf\xe9"}'))
    accept(with_prompt(make_response(instruction=ASKED)))
    accept(with_prompt(make_response()))
    export = write(care=Care(benchmarks=("dev.jsonl",)))
    told = export.manifest["benchmarks"]["dev.jsonl"]
    assert (told["questions"], told["found"], told["odd"], len(told["told"])) == (1, 1, 2, 2)
    assert "2 of its lines could not be read" in file_of(export, "card").read_text()
    client.force_login(make_user("editor"))
    shown = markup(client.get(reverse("exports:export", args=[export.pk])))
    sent = {"preview": "yes", "tag": "a", "benchmarks": ["dev.jsonl"]}
    asked = client.get(reverse("exports:new")).context["form"]
    first = {name: asked[name].value() for name in asked.fields if asked[name].value()}
    previewed = markup(client.post(reverse("exports:new"), first | sent))
    for page in (shown, previewed):
        assert "2 lines or records of dev.jsonl could not be read" in page
        assert "line 2, record 2: No JSON" in page
    (folder / "dev.jsonl").write_bytes(b"{")
    refused = markup(client.post(reverse("exports:new"), first | sent))
    assert "dev.jsonl, file: no JSON" in refused

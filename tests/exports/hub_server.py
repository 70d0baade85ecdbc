"""A stand-in for the Hugging Face Hub over real HTTP: data sets, LFS, commits, refusals."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LICENCES = {"mit", "apache-2.0", "cc0-1.0", "gpl-3.0", "other"}
TOKEN = "hf_that_may_write"


@dataclass
class Repository:
    """One data set: its files as the last commit left them."""

    private: bool
    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)
    sha: str = "0" * 40


@dataclass
class Refusal:
    """What is answered in the place of the next request that has `part` in its path."""

    part: str
    status: int
    words: str
    times: int = 1
    code: str = ""


class Hub(ThreadingHTTPServer):
    """`uploads`: LFS contents that were sent, in their order, one entry each time."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories: dict[str, Repository] = {}
        self.contents: dict[str, bytes] = {}
        self.uploads: list[str] = []
        self.refusals: list[Refusal] = []
        self.address = f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Hub:
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"] or 0)))

    do_PUT = do_POST

    def _answer(self, body: bytes) -> None:
        path = self.path.partition("?")[0]
        for refusal in self.server.refusals:
            if refusal.part in path and refusal.times:
                refusal.times -= 1
                self._send(refusal.status, {"error": refusal.words}, refusal.code)
                return
        if "/lfs/" not in path and self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._send(401, {"error": "Invalid username or password."})
            return
        for pattern, do in _ROUTES.items():
            if found := re.fullmatch(pattern, path):
                self._send(*do(self.server, body, *found.groups()))
                return
        self._send(404, {"error": f"No {path} here"}, "RepoNotFound")

    def _send(self, status: int, told: Any, code: str = "") -> None:
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        return


Answer = tuple[int, Any]


def _create(hub: Hub, body: bytes) -> Answer:
    asked = json.loads(body)
    name = f"{asked['organization']}/{asked['name']}"
    there = {"url": f"{hub.address}/datasets/{name}"}
    if name in hub.repositories:
        return 409, there | {"error": "You already created this dataset repo"}
    hub.repositories[name] = Repository(private=asked.get("visibility") == "private")
    return 200, there


def _info(hub: Hub, _: bytes, name: str) -> Answer:
    if name not in hub.repositories:
        return 404, {"error": "Repository not found"}
    one = hub.repositories[name]
    names = [{"rfilename": file} for file in sorted(one.files)]
    return 200, {"id": name, "sha": one.sha, "private": one.private, "siblings": names}


def _validate(_hub: Hub, body: bytes) -> Answer:
    """As the Hub: the card's licence must be one that it knows."""
    licence = re.search(r"^license: (.*)$", json.loads(body)["content"], re.MULTILINE)
    if licence and licence.group(1) not in LICENCES:
        return 400, {"errors": [{"message": '"license" must be one of [...]'}]}
    return 200, {"errors": [], "warnings": []}


def _preupload(hub: Hub, body: bytes, name: str) -> Answer:
    files = hub.repositories[name].files
    told = []
    for file in json.loads(body)["files"]:
        is_large = file["path"].endswith((".jsonl", ".parquet"))
        there = files.get(file["path"])
        oid = _oid(there, is_large) if there is not None else None
        told.append(
            {"path": file["path"], "uploadMode": "lfs" if is_large else "regular",
             "shouldIgnore": False, "oid": oid}
        )  # fmt: skip
    return 200, {"files": told}


def _oid(data: bytes, is_large: bool) -> str:
    if is_large:
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _batch(hub: Hub, body: bytes, _: str) -> Answer:
    objects = []
    for one in json.loads(body)["objects"]:
        told = {"oid": one["oid"], "size": one["size"]}
        if one["oid"] not in hub.contents:
            told["actions"] = {"upload": {"href": f"{hub.address}/lfs/{one['oid']}"}}
        objects.append(told)
    return 200, {"transfer": "basic", "objects": objects}


def _upload(hub: Hub, body: bytes, oid: str) -> Answer:
    if hashlib.sha256(body).hexdigest() != oid:
        return 400, {"error": "This is another file"}
    hub.uploads.append(oid)
    hub.contents[oid] = body
    return 200, {}


def _commit(hub: Hub, body: bytes, name: str) -> Answer:
    one, lines = hub.repositories[name], [json.loads(line) for line in body.splitlines()]
    header = lines[0]["value"]
    if header.get("parentCommit", one.sha) != one.sha:
        return 412, {"error": "A commit has happened since"}
    for line in lines[1:]:
        value = line["value"]
        if line["key"] == "file":
            one.files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            one.files[value["path"]] = hub.contents[value["oid"]]
        elif line["key"] == "deletedFile":
            del one.files[value["path"]]
    one.commits.append(header["summary"])
    one.sha = hashlib.sha1(body).hexdigest()
    return 200, {"commitUrl": f"{hub.address}/{name}/commit/{one.sha}", "commitOid": one.sha}


_NAME = r"([\w.-]+/[\w.-]+)"
_ROUTES: dict[str, Any] = {
    "/api/repos/create": _create,
    "/api/validate-yaml": _validate,
    f"/api/datasets/{_NAME}": _info,
    f"/api/datasets/{_NAME}/revision/main": _info,
    f"/api/datasets/{_NAME}/preupload/main": _preupload,
    f"/datasets/{_NAME}\\.git/info/lfs/objects/batch": _batch,
    "/lfs/(.*)": _upload,
    f"/api/datasets/{_NAME}/commit/main": _commit,
}

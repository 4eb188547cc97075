"""Hashes of inputs, and when a large file is not read again."""

import hashlib
import json
import os
import time

import pytest

from scenarios.artefacts import hash_inputs, hashing
from scenarios.artefacts.hashing import HASHES, REMEMBERED_BYTES

LONG_AGO = time.time() - 3600


def write_large(path, first=b"a", when=LONG_AGO):
    path.write_bytes(first + bytes(REMEMBERED_BYTES))
    os.utime(path, (when, when))
    return path


@pytest.fixture
def reads(monkeypatch):
    """Count the files whose bytes are read."""
    counted = []
    whole = hashlib.file_digest

    def digest(file, name):
        counted.append(file.name)
        return whole(file, name)

    monkeypatch.setattr(hashing.hashlib, "file_digest", digest)
    return counted


def test_the_hash_of_a_file_is_its_sha_256(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    found = hash_inputs([path])[path]
    assert found.size == 3
    assert found.sha256 == hashlib.sha256(b"abc").hexdigest()


def test_a_folder_changes_with_a_name_or_a_byte_in_it_and_not_with_its_place(tmp_path):
    def write(name, **files):
        folder = tmp_path / name
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        return hash_inputs([folder])[folder].sha256

    first = write("a", stops="1", trips="2")
    assert write("b", trips="2", stops="1") == first
    others = [write("c", stops="1", trips="3"), write("d", stops="1", trip="2")]
    others += [write("e", stops="1"), write("f", stops="12", trips="")]
    assert len({first, *others}) == 5


def test_a_large_file_that_did_not_change_is_read_once(tmp_path, reads):
    path = write_large(tmp_path / "big")
    found = [hash_inputs([path], memory=tmp_path / "memory")[path] for _ in range(3)]
    assert len(reads) == 1
    assert found[0] == found[1] == found[2]


def test_a_large_file_of_the_same_size_and_time_but_other_bytes_is_noticed(tmp_path):
    path = write_large(tmp_path / "big", b"a")
    first = hash_inputs([path], memory=tmp_path)[path].sha256
    write_large(path, b"b")
    assert path.stat().st_mtime == LONG_AGO
    assert hash_inputs([path], memory=tmp_path)[path].sha256 != first


def test_a_file_changed_a_moment_ago_is_not_remembered(tmp_path, reads):
    path = write_large(tmp_path / "big", when=time.time())
    for _ in range(2):
        hash_inputs([path], memory=tmp_path)
    assert len(reads) == 2


def test_without_a_memory_nothing_is_remembered_and_nothing_is_written(tmp_path, reads):
    path = write_large(tmp_path / "big")
    for _ in range(2):
        hash_inputs([path])
    assert len(reads) == 2
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": 1}', '{"a": [[1], 2]}', '{"a": [["x"], "y"]}', "\0"]
)
def test_a_memory_that_is_broken_is_forgotten(tmp_path, text):
    path = write_large(tmp_path / "big")
    (tmp_path / HASHES).write_text(text, encoding="utf-8")
    found = hash_inputs([path], memory=tmp_path)[path].sha256
    assert found == hashlib.sha256(path.read_bytes()).hexdigest()
    assert str(path) in json.loads((tmp_path / HASHES).read_text(encoding="utf-8"))


def test_a_memory_that_cannot_be_written_is_no_error(tmp_path):
    path = write_large(tmp_path / "big")
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert hash_inputs([path], memory=blocked / "memory")[path].size == REMEMBERED_BYTES + 1

"""Artefacts on disk: whole or not at all, and noticed when they are no longer as written."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from scenarios.artefacts import Cache, Damaged, find_cache, open_artefact, write_artefact
from scenarios.artefacts import folder as folder_module
from scenarios.artefacts.folder import (
    ARRAYS,
    MANIFEST,
    TREE,
    UNFINISHED,
    read_manifest,
    remove_artefact,
    replace_manifest,
)
from tests.architecture.project import ROOT

KEY = "0123456789abcdef" * 4
VALUE = {"times": np.arange(100_000, dtype=np.int32), "names": tuple(map(str, range(50)))}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "city" / "artefact"


@pytest.fixture
def written(place):
    write_artefact(place, VALUE, {"key": KEY, "kind": "test"})
    return place


def test_a_written_artefact_opens_with_its_values_and_its_manifest(written):
    found = open_artefact(written, key=KEY)
    assert found.value["times"].tolist() == list(range(100_000))
    assert found.value["names"] == VALUE["names"]
    assert found.manifest["kind"] == "test"
    assert found.manifest["files"][ARRAYS]["bytes"] == (written / ARRAYS).stat().st_size
    assert {path.name for path in written.iterdir()} == {ARRAYS, TREE, MANIFEST}


def test_writing_to_the_arrays_leaves_the_file_as_it_is(written):
    found = open_artefact(written, key=KEY)
    found.value["times"][:] = -1
    assert open_artefact(written, key=KEY).value["times"].tolist() == list(range(100_000))


def test_arrays_stay_readable_when_the_artefact_is_removed_meanwhile(written):
    found = open_artefact(written, key=KEY)
    remove_artefact(written)
    assert not written.exists()
    assert list(written.parent.iterdir()) == []
    assert found.value["times"].sum() == 4_999_950_000


def test_there_is_none_where_nothing_was_written(place):
    with pytest.raises(FileNotFoundError):
        open_artefact(place, key=KEY)


def test_an_artefact_without_any_array_opens(place):
    write_artefact(place, ("nothing",), {"key": KEY})
    assert open_artefact(place, key=KEY).value == ("nothing",)


@pytest.mark.parametrize("name", [ARRAYS, TREE, MANIFEST])
@pytest.mark.parametrize("kept", [0, 1, 100, -2])
def test_a_truncated_file_is_noticed(written, name, kept):
    raw = (written / name).read_bytes()
    (written / name).write_bytes(raw[:kept])
    with pytest.raises(Damaged):
        open_artefact(written, key=KEY)


@pytest.mark.parametrize("name", [ARRAYS, TREE, MANIFEST])
@pytest.mark.parametrize("where", [0.0, 0.3, 0.5, 0.99])
def test_a_flipped_bit_is_noticed(written, name, where):
    raw = bytearray((written / name).read_bytes())
    raw[int(where * len(raw))] ^= 4
    (written / name).write_bytes(raw)
    with pytest.raises(Damaged):
        open_artefact(written, key=KEY)


@pytest.mark.parametrize("name", [ARRAYS, TREE, MANIFEST])
def test_a_missing_file_is_noticed(written, name):
    (written / name).unlink()
    with pytest.raises(Damaged):
        open_artefact(written, key=KEY)


def test_the_artefact_of_another_key_or_format_is_not_opened(written, monkeypatch):
    with pytest.raises(Damaged, match="another key"):
        open_artefact(written, key="f" * 64)
    monkeypatch.setattr(folder_module, "FORMAT_VERSION", 2)
    with pytest.raises(Damaged, match="format is 1, not 2"):
        open_artefact(written, key=KEY)


def test_a_changed_manifest_is_noticed_but_a_replaced_one_is_not(written):
    manifest = read_manifest(written)
    replace_manifest(written, {**manifest, "quality": {"error": 0}})
    found = open_artefact(written, key=KEY)
    assert found.manifest["quality"] == {"error": 0}
    assert found.value["names"] == VALUE["names"]

    text = json.loads((written / MANIFEST).read_text(encoding="utf-8"))
    (written / MANIFEST).write_text(json.dumps({**text, "quality": {}}), encoding="utf-8")
    with pytest.raises(Damaged, match="changed"):
        open_artefact(written, key=KEY)


def test_a_file_name_that_is_no_utf_8_can_be_in_the_manifest(place):
    odd = os.fsdecode(b"caf\xe9.zip")
    write_artefact(place, VALUE, {"key": KEY, "path": odd})
    assert open_artefact(place, key=KEY).manifest["path"] == odd


KILLED = """
import os, sys
import numpy as np
from pathlib import Path
from scenarios.artefacts import folder

whole = folder._write
def write_and_die(path, chunks):
    if path.name == sys.argv[2]:
        path.write_bytes(b"half")
        os._exit(9)
    return whole(path, chunks)
folder._write = write_and_die
if sys.argv[2] == "rename":
    folder._rename = lambda *_: os._exit(9)
folder.write_artefact(Path(sys.argv[1]), {"a": np.arange(9)}, {"key": "k"})
"""


@pytest.mark.parametrize("at", [TREE, MANIFEST, "rename"])
def test_a_process_killed_while_writing_leaves_nothing_that_is_opened(place, at):
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(place), at],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 9, ended.stderr
    left = list(place.parent.iterdir())
    assert len(left) == 1
    assert left[0].name.endswith(UNFINISHED)
    with pytest.raises(FileNotFoundError):
        open_artefact(place, key="k")

    cache = Cache(root=place.parent.parent)
    shutil.copytree(place.parent, cache.root / "artefacts" / "city")
    cache.prune("city")  # the writer has ended: what it left goes at once
    assert list((cache.root / "artefacts" / "city").iterdir()) == []


def test_what_a_running_writer_has_not_finished_is_left_alone(tmp_path):
    cache = Cache(root=tmp_path)
    folder = tmp_path / "artefacts" / "city"
    own = folder / f".key.{folder_module._writer()}.abc{UNFINISHED}"
    elsewhere = folder / f".key.othermachine-1.abc{UNFINISHED}"
    old = folder / f".key.othermachine-2.abc{UNFINISHED}"
    for path in (own, elsewhere, old):
        path.mkdir(parents=True)
    os.utime(old, (time.time() - 2 * 86_400,) * 2)
    cache.prune("city")
    assert sorted(folder.iterdir()) == sorted([own, elsewhere])


def test_a_full_disk_leaves_nothing_behind(place, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder_module.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_artefact(place, VALUE, {"key": KEY})
    assert list(place.parent.iterdir()) == []


def test_an_artefact_that_somebody_else_finished_stays(tmp_path):
    cache = Cache(root=tmp_path)
    first = cache.store("city", VALUE, {"key": KEY, "by": "first"})
    second = cache.store("city", VALUE, {"key": KEY, "by": "second"})
    assert first == second
    assert read_manifest(first)["by"] == "first"
    assert list(first.parent.iterdir()) == [first]


def test_a_damaged_artefact_is_replaced(tmp_path):
    cache = Cache(root=tmp_path)
    path = cache.store("city", VALUE, {"key": KEY, "by": "first"})
    (path / TREE).write_bytes(b"")
    assert cache.store("city", VALUE, {"key": KEY, "by": "second"}) == path
    assert cache.open("city", KEY).manifest["by"] == "second"
    assert list(path.parent.iterdir()) == [path]


def test_the_newest_three_artefacts_of_a_territory_are_kept(tmp_path):
    cache = Cache(root=tmp_path)
    paths = []
    for i in range(5):
        paths.append(cache.store("city", i, {"key": f"{i}" * 64}))
        os.utime(paths[-1], (1_000_000 + i,) * 2)
    other = cache.store("town", 0, {"key": KEY})

    assert set(cache.prune("city", spare=paths[0])) == {paths[1], paths[2]}
    assert sorted(paths[0].parent.iterdir()) == [paths[0], paths[3], paths[4]]
    assert other.exists()


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"CRENEAU_CACHE": "off"}, None),
        ({"CRENEAU_CACHE": " OFF "}, None),
        ({"CRENEAU_CACHE": "/somewhere/else", "XDG_CACHE_HOME": "/xdg"}, "/somewhere/else"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/creneau"),
        ({"XDG_CACHE_HOME": "relative", "CRENEAU_CACHE": ""}, "HOME"),
        ({}, "HOME"),
    ],
)
def test_the_cache_is_where_the_environment_says(environment, place, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    expected = str(tmp_path / ".cache" / "creneau") if place == "HOME" else place
    found = find_cache(environment)
    assert (None if found is None else str(found.root)) == expected

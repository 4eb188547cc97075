"""From a loading to itineraries that avoid the crush: by command, and by the service.

On the corridor line 1 is full from Nord to Bureaux when all demand is trebled, and line
2, which takes 12 minutes from Nord to Bureaux and not 8, is not.
"""

import json

import pyarrow.parquet as pq
import pytest

from api import create_app
from api.cli import main
from api.settings import Settings
from network.routing.loads import compute_fingerprint
from tests.api.client import TestClient

NEAR_NORD, NEAR_BUREAUX = "48.991,2.35", "48.931,2.35"
WORDS = ("itinerary", "--from", NEAR_NORD, "--to", NEAR_BUREAUX, "--depart", "08:00",
         "--modes", "transit")  # fmt: skip
QUERY = {
    "territory": "corridor",
    "from": {"lat": 48.991, "lon": 2.35},
    "to": {"lat": 48.931, "lon": 2.35},
    "depart": "08:00",
    "modes": ["transit"],
    "criteria": ["crowded"],
}


@pytest.fixture(scope="module")
def loaded(corridor_pack, tmp_path_factory):
    """The folder that `creneau load` wrote for a morning of trebled demand."""

    out = tmp_path_factory.mktemp("loads") / "morning"
    status = main(
        ["load", str(corridor_pack), "--out", str(out), "--factor", "3", "--gap", "1e-3", "--json"]
    )
    assert status == 0
    return out


def rides(answer):
    return [leg for found in answer["itineraries"] for leg in found["legs"] if leg["line"]]


def test_by_crowded_minutes_a_slower_emptier_line_is_an_answer_too(creneau_json, loaded):
    status, plain = creneau_json(*WORDS, "--loads", loaded)
    assert status == 0
    assert [leg["line"] for leg in rides(plain)] == ["1"]
    full = rides(plain)[0]["occupancy"]
    # Full all the way: four minutes to Milieu, and four to Bureaux.
    assert full["max_load_factor"] >= 1.0
    assert full["crowded_s"] == 480
    _, weighed = creneau_json(*WORDS, "--loads", loaded, "--criteria", "crowded")
    assert {leg["line"] for leg in rides(weighed)} == {"1", "2"}
    costs = {
        found["legs"][1]["line"]: found["criteria"][0]["value"] for found in weighed["itineraries"]
    }
    assert costs == {"1": 480.0, "2": 0.0}


def test_occupancies_have_unit_class_and_the_loadings_own_error(creneau_json, loaded):
    result = json.loads((loaded / "loading.json").read_text(encoding="utf-8"))
    error = result["entries"]["overall"]["weighted_abs_error"]
    _, answer = creneau_json(*WORDS, "--loads", loaded, "--lang", "en")
    found = rides(answer)[0]["occupancy"]
    factor = found["max_load_factor"]
    assert (found["unit"], found["source_class"]) == ("passengers over capacity", "estimated")
    assert found["low"] == pytest.approx(max(0, factor * (1 - error)), abs=2e-3)
    assert found["high"] == pytest.approx(factor * (1 + error), abs=2e-3)
    assert any("runs.parquet" in note and "100%" in note for note in answer["notes"])
    assert any("06:30 and 10:30" in note for note in answer["notes"])
    runs = pq.read_table(loaded / "runs.parquet").to_pandas()
    mine = runs[(runs.trip_id == rides(answer)[0]["trip_id"]) & (runs.stop_id != "")]
    assert factor == pytest.approx(mine.load_factor.max(), abs=1e-3)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_text_shows_occupancy_with_its_range(creneau, loaded, lang):
    status, out, _ = creneau(*WORDS, "--loads", loaded, "--lang", lang)
    assert status == 0
    assert {"fr": "% de la capacité", "en": "% of capacity (estimated) ["}[lang] in out


def test_rows_set_aside_are_said(creneau_json, corridor, tmp_path):
    timetable = corridor.network.timetable
    path = tmp_path / "mine.csv"
    path.write_text(
        f"trip_id,stop_pos,load_factor\n{timetable.trip_ids[0]},0,0.5\nnone,0,1\n",
        encoding="utf-8",
    )
    for lang, said in (("en", "1 row(s) set aside"), ("fr", "1 ligne(s) mises de côté")):
        _, answer = creneau_json(*WORDS, "--loads", path, "--lang", lang)
        (note,) = [note for note in answer["notes"] if said in note]
        assert "mine.csv" in note
        assert "3 (trip_id none" in note
        occupancy = rides(answer)[0]["occupancy"]
        assert (occupancy["low"], occupancy["high"]) == (None, None)


def test_loads_of_another_timetable_are_said_to_be(creneau_json, loaded, tmp_path):
    table = pq.read_table(loaded / "runs.parquet")
    told = table.replace_schema_metadata({"timetable_sha256": "0" * 64})
    pq.write_table(told, tmp_path / "runs.parquet")
    for lang, said in (("en", "another timetable"), ("fr", "un autre horaire")):
        _, answer = creneau_json(*WORDS, "--loads", tmp_path, "--lang", lang)
        assert any(said in note for note in answer["notes"])


def test_a_file_of_loads_that_is_not_there_is_named(creneau_json, tmp_path):
    status, answer = creneau_json(*WORDS, "--loads", tmp_path / "gone.csv")
    assert status == 2
    (problem,) = answer["error"]["problems"]
    assert "gone.csv" in problem["file"]
    assert problem["expected"]
    assert problem["mend"]


@pytest.fixture
def client(engine, loaded):
    app = create_app(Settings(loads_folder=loaded.parent), engine=engine)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


def test_the_service_knows_loads_by_name(client, creneau_json, loaded):
    _, typed = creneau_json(*WORDS, "--loads", loaded, "--criteria", "crowded")
    posted = client.post("/v1/itineraries", json={**QUERY, "loads": "morning"})
    assert (posted.status_code, posted.json()) == (200, typed)
    address = "/v1/itineraries?territory=corridor&depart=08:00&modes=transit&criteria=crowded"
    got = client.get(f"{address}&from={NEAR_NORD}&to={NEAR_BUREAUX}&loads=morning")
    assert got.json() == typed


@pytest.mark.parametrize("name", ["evening", "..", "../loads", "/etc", ".hidden"])
def test_the_service_reads_no_other_loads(client, name):
    assert client.post("/v1/itineraries", json={**QUERY, "loads": name}).status_code == 422


def test_a_service_without_loads_says_so(engine):
    with TestClient(create_app(engine=engine), base_url="http://127.0.0.1") as client:
        answer = client.post("/v1/itineraries", json={**QUERY, "loads": "morning"})
    assert answer.status_code == 422
    assert "--loads" in answer.text


def test_the_service_is_not_started_with_loads_that_are_no_folder(creneau, tmp_path):
    status, _, err = creneau("serve", "--loads", tmp_path / "none", "--lang", "en")
    assert status == 2
    assert "--loads" in err


def test_a_loading_tells_its_timetable_and_is_not_doubted(creneau_json, loaded, corridor):
    metadata = pq.read_schema(loaded / "runs.parquet").metadata
    assert metadata[b"timetable_sha256"].decode() == compute_fingerprint(corridor.network.timetable)
    _, answer = creneau_json(*WORDS, "--loads", loaded, "--lang", "en")
    assert not any("another timetable" in note for note in answer["notes"])

"""A territory that is a network alone: the grid city, written as a pack."""

from network.routing import Place, find_itineraries
from scenarios.pack_files import PACK_FILE
from tests.builders.gridcity import write_grid_city
from tests.builders.territories import sources_toml

PACK = """
name = "grid"
title_fr = "Ville en grille"
title_en = "Grid city"
sources = ["sources.toml"]
notes_fr = ["Inventée."]
notes_en = ["Invented."]
service_date = 2024-05-15

[network]
gtfs = "feed"
"""
ZONES = """zone_id,name,level,parent_id,lat,lon,population,jobs,in_territory,leaf,source_class
all,All,agglomeration,,48.9,2.35,30,,1,0,estimated
w,West,commune,all,48.9,2.33,10,4,1,1,estimated
e,East,commune,all,48.9,2.37,20,,1,1,estimated
"""


def write_grid_pack(parent, text=PACK, *, name="pack", **files):
    """Write the pack into a new folder; further files by name, ``__`` for the dot."""
    folder = parent / name
    folder.mkdir()
    write_grid_city(folder)
    (folder / PACK_FILE).write_text(text, encoding="utf-8")
    (folder / "sources.toml").write_text(sources_toml(("feed",)), encoding="utf-8")
    for file, content in files.items():
        (folder / file.replace("__", ".")).write_text(content, encoding="utf-8")
    return folder


def ask(pack):
    """Return when one is at B3 who leaves A1 at 07:00."""
    origin = Place(name="A1", lat=48.9, lon=2.322634)
    destination = Place(name="B3", lat=48.882014, lon=2.35)
    found = find_itineraries(pack.network, origin, destination, departure_s=7 * 3600)
    return [itinerary.arrival_s for itinerary in found.itineraries]

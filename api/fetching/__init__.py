"""Downloads: the files a territory's pack names, into the data folder, when the user asks.

Nothing here makes a request unless it is called; only the command `territory fetch` calls it.
"""

from api.fetching.client import FetchSettings, open_client
from api.fetching.files import Fetched, Wanted
from api.fetching.packs import choose_files, fetch_files
from api.fetching.transfer import fetch_file

__all__ = [
    "FetchSettings",
    "Fetched",
    "Wanted",
    "choose_files",
    "fetch_file",
    "fetch_files",
    "open_client",
]

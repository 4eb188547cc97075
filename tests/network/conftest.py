"""What several test modules of the readers share."""

import pytest

from network.readers import _gtfs_table


@pytest.fixture(params=["gtfs-kit", "lines", "blocks"])
def each_way(request, monkeypatch):
    """Read every table in one of the three ways there are."""
    if request.param != "gtfs-kit":
        monkeypatch.setattr(_gtfs_table, "is_plain", lambda *_: False)
    if request.param == "blocks":
        monkeypatch.setattr(_gtfs_table, "SMALL", 0)
    return request.param

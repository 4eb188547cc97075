"""Feeds read as tables, and what a test asks of them."""

import pytest

from network.base.errors import NetworkInputError
from network.readers import read_feed_tables
from tests.builders.feeds import feed_bytes, write_files


def tables_of(tmp_path, *, zipped=False, **changed):
    return read_feed_tables(write_files(tmp_path, feed_bytes(**changed), zipped=zipped))


def message_of(path, **options):
    with pytest.raises(NetworkInputError) as caught:
        read_feed_tables(path, **options)
    assert caught.value.__cause__ is None
    assert all(p.expected and p.mend for p in caught.value.problems)
    return str(caught.value)


def names_of(tables):
    return tables.stops["stop_name"].tolist()


def lines_of(frame):
    return (frame.index + 2).tolist()

"""Road test networks written as text: two links, a small trip table; and what is complained."""

import pytest

from network.base.errors import NetworkInputError
from network.readers.tntp import read_tntp_flows, read_tntp_network, read_tntp_trips

HEADER = (
    "~ \tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll"
    "\tlink_type\t;"
)
META = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 2
<END OF METADATA>
"""
ROWS = "\t1\t3\t900\t2.5\t4\t0.15\t4\t50\t1\t1\t;\n\t3\t2\t1800\t5\t8.5\t0.2\t5\t60\t0\t7\t;\n"
TRIP_META = "<NUMBER OF ZONES> 3\n<TOTAL OD FLOW> 60.0\n<END OF METADATA>\n\n"
TRIPS = [[0, 10, 20], [5, 0, 0], [25, 0, 0]]


def network_of(tmp_path, text, name="x_net.tntp"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_tntp_network(path)


def trips_of(tmp_path, text):
    path = tmp_path / "x_trips.tntp"
    path.write_bytes(text.encode())
    return read_tntp_trips(path)


def flows_of(tmp_path, text):
    path = tmp_path / "x_flow.tntp"
    path.write_bytes(text.encode())
    return read_tntp_flows(path)


def complaints(read, tmp_path, text):
    with pytest.raises(NetworkInputError) as caught:
        read(tmp_path, text)
    assert all(problem.file.startswith("x_") for problem in caught.value.problems)
    return [(p.row, p.found, p.expected) for p in caught.value.problems]

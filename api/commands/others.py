"""`serve`, `version` and `bench`."""

import importlib
import platform
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import HELP, JsonOption, LangOption, example, get_state
from api.outcome import ExitCode
from api.output import complain, print_json, print_line
from api.text import get_words
from network.base import InputError, Problem

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("serve", help=HELP("help.serve"), epilog=example("serve --port 8000"))(serve)
    app.command("version", help=HELP("help.version"), epilog=example("version --json"))(version)
    app.command("bench", help=HELP("help.bench"), epilog=example("bench network.build"))(bench)


def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option("--host", help=HELP("help.host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help=HELP("help.port"))] = 8000,
    loads: Annotated[
        Path | None, typer.Option("--loads", metavar="DIR", help=HELP("help.serve_loads"))
    ] = None,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Start the service."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    require_loopback(host)
    if loads is not None:
        require_loads_folder(loads)
    import uvicorn

    from api.app import create_app
    from api.settings import Settings

    words = get_words(state.lang)
    app = create_app(Settings(lang=state.lang, loads_folder=loads), engine=state.engine)
    if state.json:
        print_json({"url": f"http://{_bracket(host)}:{port}", "openapi": "/openapi.json"})
    complain(words("serve.listening", host=_bracket(host), port=port))
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
    except SystemExit as ended:
        if ended.code:
            complain(words("serve.stopped"))
            return ExitCode.NO
    return ExitCode.FINE


def require_loads_folder(folder: Path) -> None:
    """Refuse what is no folder.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(
            Problem(
                file="--loads",
                found=f"{folder}, which is no folder",
                expected="a folder with what creneau load wrote, each by its own name",
                mend="Run creneau load T --out DIR/NAME, and name DIR.",
            )
        )


def require_loopback(host: str) -> None:
    """Refuse an address that other machines can reach: there is no login.

    Raises
    ------
    InputError
        If the address is not the loopback.
    """
    if host not in LOOPBACK:
        raise InputError(
            Problem(
                file="--host",
                found=repr(host),
                expected="one of " + ", ".join(LOOPBACK),
                mend="The service has no login: put a server that has one in front of it.",
            )
        )


def version(ctx: typer.Context, json: JsonOption = False) -> int:
    """Print the version."""
    get_state(ctx).begin(json=json)
    number = installed_version("creneau")
    if json:
        print_json({"version": number, "python": platform.python_version()})
    else:
        print_line(f"creneau {number} (Python {platform.python_version()})")
    return ExitCode.FINE


def bench(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help=HELP("help.bench_names"))] = None,
    rows: Annotated[str, typer.Option("--rows", help=HELP("help.bench_rows"))] = "",
    city: Annotated[str, typer.Option("--city", help=HELP("help.bench_city"))] = "",
    seeds: Annotated[str, typer.Option("--seeds", help=HELP("help.bench_seeds"))] = "",
    load: Annotated[str, typer.Option("--load", help=HELP("help.bench_load"))] = "",
    peers: Annotated[str, typer.Option("--peers", help=HELP("help.bench_peers"))] = "",
    size: Annotated[str, typer.Option("--size", help=HELP("help.bench_size"))] = "",
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", metavar="S", help=HELP("help.bench_limit"))
    ] = None,
    json: JsonOption = False,
) -> int:
    """Measure the benchmark cases, or our routing or staggering beside other engines'."""
    get_state(ctx).begin(json=json)
    only_routing = {"--city": city}
    only_staggering = {
        "--seeds": seeds,
        "--load": load,
        "--peers": peers,
        "--size": size,
        "--time-limit": "" if time_limit is None else f"{time_limit:g}",
    }
    if names == ["routing"]:
        _refuse(only_staggering, "staggering")
        return _bench_routing(_split(rows), _split(city), json=json)
    if names == ["staggering"]:
        _refuse(only_routing, "routing")
        return _bench_staggering(
            _split(rows),
            seeds=seeds,
            load=_split(load),
            peers=_split(peers),
            size=size,
            time_limit=time_limit,
            json=json,
        )
    _refuse({"--rows": rows, **only_routing}, "routing")
    _refuse(only_staggering, "staggering")
    registry = importlib.import_module("benchmarks.registry")
    try:
        measured = registry.run_benchmarks(names or None, json=json)
    except ValueError as error:
        raise InputError(
            Problem(
                file="bench",
                found=str(error),
                expected="names of cases or phases",
                mend="Name some of those listed.",
            )
        ) from None
    failed = any(row.status == "failed" for row in measured)
    return ExitCode.NO if failed else ExitCode.FINE


def _bench_routing(rows: list[str], cities: list[str], *, json: bool) -> int:
    table = importlib.import_module("benchmarks.routing_table")
    try:
        differs = table.run_routing(cities, rows=rows, json=json)
    except ValueError as error:
        raise InputError(
            Problem(
                file="bench routing",
                found=str(error),
                expected="names of rows and cities",
                mend="Name some of those listed.",
            )
        ) from None
    return ExitCode.NO if differs else ExitCode.FINE


def _bench_staggering(
    rows: list[str],
    *,
    seeds: str,
    load: list[str],
    peers: list[str],
    size: str,
    time_limit: float | None,
    json: bool,
) -> int:
    table = importlib.import_module("benchmarks.staggering_table")
    chosen = {"size": size} if size else {}
    try:
        if seeds:
            chosen["seeds"] = table.read_seeds(seeds)
        status: int = table.run_staggering(
            rows, loads=load, peers=peers, time_limit_s=time_limit, json=json, **chosen
        )
    except ValueError as error:
        raise InputError(
            Problem(
                file="bench staggering",
                found=str(error),
                expected="names of rows, loads, peers and sizes, seeds and a time limit",
                mend="Name some of those listed.",
            )
        ) from None
    if status == table.INTERRUPTED:
        return ExitCode.INTERRUPTED
    return ExitCode.NO if status else ExitCode.FINE


def _refuse(options: dict[str, str], case: str) -> None:
    """Refuse the first option that was given and is another case's alone."""
    for option, value in options.items():
        if value:
            said = {"routing": "--rows ROW,... --city CITY,...", "staggering": "--rows ROW,..."}
            raise InputError(
                Problem(
                    file="bench",
                    field=option,
                    found=repr(value),
                    expected=f"rows and cities of the case {case} alone"
                    if case == "routing"
                    else f"an option of the case {case} alone",
                    mend=f"Say: creneau bench {case} {said[case]}",
                )
            )


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _bracket(host: str) -> str:
    return f"[{host}]" if ":" in host else host

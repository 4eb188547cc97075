"""`territory fetch`: the real data that a territory's pack names, on demand."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.common import HELP, JsonOption, LangOption, example, get_state
from api.fetching import Fetched, FetchSettings, Wanted, choose_files, fetch_files, open_client
from api.fetching.progress_line import ByteLine, say_size
from api.outcome import ExitCode
from api.output import print_json, print_line
from api.text import choose_language
from scenarios.pack_files import PACK_FILE, find_pack, read_territory_file, resolve_path
from scenarios.parameters import DATA_PREFIX
from scenarios.report import Catalogue, get_catalogue

if TYPE_CHECKING:
    from scenarios.parameters import Download

PACKAGE = "api.fetching"
_HELP = get_catalogue(choose_language(), PACKAGE)


def add_commands(group: typer.Typer) -> None:
    """Add the command to the group `territory`."""
    group.command(
        "fetch", help=_HELP("help.fetch"), epilog=example("territory fetch ile-de-france")
    )(fetch)


def fetch(
    ctx: typer.Context,
    territory: Annotated[str, typer.Argument(metavar="T", help=HELP("help.territory_name"))],
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="FILE", help=_HELP("help.only"))
    ] = None,
    again: Annotated[bool, typer.Option("--again", help=_HELP("help.again"))] = False,
    json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """Download a territory's data."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    words = get_catalogue(state.lang, PACKAGE)
    folder = find_pack(territory)
    file = read_territory_file(folder / PACK_FILE)
    data_folder = resolve_path(DATA_PREFIX, folder)
    chosen = choose_files(file, folder, only or ())
    title = {"fr": file.title_fr, "en": file.title_en}[state.lang]
    if not state.json:
        key = "fetch.heading" if chosen else "fetch.nothing"
        print_line(words(key, title=title, count=len(chosen), folder=data_folder))
    fetched: list[Fetched] = []
    if chosen:
        settings = FetchSettings()
        about = {wanted.name: item for item, wanted in chosen}
        with open_client(settings) as client, ByteLine(words) as progress:

            def begin(wanted: Wanted) -> None:
                progress.pause()
                if not state.json:
                    _print_begin(about[wanted.name], words)

            def end(outcome: Fetched) -> None:
                progress.pause()
                if not state.json:
                    _print_end(outcome, words)

            fetched = fetch_files(
                [wanted for _, wanted in chosen],
                client,
                settings=settings,
                again=again,
                progress=progress,
                begin=begin,
                end=end,
            )
    if state.json:
        rows = [_to_row(item, done) for (item, _), done in zip(chosen, fetched, strict=True)]
        print_json({"territory": file.name, "data_folder": str(data_folder), "files": rows})
    return ExitCode.FINE


def _print_begin(item: "Download", words: Catalogue) -> None:
    key = "fetch.licence" if item.licence_url is None else "fetch.licence_at"
    print_line(f"\n{item.to}")
    print_line(f"  {item.about_fr if words.lang == 'fr' else item.about_en}")
    print_line("  " + words(key, licence=item.licence, url=item.licence_url))
    print_line(f"  {item.url}")
    sys.stdout.flush()  # what follows takes a while


def _print_end(outcome: Fetched, words: Catalogue) -> None:
    size = say_size(words, outcome.size_bytes)
    if outcome.status == "present":
        key = "fetch.present" if outcome.sha256 is None else "fetch.verified"
        print_line("  " + words(key, size=size))
        return
    print_line(
        "  "
        + words(
            "fetch.resumed" if outcome.resumed_from else "fetch.fetched",
            size=size,
            offset=say_size(words, outcome.resumed_from),
            seconds=words.number(outcome.seconds, 1),
            sha256=outcome.sha256,
        )
    )


def _to_row(item: "Download", outcome: Fetched) -> dict[str, Any]:
    return {
        "to": item.to,
        "path": str(outcome.wanted.path),
        "url": item.url,
        "status": outcome.status,
        "bytes": outcome.size_bytes,
        "sha256": outcome.sha256,
        "resumed_from": outcome.resumed_from,
        "seconds": round(outcome.seconds, 3),
        "licence": item.licence,
        "licence_url": item.licence_url,
        "about": {"fr": item.about_fr, "en": item.about_en},
    }

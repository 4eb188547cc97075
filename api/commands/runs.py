"""`run` and `demo`: a scenario from its file to tables, result and report."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import (
    HELP,
    JsonOption,
    LangOption,
    OutOption,
    SeedOption,
    State,
    example,
    get_state,
)
from api.engines_left import end_despite_engines
from api.interrupts import Interruptible
from api.native_output import native_output_to_errors
from api.out_folder import require_folder, unwritable
from api.outcome import ExitCode
from api.output import ProgressLine, complain, make_console, print_json
from api.tables import print_run
from api.text import get_words
from scenarios import RunResult, read_scenario, write_result
from scenarios.report import has_plan, unconverged, write_report, write_sheets
from scenarios.territory import PACKS

DEMO = PACKS / "plaine_commune" / "demo.yaml"
ScenarioArgument = Annotated[
    Path, typer.Argument(metavar="SCENARIO.yaml", help=HELP("help.scenario"))
]


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "run", help=HELP("help.run"), epilog=example("run my-scenario.yaml --out out/mine")
    )(run)
    app.command("demo", help=HELP("help.demo"), epilog=example("demo --out out/demo"))(demo)


def run(
    ctx: typer.Context,
    scenario: ScenarioArgument,
    json: JsonOption = False,
    out: OutOption = None,
    lang: LangOption = None,
    seed: SeedOption = None,
) -> int:
    """Run a scenario file."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    return run_file(state, scenario, out=out, seed=seed)


def demo(
    ctx: typer.Context,
    json: JsonOption = False,
    out: OutOption = Path("out/demo"),
    lang: LangOption = None,
    seed: SeedOption = None,
) -> int:
    """Run the embedded scenario."""
    state = get_state(ctx)
    state.begin(json=json, lang=lang)
    return run_file(state, DEMO, out=out, seed=seed)


def run_file(state: State, path: Path, *, out: Path | None, seed: int | None) -> int:
    """Run a scenario file, show the result, write it where it is asked for."""
    words = get_words(state.lang)
    scenario = read_scenario(path)
    if seed is not None:
        scenario = scenario.model_copy(update={"seed": seed})
    if out is not None:
        require_folder(out)
    with (
        native_output_to_errors(),
        ProgressLine(words) as shown,
        Interruptible(shown) as progress,
    ):
        result = state.engine.run(scenario, progress=progress, path=path)
    files: list[Path] = []
    if out is not None:
        files = _write(result, out, lang=state.lang)
    if state.json:
        print_json({**result.as_dict(), "files": [str(file) for file in files]})
    else:
        print_run(make_console(), result, state.lang)
    for file in files:
        complain(words("run.written", path=file))
    status = _judge(result, state)
    end_despite_engines(status)
    return status


def _judge(result: RunResult, state: State) -> ExitCode:
    """Return whether the answer is yes, and say why where it is no."""
    words = get_words(state.lang)
    reasons = []
    if not has_plan(result):
        reasons.append(words("error.no_plan"))
    if unconverged(result):
        reasons.append(words("error.not_converged"))
    for reason in reasons:
        complain(reason)
    return ExitCode.NO if reasons else ExitCode.FINE


def _write(result: RunResult, out: Path, *, lang: str) -> list[Path]:
    try:
        return [
            *write_result(result, out),
            write_report(result, out, lang=lang),
            *write_sheets(result, out, lang=lang),
        ]
    except OSError as error:
        found = f"{error.filename2 or error.filename} cannot be written ({error.strerror})"
        raise unwritable(out, found) from None

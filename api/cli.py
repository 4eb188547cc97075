"""The `creneau` command.

Exit status: 0 fine, 1 the answer is no, 2 bad input, 3 an unexpected error (logged to the
file that :func:`api.outcome.log_path` names), 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Annotated

import typer

from api.commands.common import HELP, State, get_state
from api.engine import Engine, LocalEngine
from api.outcome import Complaint, ExitCode
from api.output import complain, prepare_streams
from api.text import choose_language
from network.base import Cancelled, InputError

# The exception of malformed commands, whose name is not exported.
UsageError: type[Exception] = typer.BadParameter.__bases__[0]

# In the order of the help. Each module is imported for its own commands alone: together they
# import optimisers, maps and feed readers, which takes seconds.
COMMANDS = {
    "runs": ("run", "demo"),
    "itinerary": ("itinerary",),
    "reach": ("isochrone", "matrix"),
    "network": ("network",),
    "territory": ("territory",),
    "load": ("load",),
    "assign": ("assign",),
    "solve": ("solve",),
    "others": ("serve", "version", "bench"),
}
"""Commands by their module of :mod:`api.commands`."""


def build_app(given: Sequence[str] = ()) -> typer.Typer:
    """Build the command line: of the command that words name, or whole where they name none."""
    app = typer.Typer(
        name="creneau",
        help=HELP("help.app"),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    named = next((word for word in given if not word.startswith("-")), "")
    modules = [module for module, names in COMMANDS.items() if named in names]
    for module in modules or COMMANDS:
        import_module(f"api.commands.{module}").add_commands(app)
    return app


def _options(
    ctx: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help=HELP("help.debug"))] = False,
) -> None:
    get_state(ctx).debug = debug


def main(arguments: Sequence[str] | None = None, *, engine: Engine | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process if left out.
    engine
        What runs scenarios and loads territories; the project's own if left out.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    prepare_streams()
    state = State(engine=engine or LocalEngine(), lang=choose_language())
    command = typer.main.get_command(build_app(given))
    try:
        status = command.main(given, prog_name="creneau", standalone_mode=False, obj=state)
        sys.stdout.flush()
        # What typer makes of Ctrl-C; a command that says so itself has given its answer.
        if status == ExitCode.INTERRUPTED and not isinstance(status, ExitCode):
            return _complaint(state, given).interrupted()
        return int(status or ExitCode.FINE)
    except InputError as error:
        return _complaint(state, given).input_error(error)
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        return _complaint(state, given).interrupted()
    except (BrokenPipeError, SystemExit):
        # Whoever read the answer has enough. Typer makes a broken pipe a SystemExit.
        _forget_output()
        return ExitCode.FINE
    except UsageError as error:
        return _malformed(error, _complaint(state, given))
    except Exception as error:  # the user is told where the details are
        status = _complaint(state, given).unexpected(error, debug=state.debug)
        if isinstance(error, OSError):
            _forget_output()
        return status


def _forget_output() -> None:
    """Send what is left of the answer nowhere: it must not fail again when the program ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complaint(state: State, given: list[str]) -> Complaint:
    """Return how to complain, also when the command was not even understood."""
    return Complaint(lang=state.lang, json=state.json or "--json" in given)


def _malformed(error: Exception, complaint: Complaint) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
        complain(context.get_help())
        return ExitCode.BAD_INPUT
    command = "creneau" if context is None else context.command_path
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return complaint.usage(message, command)


if __name__ == "__main__":
    sys.exit(main())

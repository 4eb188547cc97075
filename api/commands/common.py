"""What the commands share: their options, their state, their help."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import typer

from api.engine import Engine, LocalEngine
from api.text import LANGUAGES, choose_language, get_words
from network.base import InputError, Problem
from scenarios.schema import MAX_SEED

HELP = get_words(choose_language())
"""Words of the help, which is written before any option is read: CRENEAU_LANG rules."""

JsonOption = Annotated[bool, typer.Option("--json", help=HELP("help.json"))]
LangOption = Annotated[str | None, typer.Option("--lang", metavar="fr|en", help=HELP("help.lang"))]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help=HELP("help.out"))]
SeedOption = Annotated[
    int | None, typer.Option("--seed", min=0, max=MAX_SEED, help=HELP("help.seed"))
]


@dataclass(slots=True)
class State:
    """What `main` and its commands tell each other."""

    engine: Engine
    lang: str
    json: bool = False
    debug: bool = False

    def begin(self, *, json: bool, lang: str | None = None) -> str:
        """Note how the command is to speak; return its language.

        Raises
        ------
        InputError
            If ``lang`` is a language that there is not.
        """
        self.json = json
        self.lang = choose_language(lang)
        if lang is not None and lang not in LANGUAGES:
            raise InputError(
                Problem(
                    file="--lang",
                    found=repr(lang),
                    expected="one of " + ", ".join(LANGUAGES),
                    mend="Correct --lang or leave it out.",
                )
            )
        return self.lang


def get_state(ctx: typer.Context) -> State:
    """Return the state `main` made, or a new one where the application is called without it."""
    root = ctx.find_root()
    if not isinstance(root.obj, State):
        root.obj = State(engine=LocalEngine(), lang=choose_language())
    return cast("State", root.obj)


def example(command: str) -> str:
    """Return the end of a command's help."""
    return f"{HELP('help.example')}: creneau {command}"

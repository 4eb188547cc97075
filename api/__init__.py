"""The command line and the HTTP service: two doors to the same functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from api.engine import Engine
    from api.settings import Settings

__all__ = ["create_app", "main"]


def create_app(settings: Settings | None = None, *, engine: Engine | None = None) -> FastAPI:
    """Build the HTTP service; see :func:`api.app.create_app`."""
    from api.app import create_app as build

    return build(settings, engine=engine)


def main(arguments: Sequence[str] | None = None, *, engine: Engine | None = None) -> int:
    """Run the command line and return its exit status; see :func:`api.cli.main`."""
    from api.cli import main as run

    return run(arguments, engine=engine)

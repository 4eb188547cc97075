"""Health and territories."""

from importlib.metadata import version

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.problems import describe_errors
from api.resources import Held, Language

router = APIRouter(prefix="/v1")


class Health(BaseModel):
    """That the service answers, and what it is."""

    status: str = Field(examples=["ok"])
    version: str = Field(examples=["0.1.0"])


class TerritoryOut(BaseModel):
    """A territory one can name."""

    name: str = Field(examples=["plaine-commune"])
    title: str = Field(description="In the language of the answer.")
    available: bool = Field(description="Whether its data are there.")


@router.get("/health", tags=["service"], summary="Say that the service answers")
def read_health() -> Health:
    """Return the version."""
    return Health(status="ok", version=version("creneau"))


@router.get(
    "/territories",
    tags=["territories"],
    summary="List the territories",
    responses=describe_errors(422),
)
def read_territories(held: Held, lang: Language) -> list[TerritoryOut]:
    """List what itineraries and scenarios can name."""
    return [
        TerritoryOut(
            name=info.name, title=info.title.get(lang, info.name), available=info.available
        )
        for info in held.engine.list_territories()
    ]

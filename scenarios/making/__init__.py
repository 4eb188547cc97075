"""A pack for any city, made from its files in one step."""

from scenarios.making.make import MadePack, PackRequest, make_pack

__all__ = ["MadePack", "PackRequest", "make_pack"]

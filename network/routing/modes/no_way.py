"""Why there is no way by a mode or by modes together, in words."""

from __future__ import annotations

from enum import StrEnum


class NoWay(StrEnum):
    """Why there is no way by a mode or by modes together."""

    NO_STREETS = "no_streets"
    ORIGIN_OFF_STREETS = "origin_off_streets"
    DESTINATION_OFF_STREETS = "destination_off_streets"
    NO_WAY = "no_way"
    WALK_TOO_LONG = "walk_too_long"
    NO_STOP_REACHED = "no_stop_reached"
    NO_CAR_PARK = "no_car_park"
    NO_CAR_PARK_REACHED = "no_car_park_reached"
    NO_BICYCLES_ON_BOARD = "no_bicycles_on_board"
    NOT_CONNECTED = "not_connected"
    NO_BETTER_THAN_WALKING = "no_better_than_walking"
    DETOUR_TOO_LONG = "detour_too_long"

    def text(self, language: str = "fr") -> str:
        """Return the reason in words, French (``fr``) or English (``en``)."""
        return _TEXTS[self]["en" if language == "en" else "fr"]


_TEXTS = {
    NoWay.NO_STREETS: {
        "fr": "Ce territoire n'a pas de rues pour ce mode.",
        "en": "This territory has no streets for this mode.",
    },
    NoWay.ORIGIN_OFF_STREETS: {
        "fr": "Aucune rue ouverte à ce mode près du départ.",
        "en": "No street open to this mode near the origin.",
    },
    NoWay.DESTINATION_OFF_STREETS: {
        "fr": "Aucune rue ouverte à ce mode près de l'arrivée.",
        "en": "No street open to this mode near the destination.",
    },
    NoWay.NO_WAY: {
        "fr": "Les rues de ce mode ne relient pas le départ à l'arrivée.",
        "en": "The streets of this mode do not join origin and destination.",
    },
    NoWay.WALK_TOO_LONG: {
        "fr": "À pied, le trajet dépasse la durée demandée.",
        "en": "The walk all the way is longer than asked for.",
    },
    NoWay.NO_STOP_REACHED: {
        "fr": "Aucun arrêt dans la durée demandée à l'un des deux bouts.",
        "en": "No stop within the time asked for at one of the two ends.",
    },
    NoWay.NO_CAR_PARK: {
        "fr": "Aucun parc relais n'est donné.",
        "en": "No car park is given.",
    },
    NoWay.NO_CAR_PARK_REACHED: {
        "fr": "Aucun parc relais dans la durée de conduite demandée.",
        "en": "No car park within the drive asked for.",
    },
    NoWay.NO_BICYCLES_ON_BOARD: {
        "fr": "Aucune course de ce jour n'est annoncée ouverte aux vélos.",
        "en": "No trip of the day is said to take bicycles.",
    },
    NoWay.NOT_CONNECTED: {
        "fr": "Aucune suite de lignes ne mène à destination à ces heures.",
        "en": "No sequence of lines leads to the destination at these hours.",
    },
    NoWay.NO_BETTER_THAN_WALKING: {
        "fr": "Rejoindre les arrêts à pied fait aussi bien.",
        "en": "Walking to the stops does as well.",
    },
    NoWay.DETOUR_TOO_LONG: {
        "fr": "Le détour du conducteur dépasse la durée demandée.",
        "en": "The driver's detour is longer than asked for.",
    },
}

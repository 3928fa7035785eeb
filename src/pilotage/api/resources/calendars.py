"""`/api/v1/calendars`: the hours teams work, for the noise report."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.api.documents import Family
from pilotage.api.resource import Call, Resource
from pilotage.state.deliveries import Document
from pilotage.watch.noise.calendar import Calendar


@dataclass(frozen=True, slots=True)
class NamedCalendar:
    """A calendar and its name; `updated` in epoch seconds."""

    name: str
    updated: float
    calendar: Calendar


def _show(document: Document, value: Calendar) -> NamedCalendar:
    return NamedCalendar(document.name, document.updated_ms / 1000, value)


def _check(_call: Call, _name: str, value: Calendar) -> None:
    value.hours.check()


RESOURCE = Resource("calendars", Family("calendars", "calendar", Calendar, NamedCalendar, _show, _check).operations())

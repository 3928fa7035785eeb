"""Where a network address is, as far as a database of addresses knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its names in the language asked for; `latitude` and `longitude` in degrees, `zone` an IANA name.

    `code` is that of the country, two letters; `metro` and `postal` are codes too.
    """

    city: str | None = None
    country: str | None = None
    region: str | None = None
    continent: str | None = None
    metro: str | None = None
    zone: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    code: str | None = None
    postal: str | None = None

"""A local database of network addresses in MaxMind's format (GeoLite2, GeoIP2, DB-IP …), opened with the first question."""

from __future__ import annotations

import ipaddress
import threading
from pathlib import Path

import maxminddb

from pilotage.model.place import Place
from pilotage.model.problem import fail


class AddressFile:
    """Implements `context.Places` over one file; a file that was replaced is opened again. Safe to use from many threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._reader: maxminddb.Reader | None = None
        self._seen: tuple[int, int] = (0, 0)

    def refresh(self) -> None:
        """Open the file if it is not open, or is another one now. Raises code `location-database`."""
        try:
            status = self._path.stat()
            seen = (status.st_mtime_ns, status.st_ino)
            with self._lock:
                if self._reader is None or seen != self._seen:
                    # Whoever still reads the old one keeps it.
                    self._reader, self._seen = maxminddb.open_database(self._path), seen
        except (OSError, maxminddb.InvalidDatabaseError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            hint = "name a database in MaxMind's format as `iplocation_database` of `[search]` in the configuration"
            raise fail("location-database", f"cannot read the address database `{self._path.name}`: {reason}", hint=hint) from error

    def place(self, address: str, language: str) -> Place | None:
        """The place of an address as text; `None` for what is no address or unknown. Raises code `location-database`."""
        if self._reader is None:
            self.refresh()
        try:
            known = self._reader.get(ipaddress.ip_address(address.strip())) if self._reader is not None else None
        except ValueError:
            # No address, or one of version 6 in a database of version 4.
            return None
        except maxminddb.InvalidDatabaseError as error:
            raise fail("location-database", f"the address database `{self._path.name}` is damaged: {error}") from error
        return _place(known, language) if isinstance(known, dict) else None


def _place(known: dict[str, object], language: str) -> Place:
    regions = known.get("subdivisions")
    location = known.get("location")
    spot = location if isinstance(location, dict) else {}
    metro = spot.get("metro_code")
    country, postal = known.get("country"), known.get("postal")
    latitude, longitude = spot.get("latitude"), spot.get("longitude")
    return Place(
        city=_name(known.get("city"), language),
        country=_name(known.get("country"), language),
        region=_name(regions[0], language) if isinstance(regions, list) and regions else None,
        continent=_name(known.get("continent"), language),
        metro=None if metro is None else str(metro),
        zone=str(spot["time_zone"]) if "time_zone" in spot else None,
        latitude=float(latitude) if isinstance(latitude, int | float) else None,
        longitude=float(longitude) if isinstance(longitude, int | float) else None,
        code=_plain(country, "iso_code") or _plain(known, "country_code"),
        postal=_plain(postal, "code") or (postal if isinstance(postal, str) else None),
    )


def _plain(thing: object, key: str) -> str | None:
    found = thing.get(key) if isinstance(thing, dict) else None
    return str(found) if found else None


def _name(thing: object, language: str) -> str | None:
    """A name of a part of a place: `{"names": {"en": …}}`, or in flat databases the text itself."""
    if isinstance(thing, str):
        return thing or None
    names = thing.get("names") if isinstance(thing, dict) else None
    if not isinstance(names, dict):
        return None
    found = names.get(language, names.get("en"))
    return str(found) if found else None

"""Texts of notifications: `{{Name}}` and its like are replaced; names are case-insensitive, an unknown one becomes empty."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from pilotage.watch.facts import Facts

MOST_RESULTS = 200
LONGEST_TEXT = 64 << 10
_NAME = r"\s*([A-Za-z_][\w.\[\] -]*?)\s*"
_HOLE = re.compile(rf"\{{\{{\{{{_NAME}\}}\}}\}}|\{{\{{{_NAME}\}}\}}")
_FIELD = re.compile(r"resultsjson\.(?P<field>.+?)(?:\[(?P<row>\d{1,4})\])?", re.IGNORECASE)

TITLE = "{{Word}}: {{AlertName}}"
BODY = """{{Sentence}}
{{Reason}}

Monitor: {{Name}} ({{DetectionMethod}})
Level: {{Level}}
Group: {{Group}}
Began: {{TriggerTimeStart}}
Ended: {{TriggerTimeEnd}}

{{Description}}

{{Playbook}}

Alert: {{AlertResponseUrl}}
Search: {{QueryURL}}
"""
_WORDS = {"opened": "", "escalated": "escalated to ", "reminder": "still "}


def variables_of(facts: Facts, event: str, public_url: str) -> dict[str, object]:
    """Every variable a template may use. Numbers that are not known are empty; addresses too, without a public address of the server."""
    shown = ", ".join(f"{name}={value}" for name, value in facts.group.items())
    results = [dict(each) for each in facts.results[:MOST_RESULTS]]
    alert = f"{public_url}/alerts/{quote(facts.alert_id)}" if public_url else ""
    search = {"q": facts.query, "lang": facts.language, "from": str(facts.first_slice), "to": str(facts.last_slice + facts.width)}
    over = event in ("resolved", "expired")
    return {
        "Name": facts.name,
        "Description": facts.description,
        "MonitorType": {"slo": "Slo", "metric": "Metrics"}.get(facts.kind, "Logs"),
        "Query": facts.query,
        "QueryURL": f"{public_url}/search?{urlencode(search)}" if public_url and facts.query else "",
        "ResultsJson": json.dumps(results, ensure_ascii=False),
        "NumQueryResults": len(facts.results),
        "Id": facts.alert_id,
        "DetectionMethod": facts.kind,
        "TriggerType": ("Resolved" if event == "resolved" else "Expired" if over else "") + facts.level.capitalize(),
        "TriggerTimeRange": facts.time_range,
        "TriggerCondition": facts.condition or _sentence(facts, over=False) or facts.reason,
        "TriggerValue": _number(facts.value),
        "TriggerTimeStart": _time(facts.opened_at),
        "TriggerTimeEnd": _time(facts.resolved_at),
        "SourceURL": f"{public_url}/monitors/{quote(facts.monitor_id)}" if public_url else "",
        "AlertResponseUrl": alert,
        "AlertName": f"{facts.name} ({shown})" if shown else facts.name,
        "Playbook": facts.playbook,
        "SloDashboardUrl": f"{public_url}/slos/{quote(facts.name)}" if public_url and facts.kind == "slo" else "",
        "Expected": _number(facts.expected),
        "Lower": _number(facts.lower),
        "Upper": _number(facts.upper),
        "Score": _number(facts.score),
        "Group": shown,
        "ModelVersion": facts.model_version,
        "Band": f"{public_url}/api/v1/alerts/{quote(facts.alert_id)}/chart.svg" if public_url else "",
        "Reason": "" if facts.reason == "ok" else facts.reason,
        "Sentence": _sentence(facts, over=over),
        "Event": event,
        "Level": facts.level,
        "Labels": json.dumps(dict(facts.labels), ensure_ascii=False),
        "Word": event if over else _WORDS.get(event, f"{event} ") + facts.level,
    }


def rendered(template: str, variables: Mapping[str, object], *, tidy: bool = False) -> str:
    """The text with its holes filled, cut to 64 KiB; `tidy` leaves out lines whose holes are all empty, and doubled blank lines."""
    known = {name.lower(): value for name, value in variables.items()}
    lines: list[str] = []
    for line in template.split("\n"):
        values = [_text(_value(found[1] or found[2], known)) for found in _HOLE.finditer(line)]
        if tidy and ((values and not any(values)) or (not line and lines[-1:] == [""])):
            continue
        filled = iter(values)
        lines.append(_HOLE.sub(lambda _: next(filled), line))  # noqa: B023 - used at once
    return "\n".join(lines)[:LONGEST_TEXT]


def rendered_json(template: str, variables: Mapping[str, object]) -> str:
    """A JSON template filled: within a string a value is escaped, outside it stands as JSON; `{{ResultsJson}}` is JSON already."""
    known = {name.lower(): value for name, value in variables.items()}
    pieces: list[str] = []
    place, quoted = 0, False
    for found in _HOLE.finditer(template):
        before = template[place : found.start()]
        quoted ^= _quotes(before)
        pieces.append(before)
        value = _value(found[1] or found[2], known)
        if quoted:
            pieces.append(json.dumps(_text(value), ensure_ascii=False)[1:-1])
        else:
            pieces.append(
                _text(value) if (found[1] or found[2]).lower() in ("resultsjson", "labels") else json.dumps(value, ensure_ascii=False)
            )
        place = found.end()
    return "".join([*pieces, template[place:]])


def _quotes(text: str) -> bool:
    """Whether an odd number of quotes that no backslash escapes stands in the text."""
    return len(re.findall(r'"', re.sub(r"\\.", "", text))) % 2 == 1


def _value(name: str, known: Mapping[str, object]) -> object:
    if name.lower() in known:
        return known[name.lower()]
    found = _FIELD.fullmatch(name)
    if found is None:
        return ""
    rows = json.loads(str(known.get("resultsjson") or "[]"))
    number = int(found["row"] or 0)
    row = rows[number] if number < len(rows) else {}
    fields = {str(key).lower(): value for key, value in row.items()}
    return fields.get(found["field"].strip().lower(), "")


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sentence(facts: Facts, *, over: bool) -> str:
    """What was seen against what was expected, as people say it."""
    value, lower, upper = _number(facts.value), _number(facts.lower), _number(facts.upper)
    if value == "":
        return ""
    verb = "was" if over else "is"
    if upper != "" and facts.value is not None and facts.upper is not None and facts.value > facts.upper:
        bound = f" {verb} above {upper}"
    elif lower != "" and facts.value is not None and facts.lower is not None and facts.value < facts.lower:
        bound = f" {verb} below {lower}"
    else:
        bound = f" {verb} seen"
    expected = f", {_number(facts.expected)} was expected" if facts.expected is not None else ""
    return f"{value}{bound}{expected}."


def _number(value: float | None) -> float | int | str:
    if value is None or math.isnan(value):
        return ""
    if math.isinf(value):
        return str(value)
    return int(value) if value == int(value) and abs(value) < 1e15 else float(f"{value:.6g}")


def _time(value: float | None) -> str:
    return "" if value is None else datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

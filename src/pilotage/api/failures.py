"""Problem → HTTP answer: the one place where an error of the API gets its status and its JSON shape."""

from __future__ import annotations

import msgspec

from pilotage.model.problem import Problem

# Whatever is not listed is the client's words: 400.
_STATUS = {
    "token-required": 401,
    "token-invalid": 401,
    "token-disabled": 401,
    "scope-missing": 403,
    "foreign-host": 403,
    "cross-site": 403,
    "csrf-missing": 403,
    "index-forbidden": 403,
    "not-found": 404,
    "unknown-token-id": 404,
    "unknown-search": 404,
    "macro-missing": 404,
    "eventtype-missing": 404,
    "tag-missing": 404,
    "lookup-missing": 404,
    "channel-missing": 404,
    "muting-missing": 404,
    "rota-missing": 404,
    "escalation-missing": 404,
    "action-missing": 404,
    "calendar-missing": 404,
    "slo-missing": 404,
    "run-missing": 404,
    "notification-missing": 404,
    "monitor-missing": 404,
    "alert-missing": 404,
    "method-not-allowed": 405,
    "request-timeout": 408,
    "monitor-exists": 409,
    "notification-alive": 409,
    "run-decided": 409,
    "alert-over": 409,
    "request-too-large": 413,
    "url-too-long": 414,
    "unsupported-media-type": 415,
    "query-timeout": 422,
    "query-memory": 422,
    "headers-too-large": 431,
    "headers-too-many": 431,
    "internal-error": 500,
    "store-unreachable": 503,
    "state-unreachable": 503,
    "not-ready": 503,
    "searches-busy": 503,
}


def status_of(problem: Problem) -> int:
    """The HTTP status for a problem's code."""
    return _STATUS.get(problem.code, 400)


def body_of(problem: Problem) -> bytes:
    """`{"error": {code, sentence, span, hint, doc}}`."""
    return msgspec.json.encode({"error": problem.document()})

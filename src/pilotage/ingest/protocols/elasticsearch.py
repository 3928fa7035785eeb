"""Elasticsearch's document APIs: bulk and single documents, and the questions that shippers ask before they send any."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace

from pilotage.ingest.bulk import Batch, Indexes, Item, Refusal, bulk, checked
from pilotage.ingest.encoding import declared
from pilotage.ingest.members import LOG_COLUMNS, first, instant, letter_of, log_source, members, severity_number, text_of, value
from pilotage.ingest.origin import moment
from pilotage.ingest.paths import match
from pilotage.ingest.request import Accepted, Decode, Grant, Reply, Request, Route, bearer, password
from pilotage.model.names import LOGS_INDEX, WRITABLE_INDEX
from pilotage.model.problem import Problem

VERSION = "8.19.0"
PRODUCT = ("x-elastic-product", "Elasticsearch")
DEPTH = 3
TAGLINE = "You Know, for Search"
_BULK = ("/_bulk", "/{index}/_bulk", "/{index}/{kind}/_bulk")
_SINGLE = ("/{index}/_doc", "/{index}/_doc/{id}", "/{index}/_create/{id}")
# Templates, policies, pipelines and the like: there is nothing to set up here, so whatever is asked for is there and fine.
_FOLDERS = ("_template", "_index_template", "_component_template", "_ilm", "_ingest", "_data_stream", "_alias", "_cluster", "_nodes")
_OF_INDEX = ("_mapping", "_settings", "_alias", "_refresh", "_flush")
_ERRORS = {
    "token-required": (401, "security_exception"),
    "token-malformed": (401, "security_exception"),
    "token-invalid": (401, "security_exception"),
    "token-disabled": (401, "security_exception"),
    "scope-missing": (403, "security_exception"),
    "index-forbidden": (403, "security_exception"),
    "not-found": (404, "resource_not_found_exception"),
    "request-timeout": (408, "request_timeout_exception"),
    "request-too-large": (413, "content_too_long_exception"),
    "content-encoding": (415, "media_type_header_exception"),
    "spool-full": (429, "es_rejected_execution_exception"),
    "disk-full": (429, "es_rejected_execution_exception"),
    "disk-failed": (503, "unavailable_exception"),
    "stopping": (503, "node_closed_exception"),
}
_KEPT = "received, source_, sourcetype_, host_, stamp, lost"


def _flat(pairs: str) -> str:
    """`pairs` with the members of objects in the place of the objects, under dotted names, one level."""
    inner = "arrayMap(n -> (concat(m.1, '.', n.1), n.2), JSONExtractKeysAndValuesRaw(m.2))"
    nested = "startsWith(m.2, '{') AND m.2 != '{}'"
    return f"if(arrayExists(m -> {nested}, {pairs}), arrayFlatten(arrayMap(m -> if({nested}, {inner}, [m]), {pairs})), {pairs})"


def _documents() -> Decode:
    """A row a document. Objects are flattened, as Elasticsearch does; `message` is the body, `@timestamp` the time."""
    defaults = "received, source AS source_, sourcetype AS sourcetype_, host AS host_"
    pairs = (
        f"(SELECT {defaults}, splitByChar('\\t', arrayJoin(splitByChar('\\n', body))) AS r, {members('r[3]')} AS pairs FROM {{segment}})"
    )
    for _ in range(DEPTH):
        pairs = f"(SELECT * EXCEPT pairs, {_flat('pairs')} AS pairs FROM {pairs})"
    read = (
        "(SELECT * EXCEPT pairs, "
        "arrayFilter(m -> m.1 != '@timestamp' AND (m.1 != 'message' OR NOT startsWith(m.2, '\"')), pairs) AS given, "
        "pairs.2[indexOf(pairs.1, 'message')] AS message, pairs.2[indexOf(pairs.1, '@timestamp')] AS at, "
        f"empty(pairs) AND r[3] != '{{}}' AS lost FROM {pairs})"
    )
    chosen = (
        f"(SELECT received, source_, sourcetype_, host_, lost, r[1] AS wanted, {text_of('at')} AS written, "
        "if(startsWith(message, '\"'), message, r[3]) AS raw, "
        f"if(r[2] = '', given, arrayPushBack(given, ('_id', r[2]))) AS pairs FROM {read})"
    )
    day = "if(length(written) = 10 AND position(written, '-') > 0, concat(written, 'T00:00'), written)"
    inner = f"(SELECT * EXCEPT written, {day} AS stamp, {letter_of('raw')} AS kind FROM {chosen})"
    bad = "if(lost, 'the document holds a number or a depth that cannot be stored', '')"
    said = {
        "nanoseconds": instant("stamp"),
        "level_text": f"toLowCardinality(substring({first('log.level', 'severity', 'level')}, 1, 64))",
        "trace_text": f"lower({first('trace.id', 'trace_id')})",
        "span_text": f"lower({first('span.id', 'span_id')})",
    }
    named = ", ".join(f"{sql} AS {name}" for name, sql in said.items())
    return Decode(
        "logs",
        {
            **LOG_COLUMNS,
            "time": moment("nanoseconds", "received"),
            "severity": "level_text",
            "severity_number": severity_number("level_text"),
            "trace_id": _identifier("trace_text", 32),
            "span_id": _identifier("span_text", 16),
            "host": f"ifNull(nullIf({first('host.name', 'host', 'host.hostname', 'hostname')}, ''), host_)",
            "source": f"ifNull(nullIf({value('log.file.path')}, ''), source_)",
            "sourcetype": f"ifNull(nullIf({value('event.dataset')}, ''), sourcetype_)",
        },
        f"(SELECT *, {named} FROM {log_source(inner, _KEPT, bad=bad)})",
    )


def _identifier(text: str, digits: int) -> str:
    return f"if(match({text}, '^[0-9a-f]{{{digits}}}$') AND {text} != repeat('0', {digits}), {text}, '')"


def _json(request: Request, status: int, document: object, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return _reply(request, status, json.dumps(document, separators=(",", ":")).encode(), headers)


def _reply(request: Request, status: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """An answer in the media type the client asks for, without a body for HEAD."""
    wanted = request.headers.get("accept", "")
    kind = "application/vnd.elasticsearch+json; compatible-with="
    version = next((v for v in "789" if wanted.startswith("application/vnd.elasticsearch+json") and f"compatible-with={v}" in wanted), "")
    media_type = kind + version if version else "application/json"
    return Reply(status, b"" if request.method == "HEAD" else body, media_type, (PRODUCT, *headers))


@dataclass(frozen=True, slots=True)
class _Sender:
    """A request with what its token allows."""

    request: Request
    grant: Grant

    def judge(self, index: str) -> Refusal | None:
        """Why documents may not go to `index`."""
        if not WRITABLE_INDEX.fullmatch(index):
            return Refusal(400, "invalid_index_name_exception", f"invalid index name [{index[:80]}]")
        if not self.grant.allows(index):
            return Refusal(403, "security_exception", f"the token may not write to index [{index}]")
        return None

    def refused(self, refusal: Refusal) -> Reply:
        """The request as a whole is refused."""
        cause = {"type": refusal.kind, "reason": refusal.reason}
        reply = _json(self.request, refusal.status, {"error": {"root_cause": [cause], **cause}, "status": refusal.status})
        return replace(reply, refusal=refusal.kind.removesuffix("_exception").replace("_", " "))

    def bulk(self, index: str) -> Accepted | Reply:
        """A bulk request; `index` is the one of its path."""
        refusal = self.judge(index) if index else None
        if refusal is not None:
            return self.refused(refusal)
        found = bulk(self.request.body, Indexes(index or self.grant.default_index or LOGS_INDEX, self.judge))
        if not found.answers:
            return self.refused(Refusal(400, "action_request_validation_exception", "validation failed: 1: no requests added;"))
        errors = b"true" if found.refusal is not None else b"false"
        answer = _reply(self.request, 200, b'{"took":1,"errors":%s,"items":[%s]}' % (errors, b",".join(found.answers)))
        return self.accepted(found, answer) if found.stored else answer

    def single(self, index: str, identity: str, action: str) -> Accepted | Reply:
        """One document."""
        found = checked([Item(action, index, identity, self.request.body.strip(), self.judge(index))])
        if found.refusal is not None:
            return self.refused(found.refusal)
        answer = json.loads(found.answers[0])[action]
        return self.accepted(found, _json(self.request, answer.pop("status"), answer))

    def accepted(self, found: Batch, answer: Reply) -> Accepted:
        """What will be stored, with the metadata of the token."""
        grant = self.grant
        return Accepted(
            "elasticsearch",
            found.body,
            found.stored,
            answer,
            index=grant.default_index or LOGS_INDEX,
            source=grant.source or "elasticsearch",
            sourcetype=grant.sourcetype or "elasticsearch",
            host=grant.host or self.request.peer,
        )


class Elasticsearch:
    """`_bulk`, `_doc`, `_create`, and what clients ask before: product, licence, templates, policies, indexes."""

    name = "elasticsearch"
    routes = (
        *(Route(method, "/", "elasticsearch", yields=True) for method in ("GET", "HEAD")),
        *(Route(method, path, "elasticsearch") for path in (*_BULK, *_SINGLE) for method in ("POST", "PUT")),
        *(Route(method, "/{index}", "elasticsearch", yields=True) for method in ("HEAD", "PUT")),
        *(Route("*", f"/{{index}}/{each}", "elasticsearch") for each in _OF_INDEX),
        *(Route("*", f"/{each}/{{rest*}}", "elasticsearch") for each in _FOLDERS),
        *(Route("GET", path, "elasticsearch") for path in ("/_license", "/_xpack", "/_cat/health")),
    )
    streams = {"elasticsearch": (_documents(),)}  # noqa: RUF012 - a constant of the Protocol

    def token(self, request: Request) -> str | None:
        """The bearer token, the password of basic authentication, or the secret part of an API key."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return _secret(key.strip()) if scheme.lower() == "apikey" else bearer(request) or password(request)

    def encoding(self, request: Request) -> str:
        """What the header declares."""
        return declared(request)

    def accept(self, request: Request, grant: Grant) -> Accepted | Reply:
        """Check documents, or answer a question. Raises `undecodable`, `request-too-large`."""
        sender = _Sender(request, grant)
        for pattern in _BULK:
            holes = match(pattern, request.path)
            if holes is not None:
                return sender.bulk(holes.get("index", ""))
        for pattern in _SINGLE:
            holes = match(pattern, request.path)
            if holes is not None:
                created = "_create" in pattern or request.query.get("op_type") == "create"
                return sender.single(holes["index"], holes.get("id", ""), "create" if created else "index")
        return _answer(sender)

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:
        """Elasticsearch's error document; load is 429."""
        status, kind = _ERRORS.get(problem.code, (400, "illegal_argument_exception"))
        cause = {"type": kind, "reason": problem.sentence + (f"; {problem.hint}" if problem.hint else "")}
        headers = [("retry-after", str(max(1, round(retry_after))))] if retry_after is not None else []
        if status == 401:
            headers += [("www-authenticate", 'Basic realm="pilotage", charset="UTF-8"'), ("www-authenticate", "ApiKey")]
        return _json(request, status, {"error": {"root_cause": [cause], **cause}, "status": status}, tuple(headers))


def _secret(key: str) -> str | None:
    """The secret of an API key, which is base64 of `id:secret`; a key that is none is a token itself."""
    try:
        return base64.b64decode(key, validate=True).decode().partition(":")[2] or key
    except (binascii.Error, ValueError):
        return key or None


def _answer(sender: _Sender) -> Reply:
    """What a client wants to know before it sends."""
    request, path = sender.request, sender.request.path.rstrip("/")
    if path == "/_cat/health":
        return Reply(200, b"0 00:00:00 pilotage green 1 1 0 0 0 0 0 0 - 100.0%\n", "text/plain; charset=utf-8", (PRODUCT,))
    known = _KNOWN.get(path)
    if known is not None:
        return _json(request, 200, known)
    holes = match("/{index}", path)
    refusal = sender.judge(holes["index"]) if holes else None
    if refusal is not None:
        return sender.refused(Refusal(404, "index_not_found_exception", refusal.reason) if request.method == "HEAD" else refusal)
    changed = request.method not in ("GET", "HEAD")
    return _json(request, 200, {"acknowledged": True, "shards_acknowledged": True} | (holes or {}) if changed else {})


_KNOWN: dict[str, dict[str, object]] = {
    "": {
        "name": "pilotage",
        "cluster_name": "pilotage",
        "cluster_uuid": "pilotage",
        "version": {
            "number": VERSION,
            "build_flavor": "default",
            "build_type": "tar",
            "build_hash": "unknown",
            "build_date": "2025-01-01T00:00:00.000Z",
            "build_snapshot": False,
            "lucene_version": "9.12.2",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": TAGLINE,
    },
    "/_license": {"license": {"status": "active", "uid": "pilotage", "type": "basic", "issued_to": "pilotage", "issuer": "pilotage"}},
    "/_xpack": {
        "build": {"hash": "unknown", "date": "2025-01-01T00:00:00.000Z"},
        "license": {"uid": "pilotage", "type": "basic", "mode": "basic", "status": "active"},
        "features": {name: {"available": False, "enabled": False} for name in ("ilm", "ml", "security", "data_streams")},
        "tagline": TAGLINE,
    },
    "/_cluster/health": {
        "cluster_name": "pilotage",
        "status": "green",
        "timed_out": False,
        "number_of_nodes": 1,
        "number_of_data_nodes": 1,
    },
}
"""Fixed answers by path: the version is that of the interface which is spoken here."""

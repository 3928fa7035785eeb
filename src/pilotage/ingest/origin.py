"""The SQL that OTLP's signals share: resources, scopes, times and the columns every table has."""

from __future__ import annotations

from pilotage.ingest.anyvalue import JsonValues, ProtobufValues, Values, clean_keys, clean_texts, joined_keys, json_object

ENCODINGS: dict[str, Values] = {"protobuf": ProtobufValues(), "json": JsonValues()}

MAX_TIME = "9223372036854775807"


def moment(nanoseconds: str, otherwise: str) -> str:
    """`DateTime64(9)` of unsigned nanoseconds; `otherwise` (nanoseconds too) when it is 0 or beyond the year 2262."""
    return f"fromUnixTimestamp64Nano(toInt64(if({nanoseconds} = 0 OR {nanoseconds} > {MAX_TIME}, {otherwise}, {nanoseconds})))"


def epoch(nanoseconds: str) -> str:
    """`String`: nanoseconds as epoch seconds with all nine decimals, exactly."""
    return f"concat(toString(intDiv({nanoseconds}, 1000000000)), '.', leftPad(toString({nanoseconds} % 1000000000), 9, '0'))"


def resource_source(encoding: str, members: tuple[str, str, str], body: str) -> str:
    """FROM clause with a row an item `x`: origin columns, and `resource` and `scope` JSON worked out once a resource and scope.

    `members` are the JSON names of the three nested lists (`resourceSpans`, `scopeSpans`, `spans`); `body` is SQL for the body tuple.
    One expression decodes the attributes of a resource and of its scopes: analysing it is most of what a small insert costs.
    """
    outer, middle, inner = members
    pairs = f"arrayConcat([rs.resource.attributes], rs.{middle}.scope.attributes)"
    objects = f"arrayMap(p -> {json_object(ENCODINGS[encoding], 'p')}, {pairs})"
    envelope = f"SELECT received, `index` AS wanted, extra, arrayJoin({body}.{outer}) AS rs FROM {{segment}}"
    resources = f"SELECT received, wanted, extra, rs, {objects} AS objects FROM ({envelope})"
    scopes = (
        f"SELECT received, {_ORIGIN}, {_LOW}(objects[1]) AS resource, {_LOW}(rs.schemaUrl) AS schema_url, ss.{inner} AS items, "
        f"{_SCOPE} AS scope_text FROM ({resources}) ARRAY JOIN rs.{middle} AS ss, arrayPopFront(objects) AS members"
    )
    scope = "toLowCardinality(if(empty(scope_text), '', concat('{', substring(scope_text, 2), '}')))"
    return (
        f"(SELECT received, home, service, host, source, sourcetype, resource, schema_url, {scope} AS scope, arrayJoin(items) AS x "
        f"FROM ({scopes}))"
    )


_WANTED = "JSONExtractString(objects[1], 'com.splunk.index')"
# A resource may name its index, source and sourcetype; a token bound to some indexes (`extra`) keeps it inside them.
# As `model.names.WRITABLE_INDEX`, in the engine's regular expressions.
_ALLOWED = f"match({_WANTED}, '^[A-Za-z0-9_.-]{{1,80}}$') AND {_WANTED} NOT IN ('_internal', '_dead_letter')"
_LOW = "toLowCardinality"
# Low-cardinality from here on: what is repeated for every item of a resource is then an index, not a text.
_ORIGIN = (
    f"{_LOW}(if(NOT ({_ALLOWED}) OR (extra != '' AND NOT has(JSONExtract(extra, 'Array(String)'), {_WANTED})), "
    f"wanted, {_WANTED})) AS home, "
    f"{_LOW}(JSONExtractString(objects[1], 'service.name')) AS service, {_LOW}(JSONExtractString(objects[1], 'host.name')) AS host, "
    f"{_LOW}(ifNull(JSONExtract(objects[1], 'com.splunk.source', 'Nullable(String)'), "
    "JSONExtractString(objects[1], 'service.name'))) AS source, "
    f"{_LOW}(ifNull(JSONExtract(objects[1], 'com.splunk.sourcetype', 'Nullable(String)'), 'otel')) AS sourcetype"
)
_SCOPE = (
    "concat(if(ss.scope.name = '', '', concat(',\"name\":', toJSONString(ss.scope.name))), "
    "if(ss.scope.version = '', '', concat(',\"version\":', toJSONString(ss.scope.version))), "
    "if(ss.schemaUrl = '', '', concat(',\"schema_url\":', toJSONString(ss.schemaUrl))), "
    "if(ss.scope.droppedAttributesCount = 0, '', concat(',\"dropped_attributes_count\":', toString(ss.scope.droppedAttributesCount))), "
    "if(empty(members), '', concat(',', substring(members, 2, length(members) - 2))))"
)


def record_source(encoding: str, inner: str, *, body: str = "", more: str = "") -> str:
    """FROM clause over `inner` that adds the attributes of `x` as `texts`, `types` and `joined` keys, and `more` columns.

    `body` is a further value that is decoded together with them, as the last of `texts` and `types`.
    """
    values = ENCODINGS[encoding]
    all_values = f"arrayConcat(x.attributes.value, [{body}])" if body else "x.attributes.value"
    computed = f"{values.texts(all_values)} AS texts, {values.types(all_values)} AS types, {joined_keys('x.attributes')} AS joined"
    return f"(SELECT *, {computed}{more} FROM {inner})"


def record_columns(texts: str = "texts", types: str = "types") -> dict[str, str]:
    """The attribute columns of logs and spans, over a `record_source`."""
    return {
        "attributes": clean_texts(texts, types),
        "attribute_keys": clean_keys("joined", "x.attributes"),
        "attribute_types": types,
        "dropped_attributes_count": "x.droppedAttributesCount",
    }


def origin_columns(index: str = "home") -> dict[str, str]:
    """The columns every table shares; `index` is SQL for an index other than the request's."""
    return {
        "index": index,
        "received": "fromUnixTimestamp64Milli(toInt64(intDiv(received, 1000000)))",
        "service": "service",
        "host": "host",
        "source": "source",
        "sourcetype": "sourcetype",
        "resource": "resource",
        "resource_schema_url": "schema_url",
        "scope": "scope",
    }

"""The SQL that OTLP's signals share: resources, scopes, times and the columns every table has."""

from __future__ import annotations

from pilotage.ingest.anyvalue import JsonValues, ProtobufValues, Values, json_object

ENCODINGS: dict[str, Values] = {"protobuf": ProtobufValues(), "json": JsonValues()}

MAX_TIME = "9223372036854775807"


def moment(nanoseconds: str, otherwise: str) -> str:
    """`DateTime64(9)` of unsigned nanoseconds; `otherwise` (nanoseconds too) when it is 0 or beyond the year 2262."""
    return f"fromUnixTimestamp64Nano(toInt64(if({nanoseconds} = 0 OR {nanoseconds} > {MAX_TIME}, {otherwise}, {nanoseconds})))"


def epoch(nanoseconds: str) -> str:
    """`String`: nanoseconds as epoch seconds with all nine decimals, exactly."""
    return f"concat(toString(intDiv({nanoseconds}, 1000000000)), '.', leftPad(toString({nanoseconds} % 1000000000), 9, '0'))"


def resource_source(encoding: str, members: tuple[str, str, str], body: str) -> str:
    """FROM clause with a row an item `x`: origin columns, `resource` and `scope` JSON worked out once a resource and scope.

    `members` are the JSON names of the three nested lists (`resourceSpans`, `scopeSpans`, `spans`); `body` is SQL for the body tuple.
    """
    values = ENCODINGS[encoding]
    outer, middle, inner = members
    resource = json_object(values, "rs.resource.attributes")
    scope_parts = [
        "if(ss.scope.name = '', '', concat(',\"name\":', toJSONString(ss.scope.name)))",
        "if(ss.scope.version = '', '', concat(',\"version\":', toJSONString(ss.scope.version)))",
        "if(ss.schemaUrl = '', '', concat(',\"schema_url\":', toJSONString(ss.schemaUrl)))",
        "if(ss.scope.droppedAttributesCount = 0, '', concat(',\"dropped_attributes_count\":', toString(ss.scope.droppedAttributesCount)))",
        "if(empty(scope_attributes), '', concat(',', substring(scope_attributes, 2, length(scope_attributes) - 2)))",
    ]
    splunk = "JSONExtractString(resource_text, 'com.splunk.{0}')"
    wanted = splunk.format("index")
    origin = (
        f"if({wanted} = '' OR (extra != '' AND NOT has(JSONExtract(extra, 'Array(String)'), {wanted})), index_, {wanted}) AS home, "
        "JSONExtractString(resource_text, 'service.name') AS service, JSONExtractString(resource_text, 'host.name') AS host, "
        f"if({splunk.format('source')} = '', service, {splunk.format('source')}) AS source, "
        f"if({splunk.format('sourcetype')} = '', 'otel', {splunk.format('sourcetype')}) AS sourcetype"
    )
    return (
        f"(SELECT received, home, service, host, source, sourcetype, resource, schema_url, scope, arrayJoin(items) AS x FROM ("
        f"SELECT received, home, service, host, source, sourcetype, resource, schema_url, items, "
        f"toLowCardinality(if(empty(scope_text), '', concat('{{', substring(scope_text, 2), '}}'))) AS scope FROM ("
        f"SELECT received, home, service, host, source, sourcetype, resource, schema_url, ss.{inner} AS items, "
        f"{json_object(values, 'ss.scope.attributes')} AS scope_attributes, concat({', '.join(scope_parts)}) AS scope_text FROM ("
        f"SELECT received, {origin}, toLowCardinality(resource_text) AS resource, rs.schemaUrl AS schema_url, "
        f"arrayJoin(rs.{middle}) AS ss FROM ("
        f"SELECT received, index_, extra, rs, {resource} AS resource_text FROM ("
        f"SELECT received, `index` AS index_, extra, arrayJoin({body}.{outer}) AS rs FROM {{segment}}))))))"
    )


def origin_columns(bad: str = "0", reason: str = "") -> dict[str, str]:
    """The columns every table shares; items for which `bad` holds go to the dead-letter index with `reason` in their resource."""
    columns = {
        "index": "home",
        "received": "fromUnixTimestamp64Milli(toInt64(intDiv(received, 1000000)))",
        "service": "service",
        "host": "host",
        "source": "source",
        "sourcetype": "sourcetype",
        "resource": "resource",
        "resource_schema_url": "schema_url",
        "scope": "scope",
    }
    if bad != "0":
        columns["index"] = f"if({bad}, '_dead_letter', home)"
        rest = "if(resource = '', '}', concat(',', substring(resource, 2)))"
        note = f'concat(\'{{"dead_letter.reason":"{reason}","dead_letter.index":\', toJSONString(home), {rest})'
        columns["resource"] = f"if({bad}, {note}, resource)"
    return columns

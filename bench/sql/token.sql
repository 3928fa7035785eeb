SELECT formatRowNoNewline('JSONEachRow', time, body, `index`, source, sourcetype, host, service, severity, severity_number, trace_id, span_id,
    attributes, attribute_keys, attribute_types, resource, scope)
FROM pilotage.logs
WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64}) AND hasToken(lower(body), {token:String})
ORDER BY time DESC

SELECT formatRowNoNewline('JSONEachRow', time, body, `index`, source, sourcetype, host, service, severity, severity_number, trace_id, span_id,
    attributes, attribute_keys, attribute_types, resource, scope)
FROM pilotage.logs
WHERE `index` = 'main' AND time >= (SELECT toStartOfFiveMinutes(max(time)) FROM pilotage.logs WHERE `index` = 'main')
ORDER BY time DESC
LIMIT 50

SELECT formatRowNoNewline('JSONEachRow', time, body, `index`, source, sourcetype, host, service, severity, severity_number, trace_id, span_id,
    attributes, attribute_keys, attribute_types, resource, scope)
FROM pilotage.logs
WHERE `index` = 'main' AND trace_id = {trace:String}
ORDER BY time DESC

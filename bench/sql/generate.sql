INSERT INTO pilotage.logs
  (`index`, time, received, service, host, source, sourcetype, observed, severity, severity_number, body, body_type, trace_id, span_id,
   attributes, attribute_keys, attribute_types, resource, scope)
SELECT 'main',
  fromUnixTimestamp64Nano(toInt64(({end:UInt64} - 86400) * 1000000000 + intDiv(n * 86400000, {rows:UInt64}) * 1000000)) AS at,
  now64(3),
  ['checkout', 'payment', 'catalog', 'frontend', 'recommendation', 'shipping', 'email', 'currency'][1 + least(7, toUInt8(log2(1 + cityHash64(n) % 255)))] AS name,
  concat('node-', toString(n % 16)), name, 'otel', at,
  if(n % 33 = 0, 'ERROR', 'INFO'), if(n % 33 = 0, 17, 9),
  concat('request ', toString(n % 1000), ' to /api/v1/predict ended with ', if(n % 33 = 0, '500', '200'), ' in ', toString(cityHash64(n, 1) % 900), ' ms needle', toString(n)),
  's', lower(hex(sipHash128(intDiv(n, 10)))), lower(hex(cityHash64(n, 2))),
  [toString(n), 'GET', '/api/v1/predict', if(n % 33 = 0, '500', '200'), toString(cityHash64(n, 3) % 5000), toString((cityHash64(n, 1) % 90000) / 100), 'eu-west', if(n % 2 = 0, 'true', 'false')],
  '\x1frequest.number\x1fhttp.request.method\x1furl.path\x1fhttp.response.status_code\x1fuser.id\x1fduration_ms\x1fcloud.region\x1fcached\x1f',
  'issisdsb',
  concat('{"service.name":"', name, '","host.name":"node-', toString(n % 16), '"}'),
  '{"name":"bench","version":"1"}'
FROM (SELECT {begin:UInt64} + number AS n FROM numbers({count:UInt64}))
SETTINGS min_insert_block_size_rows = 2000000, min_insert_block_size_bytes = 4000000000, max_insert_threads = 1

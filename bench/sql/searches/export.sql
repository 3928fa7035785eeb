SELECT formatRowNoNewline('JSONEachRow', toDecimal64(time, 9) AS _time, service, host, toInt64OrNull(user) AS `user.id`, toFloat64OrNull(took) AS duration_ms, body AS _raw)
FROM
(
    SELECT time, service, host, body,
        attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)user\\.id\x1f'), '\x1f')] AS user,
        attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)duration_ms\x1f'), '\x1f')] AS took
    FROM pilotage.logs
    WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    ORDER BY toStartOfFiveMinutes(time) DESC, time DESC
)

SELECT formatRowNoNewline('JSONEachRow', toDecimal64(time, 9) AS _time, service, host, toInt64OrNull(user) AS `user.id`, toFloat64OrNull(took) AS duration_ms, body AS _raw)
FROM
(
    SELECT time, service, host, body,
        attributes[indexOf(arrayPopFront(splitByChar('\x1f', attribute_keys)), 'user.id')] AS user,
        attributes[indexOf(arrayPopFront(splitByChar('\x1f', attribute_keys)), 'duration_ms')] AS took
    FROM pilotage.logs
    WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    ORDER BY toStartOfFiveMinutes(time) DESC, time DESC
)

SELECT formatRowNoNewline('JSONEachRow', service, `perc50(duration_ms)`, `perc95(duration_ms)`, `perc99(duration_ms)`)
FROM
(
    SELECT service, quantilesExact(0.5, 0.95, 0.99)(took) AS levels,
        levels[1] AS `perc50(duration_ms)`, levels[2] AS `perc95(duration_ms)`, levels[3] AS `perc99(duration_ms)`
    FROM
    (
        SELECT service, toFloat64OrNull(attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)duration_ms\x1f'), '\x1f')]) AS took
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    )
    WHERE service != ''
    GROUP BY service
    ORDER BY service
)

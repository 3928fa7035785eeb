WITH
    rows AS
    (
        SELECT service, toFloat64OrNull(attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)duration_ms\x1f'), '\x1f')]) AS took
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    ),
    means AS (SELECT service, avg(took) AS mean FROM rows GROUP BY service)
SELECT formatRowNoNewline('JSONEachRow', service, `count`)
FROM
(
    SELECT service, count() AS `count`
    FROM rows
    INNER JOIN means USING (service)
    WHERE took > 1.5 * mean AND service != ''
    GROUP BY service
    ORDER BY service
)

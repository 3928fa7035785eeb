SELECT formatRowNoNewline('JSONEachRow', service, `count`)
FROM
(
    SELECT service, count() AS `count`
    FROM
    (
        SELECT service, attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)user\\.id\x1f'), '\x1f')] AS user, toFloat64OrNull(attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)duration_ms\x1f'), '\x1f')]) AS took
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64}) AND severity = 'ERROR'
    ) AS errors
    INNER JOIN
    (
        SELECT attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)user\\.id\x1f'), '\x1f')] AS user, avg(toFloat64OrNull(attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)duration_ms\x1f'), '\x1f')])) AS usual
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64}) AND severity = 'INFO'
        GROUP BY user
    ) AS normal ON normal.user = errors.user
    WHERE took > 1.5 * usual
    GROUP BY service
    ORDER BY service
)

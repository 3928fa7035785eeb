SELECT formatRowNoNewline('JSONEachRow', plan, `count`)
FROM
(
    SELECT plan, count() AS `count`
    FROM
    (
        SELECT attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)user\\.id\x1f'), '\x1f')] AS user
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    ) AS events
    INNER JOIN bench.plans ON plans.user = events.user
    GROUP BY plan
    ORDER BY plan
)

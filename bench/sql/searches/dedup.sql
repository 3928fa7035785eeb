SELECT formatRowNoNewline('JSONEachRow', _time, `user.id`, service)
FROM
(
    SELECT max(time) AS newest, toDecimal64(newest, 9) AS _time, user AS `user.id`, argMax(service, time) AS service
    FROM
    (
        SELECT time, service, attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)user\\.id\x1f'), '\x1f')] AS user
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    )
    WHERE user != ''
    GROUP BY user
    ORDER BY newest DESC
)

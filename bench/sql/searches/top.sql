SELECT formatRowNoNewline('JSONEachRow', `user.id`, `count`, percent)
FROM
(
    SELECT user AS `user.id`, count() AS `count`, round(100 * `count` / sum(`count`) OVER (), 6) AS percent
    FROM
    (
        SELECT attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)user\\.id\x1f'), '\x1f')] AS user
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    )
    WHERE user != ''
    GROUP BY user
    ORDER BY `count` DESC, toFloat64OrNull(user)
    LIMIT 20
)

SELECT formatRowNoNewline('JSONEachRow', `http.response.status_code`, `count`)
FROM
(
    SELECT attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)http\\.response\\.status_code\x1f'), '\x1f')] AS `http.response.status_code`, count() AS `count`
    FROM pilotage.logs
    WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    GROUP BY `http.response.status_code`
    HAVING `http.response.status_code` != ''
    ORDER BY `http.response.status_code`
)

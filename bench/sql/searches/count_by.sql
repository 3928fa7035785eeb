SELECT formatRowNoNewline('JSONEachRow', `http.response.status_code`, `count`)
FROM
(
    SELECT attributes[indexOf(arrayPopFront(splitByChar('\x1f', attribute_keys)), 'http.response.status_code')] AS `http.response.status_code`, count() AS `count`
    FROM pilotage.logs
    WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    GROUP BY `http.response.status_code`
    HAVING `http.response.status_code` != ''
    ORDER BY `http.response.status_code`
)

SELECT formatRowNoNewline('JSONEachRow', service, `count`)
FROM
(
    SELECT service, count() AS `count`
    FROM
    (
        SELECT service, attributes[indexOf(arrayPopFront(splitByChar('\x1f', attribute_keys)), 'user.id')] AS user, toFloat64OrNull(attributes[indexOf(arrayPopFront(splitByChar('\x1f', attribute_keys)), 'duration_ms')]) AS took
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64}) AND severity = 'ERROR'
    ) AS errors
    INNER JOIN
    (
        SELECT attributes[indexOf(arrayPopFront(splitByChar('\x1f', attribute_keys)), 'user.id')] AS user, avg(toFloat64OrNull(attributes[indexOf(arrayPopFront(splitByChar('\x1f', attribute_keys)), 'duration_ms')])) AS usual
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64}) AND severity = 'INFO'
        GROUP BY user
    ) AS normal ON normal.user = errors.user
    WHERE took > 1.5 * usual
    GROUP BY service
    ORDER BY service
)

SELECT formatRowNoNewline('JSONEachRow', host, service, `count`)
FROM
(
    SELECT host, service, count() AS `count`
    FROM pilotage.logs
    WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64}) AND hasToken(lower(body), {token:String})
    GROUP BY host, service
    ORDER BY host, service
)

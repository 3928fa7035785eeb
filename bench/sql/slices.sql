SELECT formatRowNoNewline('JSONEachRow', slice, service, events)
FROM
(
    SELECT toStartOfFiveMinutes(time) AS slice, service, count() AS events
    FROM pilotage.logs
    WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    GROUP BY slice, service
    ORDER BY slice, service
)

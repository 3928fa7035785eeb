SELECT formatRowNoNewline('JSONEachRow', `count`, `avg(duration)`, `max(eventcount)`)
FROM
(
    SELECT count() AS `count`, avg(duration) AS `avg(duration)`, max(events) AS `max(eventcount)`
    FROM
    (
        SELECT (toUnixTimestamp64Nano(max(time)) - toUnixTimestamp64Nano(min(time))) / 1e9 AS duration, count() AS events
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64}) AND trace_id != ''
        GROUP BY trace_id
    )
)

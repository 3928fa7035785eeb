SELECT formatRowNoNewline('JSONEachRow', code, `count`, `avg(took)`)
FROM
(
    SELECT groups[1] AS code, count() AS `count`, avg(toFloat64OrNull(groups[2])) AS `avg(took)`
    FROM
    (
        SELECT extractGroups(body, 'ended with (\\d+) in (\\d+) ms') AS groups
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    )
    WHERE notEmpty(groups)
    GROUP BY code
    ORDER BY code
)

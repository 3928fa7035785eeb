SELECT formatRowNoNewline('JSONEachRow', _time, catalog, checkout, currency, email, frontend, payment, recommendation, shipping)
FROM
(
    SELECT toUnixTimestamp(toStartOfFiveMinutes(time)) AS _time,
        avgIf(took, service = 'catalog') AS catalog, avgIf(took, service = 'checkout') AS checkout, avgIf(took, service = 'currency') AS currency,
        avgIf(took, service = 'email') AS email, avgIf(took, service = 'frontend') AS frontend, avgIf(took, service = 'payment') AS payment,
        avgIf(took, service = 'recommendation') AS recommendation, avgIf(took, service = 'shipping') AS shipping
    FROM
    (
        SELECT time, service, toFloat64OrNull(attributes[countSubstrings(extract(attribute_keys, '(?s)^(.*?\x1f)duration_ms\x1f'), '\x1f')]) AS took
        FROM pilotage.logs
        WHERE `index` = 'main' AND time >= fromUnixTimestamp({begin:Int64}) AND time < fromUnixTimestamp({end:Int64})
    )
    GROUP BY _time
    ORDER BY _time
)

-- What people ask of the books, as views for both databases. Times are milliseconds since 1970 in UTC; at is what a span of time is taken by;
-- what ends with _ms is a span.

-- +goose Up
-- Each parcel and how long it lay.
CREATE VIEW analysis_parcels AS
SELECT stored AS at, cabinet, id AS parcel, tracking, door, size, company, status, stored, until, ended,
    CASE WHEN ended > 0 THEN ended - stored END AS dwell_ms
FROM parcel;

-- How many parcels lay in doors of a size, hour by hour, wherever one came or went.
CREATE VIEW analysis_occupancy AS
SELECT hour AS at, cabinet, size, CAST(came AS BIGINT) AS came, CAST(went AS BIGINT) AS went,
    CAST(SUM(came - went) OVER (PARTITION BY cabinet, size ORDER BY hour) AS BIGINT) AS taken
FROM (
    SELECT hour, cabinet, size, SUM(came) AS came, SUM(went) AS went
    FROM (
        SELECT stored - stored % 3600000 AS hour, cabinet, size, 1 AS came, 0 AS went FROM parcel
        UNION ALL
        SELECT ended - ended % 3600000, cabinet, size, 0, 1 FROM parcel WHERE ended > 0
    ) moves
    GROUP BY hour, cabinet, size
) hours;

-- What became of the parcels of a day.
CREATE VIEW analysis_days AS
SELECT stored - stored % 86400000 AS at, cabinet, size, COUNT(*) AS came,
    COUNT(CASE WHEN status IN ('collected', 'handed_over') THEN 1 END) AS fetched,
    COUNT(CASE WHEN status = 'taken_back' THEN 1 END) AS taken_back,
    COUNT(CASE WHEN status IN ('waiting', 'expired', 'cancelled') THEN 1 END) AS lie,
    COUNT(CASE WHEN status IN ('collected', 'handed_over') AND ended - stored < 86400000 THEN 1 END) AS fetched_in_a_day,
    CAST(AVG(CASE WHEN status IN ('collected', 'handed_over') THEN ended - stored END) AS BIGINT) AS mean_dwell_ms
FROM parcel
GROUP BY stored - stored % 86400000, cabinet, size;

-- What went wrong at a door, day by day; beside it how many parcels went through that door on that day.
CREATE VIEW analysis_locks AS
SELECT f.at, f.cabinet, f.door, f.failed, f.forced, f.left_open, f.others,
    (SELECT COUNT(*) FROM parcel p WHERE p.cabinet = f.cabinet AND p.door = f.door AND p.stored >= f.at AND p.stored < f.at + 86400000) AS parcels
FROM (
    SELECT at - at % 86400000 AS at, cabinet, door,
        COUNT(CASE WHEN kind = 'unlock.ended' THEN 1 END) AS failed,
        COUNT(CASE WHEN kind = 'door.forced' THEN 1 END) AS forced,
        COUNT(CASE WHEN kind = 'door.left_open' THEN 1 END) AS left_open,
        COUNT(CASE WHEN kind NOT IN ('unlock.ended', 'door.forced', 'door.left_open') THEN 1 END) AS others
    FROM alarm
    WHERE door > 0
    GROUP BY at - at % 86400000, cabinet, door
) f;

-- How long a courier took for a parcel, from the door that was given to them to the parcel in it.
CREATE VIEW analysis_couriers AS
SELECT p.stored AS at, p.cabinet, p.id AS parcel, p.company, p.size, p.stored - MIN(r.at) AS drop_ms
FROM parcel p
JOIN record r ON r.cabinet = p.cabinet AND r.parcel = p.id AND r.kind = 'drop.started'
GROUP BY p.stored, p.cabinet, p.id, p.company, p.size;

-- How late people were told: from the books to the mail server.
CREATE VIEW analysis_notices AS
SELECT made AS at, cabinet, parcel, what, state, tries, CASE WHEN ended > 0 THEN ended - made END AS delay_ms
FROM notice;

-- +goose Down
DROP VIEW analysis_notices;
DROP VIEW analysis_couriers;
DROP VIEW analysis_locks;
DROP VIEW analysis_days;
DROP VIEW analysis_occupancy;
DROP VIEW analysis_parcels;

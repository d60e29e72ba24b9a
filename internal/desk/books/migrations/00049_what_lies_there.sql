-- +goose Up
-- What became of the parcels of a day: what people send lies there, too, and what is behind rented doors.
DROP VIEW analysis_days;
CREATE VIEW analysis_days AS
SELECT stored - stored % 86400000 AS at, cabinet, size, COUNT(*) AS came,
    COUNT(CASE WHEN status IN ('collected', 'handed_over') THEN 1 END) AS fetched,
    COUNT(CASE WHEN status = 'taken_back' THEN 1 END) AS taken_back,
    COUNT(CASE WHEN status IN ('waiting', 'expired', 'cancelled', 'refused', 'to_collect', 'kept') THEN 1 END) AS lie,
    COUNT(CASE WHEN status IN ('collected', 'handed_over') AND ended - stored < 86400000 THEN 1 END) AS fetched_in_a_day,
    CAST(AVG(CASE WHEN status IN ('collected', 'handed_over') THEN ended - stored END) AS BIGINT) AS mean_dwell_ms
FROM parcel
GROUP BY stored - stored % 86400000, cabinet, size;

-- +goose Down
DROP VIEW analysis_days;
CREATE VIEW analysis_days AS
SELECT stored - stored % 86400000 AS at, cabinet, size, COUNT(*) AS came,
    COUNT(CASE WHEN status IN ('collected', 'handed_over') THEN 1 END) AS fetched,
    COUNT(CASE WHEN status = 'taken_back' THEN 1 END) AS taken_back,
    COUNT(CASE WHEN status IN ('waiting', 'expired', 'cancelled', 'refused') THEN 1 END) AS lie,
    COUNT(CASE WHEN status IN ('collected', 'handed_over') AND ended - stored < 86400000 THEN 1 END) AS fetched_in_a_day,
    CAST(AVG(CASE WHEN status IN ('collected', 'handed_over') THEN ended - stored END) AS BIGINT) AS mean_dwell_ms
FROM parcel
GROUP BY stored - stored % 86400000, cabinet, size;

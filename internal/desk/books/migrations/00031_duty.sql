-- The staff's mail is told of alarms as every other address is, and an alarm that nobody works off goes from one to the next.

-- +goose Up
ALTER TABLE alarm ADD COLUMN raised BIGINT NOT NULL DEFAULT 0; -- when it came here, by this machine's clock
UPDATE alarm SET raised = at;
INSERT INTO alarm_told (service, cabinet, epoch, seq, at) SELECT 'mail', cabinet, epoch, seq, mailed FROM alarm WHERE mailed <> 0;
DROP INDEX alarm_mailed;
ALTER TABLE alarm DROP COLUMN mailed;

-- +goose Down
ALTER TABLE alarm ADD COLUMN mailed BIGINT NOT NULL DEFAULT 0;
UPDATE alarm SET mailed = 1 WHERE EXISTS (SELECT 1 FROM alarm_told t WHERE t.service = 'mail' AND t.cabinet = alarm.cabinet AND t.epoch = alarm.epoch AND t.seq = alarm.seq);
DELETE FROM alarm_told WHERE service LIKE 'mail%';
CREATE INDEX alarm_mailed ON alarm (mailed, at);
ALTER TABLE alarm DROP COLUMN raised;

-- +goose Up
-- Doors that are rented: what lies there stays until its people end it. Their codes lie sealed among what is personal.
ALTER TABLE announcement ADD COLUMN rents BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE parcel ADD COLUMN rented BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE parcel DROP COLUMN rented;
ALTER TABLE announcement DROP COLUMN rents;

-- +goose Up
-- Parcels that their senders bring: on no list of what couriers bring. The sender's code lies sealed among what is personal.
ALTER TABLE announcement ADD COLUMN sends BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE announcement DROP COLUMN sends;

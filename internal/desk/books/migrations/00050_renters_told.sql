-- +goose Up
-- Renters are told, and those who share their door: a notice is for one of them, and each has a page of their own.
ALTER TABLE notice ADD COLUMN sharer TEXT NOT NULL DEFAULT '';      -- whom, of those who share a rented door; empty: everybody else who is told
ALTER TABLE announcement ADD COLUMN hours BIGINT NOT NULL DEFAULT 0; -- for how long its renter has the door; 0: it is no renter's
CREATE TABLE sharer_page (
    link        BYTEA PRIMARY KEY,       -- SHA-256 of what its address ends with
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    order_id    TEXT NOT NULL,           -- that announced the door
    sharer      TEXT NOT NULL            -- an id
);
CREATE INDEX sharer_page_order ON sharer_page (order_id);

-- +goose Down
DROP TABLE sharer_page;
ALTER TABLE announcement DROP COLUMN hours;
ALTER TABLE notice DROP COLUMN sharer;

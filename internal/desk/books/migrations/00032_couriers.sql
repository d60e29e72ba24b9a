-- Couriers that have a page, and what an announcement says that they need to know. Nothing personal: a courier is an id of a company.

-- +goose Up
CREATE TABLE courier (
    id          TEXT PRIMARY KEY,         -- as at the cabinets
    company     TEXT NOT NULL,
    language    TEXT NOT NULL DEFAULT '', -- of the page; empty: as the browser asks
    made        BIGINT NOT NULL,
    until       BIGINT NOT NULL,          -- from then on there is no page
    link        BYTEA NOT NULL            -- SHA-256 of what the address of the page ends with
);
CREATE UNIQUE INDEX courier_link ON courier (link);
CREATE TABLE courier_cabinet (
    courier     TEXT NOT NULL REFERENCES courier (id),
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    PRIMARY KEY (courier, cabinet)
);
ALTER TABLE announcement ADD COLUMN company TEXT;  -- whose couriers may bring it; empty: anybody's; NULL: it was made before this was kept
ALTER TABLE announcement ADD COLUMN size TEXT NOT NULL DEFAULT '';
CREATE INDEX announcement_cabinet ON announcement (cabinet, state);
CREATE INDEX parcel_company ON parcel (cabinet, status, company);

-- +goose Down
DROP INDEX parcel_company;
DROP INDEX announcement_cabinet;
ALTER TABLE announcement DROP COLUMN size;
ALTER TABLE announcement DROP COLUMN company;
DROP TABLE courier_cabinet;
DROP TABLE courier;

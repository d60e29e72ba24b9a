-- +goose Up
-- Photos of a parcel that its cabinet was asked for: one file, as the cabinet has sealed it for the operator. The address to which it comes does once.
CREATE TABLE stills (
    order_id    TEXT PRIMARY KEY,         -- evidence.upload
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    parcel      TEXT NOT NULL,
    link        BYTEA NOT NULL,           -- SHA-256 of what that address ends with
    asked       BIGINT NOT NULL,
    expires     BIGINT NOT NULL,          -- from then on nothing is taken
    came        BIGINT NOT NULL DEFAULT 0,
    hash        BYTEA,                    -- SHA-256 of the file
    box         BYTEA                     -- NULL: it has not come, or was forgotten
);
CREATE UNIQUE INDEX stills_link ON stills (link);
CREATE INDEX stills_parcel ON stills (cabinet, parcel);

-- +goose Down
DROP TABLE stills;

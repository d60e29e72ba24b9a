-- Who may use the REST interface, and which of their requests were carried out.

-- +goose Up
CREATE TABLE api_key (
    id          TEXT PRIMARY KEY,         -- stands in logs and in the books where the key itself must not
    name        TEXT NOT NULL UNIQUE,
    hash        BYTEA NOT NULL UNIQUE,    -- SHA-256 of the key: 128 random bits need no slow hash
    scopes      TEXT NOT NULL,            -- separated by spaces
    per_minute  BIGINT NOT NULL,          -- requests
    made        BIGINT NOT NULL,
    used        BIGINT NOT NULL DEFAULT 0,-- last, to the minute
    revoked     BIGINT NOT NULL DEFAULT 0
);

-- A request that is repeated with the same key is the same request: it makes one order.
CREATE TABLE once (
    who         TEXT NOT NULL,            -- the API key's id
    key         TEXT NOT NULL,            -- the Idempotency-Key
    digest      BYTEA NOT NULL,           -- of what was asked for: SHA-256 of method, path and body
    order_id    TEXT NOT NULL,
    made        BIGINT NOT NULL,
    PRIMARY KEY (who, key)
);
CREATE INDEX once_made ON once (made);
CREATE INDEX parcel_stored ON parcel (stored, cabinet, id);
CREATE INDEX sent_order_made ON sent_order (made, id);

-- +goose Down
DROP INDEX sent_order_made;
DROP INDEX parcel_stored;
DROP TABLE once;
DROP TABLE api_key;

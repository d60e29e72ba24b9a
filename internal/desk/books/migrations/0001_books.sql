-- What lockerdesk keeps, in SQLite and PostgreSQL alike. Times are milliseconds since 1970 in UTC, 0 for none. What is called sealed is
-- encrypted under the books' own key (seal.go).

-- +goose Up
CREATE TABLE cabinet (
    name        TEXT PRIMARY KEY,
    place       TEXT NOT NULL DEFAULT '', -- in words, for notices: "Example Street 5, in the courtyard"
    reader      BYTEA,                    -- its public key: what is personal goes to it in boxes for this key
    enrolled    BIGINT NOT NULL,
    presence    TEXT NOT NULL DEFAULT '', -- as retained at the broker
    state       TEXT NOT NULL DEFAULT '', -- as retained at the broker
    ahead       BIGINT NOT NULL DEFAULT 0 -- the newest record that its state takes into account: until that has come, the books are behind
);

-- The newest record of each epoch of a cabinet.
CREATE TABLE epoch (
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    epoch       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    hash        BYTEA NOT NULL,
    turn        BIGINT NOT NULL,          -- the highest is of the epoch whose record was taken last
    PRIMARY KEY (cabinet, epoch)
);

-- Every record that was taken, as it came.
CREATE TABLE record (
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    epoch       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    hash        BYTEA NOT NULL,
    at          BIGINT NOT NULL,          -- by the cabinet's clock
    kind        TEXT NOT NULL,
    parcel      TEXT NOT NULL DEFAULT '', -- whose story it belongs to
    public      BYTEA NOT NULL,           -- the public line: what is hashed
    problem     TEXT NOT NULL DEFAULT '', -- what is wrong with it
    taken       BIGINT NOT NULL,          -- by this machine's clock
    PRIMARY KEY (cabinet, epoch, seq)
);
CREATE INDEX record_hash ON record (cabinet, hash);
CREATE INDEX record_parcel ON record (cabinet, parcel, seq);

-- Parcels that reached a cabinet.
CREATE TABLE parcel (
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    id          TEXT NOT NULL,
    tracking    TEXT NOT NULL,
    door        BIGINT NOT NULL,
    size        TEXT NOT NULL,
    company     TEXT NOT NULL,
    order_id    TEXT NOT NULL,
    status      TEXT NOT NULL,
    before      TEXT NOT NULL,
    stored      BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    ended       BIGINT NOT NULL,
    link        BYTEA NOT NULL,           -- SHA-256 of what the address of its page ends with
    personal    BYTEA,                    -- sealed: contact, code, link; NULL once forgotten
    PRIMARY KEY (cabinet, id)
);
CREATE UNIQUE INDEX parcel_link ON parcel (link);
CREATE INDEX parcel_tracking ON parcel (tracking);
CREATE INDEX parcel_status ON parcel (status, until);

-- Parcels that a cabinet was told of.
CREATE TABLE announcement (
    order_id    TEXT PRIMARY KEY,
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    tracking    TEXT NOT NULL,
    state       TEXT NOT NULL,
    why         TEXT NOT NULL DEFAULT '',
    made        BIGINT NOT NULL,
    personal    BYTEA                     -- sealed: contact
);
CREATE INDEX announcement_tracking ON announcement (tracking);

-- Orders on their way, and what became of them.
CREATE TABLE sent_order (
    id          TEXT PRIMARY KEY,
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    kind        TEXT NOT NULL,
    by_whom     TEXT NOT NULL,
    signed      TEXT NOT NULL,            -- as published
    made        BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    published   BIGINT NOT NULL DEFAULT 0,-- the broker has it
    answered    BIGINT NOT NULL DEFAULT 0,
    accepted    BOOLEAN NOT NULL DEFAULT FALSE,
    why         TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sent_order_open ON sent_order (cabinet, answered, expires);

-- What people are to be told: the outbox.
CREATE TABLE notice (
    id          TEXT PRIMARY KEY,         -- cabinet/epoch/seq/what, or cabinet/parcel/what/until for what time brings: told once
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    parcel      TEXT NOT NULL,
    what        TEXT NOT NULL,
    made        BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    tries       BIGINT NOT NULL DEFAULT 0,
    state       TEXT NOT NULL,            -- waiting, told, moot, nobody, given_up
    ended       BIGINT NOT NULL DEFAULT 0,
    why         TEXT NOT NULL DEFAULT ''  -- the last try failed, without anything personal
);
CREATE INDEX notice_due ON notice (state, due);

-- Records that somebody has to look at.
CREATE TABLE alarm (
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    epoch       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    door        BIGINT NOT NULL,
    what        TEXT NOT NULL,
    urgent      BOOLEAN NOT NULL,
    at          BIGINT NOT NULL,
    mailed      BIGINT NOT NULL DEFAULT 0, -- the staff was told
    seen        BIGINT NOT NULL DEFAULT 0, -- somebody has worked it off
    seen_by     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (cabinet, epoch, seq)
);
CREATE INDEX alarm_mailed ON alarm (mailed, at);
CREATE INDEX alarm_seen ON alarm (seen, at);

-- +goose Down
DROP TABLE alarm;
DROP TABLE notice;
DROP TABLE sent_order;
DROP TABLE announcement;
DROP TABLE parcel;
DROP TABLE record;
DROP TABLE epoch;
DROP TABLE cabinet;

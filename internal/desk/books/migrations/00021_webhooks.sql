-- Whom records are told to by HTTP, and what is still to be told. And alarms of the desk itself: their cabinet is "-".

-- +goose Up
CREATE TABLE webhook (
    name        TEXT PRIMARY KEY,
    url         TEXT NOT NULL,
    kinds       TEXT NOT NULL,            -- of records, separated by spaces: "parcel.*", "alarms"
    made        BIGINT NOT NULL,
    failing     BIGINT NOT NULL DEFAULT 0,-- since when every try has failed; 0: the last one did not
    disabled    BIGINT NOT NULL DEFAULT 0,-- since when nothing is sent there any more
    why         TEXT NOT NULL DEFAULT '', -- the last try failed
    secret      BYTEA NOT NULL            -- sealed: what its messages are signed with
);

CREATE TABLE delivery (
    id          TEXT PRIMARY KEY,         -- the same at every try: whoever receives it twice can tell
    hook        TEXT NOT NULL REFERENCES webhook (name) ON DELETE CASCADE,
    cabinet     TEXT NOT NULL,
    epoch       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    made        BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    tries       BIGINT NOT NULL DEFAULT 0,
    state       TEXT NOT NULL,            -- waiting, told, given_up
    ended       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX delivery_due ON delivery (state, due);
CREATE INDEX delivery_hook ON delivery (hook, state);
CREATE INDEX delivery_ended ON delivery (ended);

CREATE TABLE alarm_new (
    cabinet     TEXT NOT NULL,
    epoch       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    kind        TEXT NOT NULL,
    door        BIGINT NOT NULL,
    what        TEXT NOT NULL,
    urgent      BOOLEAN NOT NULL,
    at          BIGINT NOT NULL,
    mailed      BIGINT NOT NULL DEFAULT 0,
    seen        BIGINT NOT NULL DEFAULT 0,
    seen_by     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (cabinet, epoch, seq)
);
INSERT INTO alarm_new (cabinet, epoch, seq, kind, door, what, urgent, at, mailed, seen, seen_by)
    SELECT cabinet, epoch, seq, kind, door, what, urgent, at, mailed, seen, seen_by FROM alarm;
DROP TABLE alarm;
ALTER TABLE alarm_new RENAME TO alarm;
CREATE INDEX alarm_mailed ON alarm (mailed, at);
CREATE INDEX alarm_seen ON alarm (seen, at);

-- +goose Down
DROP TABLE delivery;
DROP TABLE webhook;
DELETE FROM alarm WHERE cabinet = '-';

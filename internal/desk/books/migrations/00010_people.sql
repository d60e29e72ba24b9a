-- Who works at the desk in the browser, and who did what.

-- +goose Up
CREATE TABLE person (
    name        TEXT PRIMARY KEY,         -- "ada"; with "sso:" before it, whom a sign-in service has vouched for
    shown       TEXT NOT NULL,            -- as pages call them
    role        TEXT NOT NULL,            -- viewer, staff, admin
    made        BIGINT NOT NULL,
    barred      BIGINT NOT NULL DEFAULT 0,-- since when they may not come in
    step        BIGINT NOT NULL DEFAULT 0,-- the time step of the app's code that was used last: each does once
    invitation  BYTEA,                    -- SHA-256 of an invitation's secret; NULL: it was used, or there is none
    invited     BIGINT NOT NULL DEFAULT 0,-- until when it counts
    secrets     BYTEA                     -- sealed: the password's argon2id, and the secret of the app
);
CREATE UNIQUE INDEX person_invitation ON person (invitation);

-- Who is signed in. The secret itself is in the browser's cookie alone.
CREATE TABLE desk_session (
    hash        BYTEA PRIMARY KEY,        -- SHA-256 of the cookie
    person      TEXT NOT NULL REFERENCES person (name),
    made        BIGINT NOT NULL,
    used        BIGINT NOT NULL           -- when it was used last
);
CREATE INDEX desk_session_person ON desk_session (person);

-- Wrong passwords that were tried lately.
CREATE TABLE attempt (
    about       TEXT NOT NULL,            -- whose, and from where
    at          BIGINT NOT NULL
);
CREATE INDEX attempt_about ON attempt (about, at);

-- Who did what. Rows are added and never changed.
CREATE TABLE audit (
    id          TEXT PRIMARY KEY,         -- sorts by time
    at          BIGINT NOT NULL,
    who         TEXT NOT NULL,
    place       TEXT NOT NULL DEFAULT '', -- the address of the browser
    what        TEXT NOT NULL,            -- the kind of an order, or what else was done
    cabinet     TEXT NOT NULL DEFAULT '',
    subject     TEXT NOT NULL DEFAULT '', -- a parcel's number, a door, an account
    reason      TEXT NOT NULL DEFAULT '', -- as somebody gave it
    order_id    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_at ON audit (at);

-- +goose Down
DROP TABLE audit;
DROP TABLE attempt;
DROP TABLE desk_session;
DROP TABLE person;

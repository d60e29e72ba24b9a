-- +goose Up
-- What about a cabinet no record tells of, and since when: it is away, or has a fault that it can write down or send nowhere.
CREATE TABLE trouble (
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    what        TEXT NOT NULL,              -- which one
    since       BIGINT NOT NULL,            -- it has been seen, by this desk's clock
    raised      BIGINT NOT NULL DEFAULT 0,  -- the staff was told; 0: not yet
    PRIMARY KEY (cabinet, what)
);

-- +goose Down
DROP TABLE trouble;

-- Which service was told of which alarm, beside the mail.

-- +goose Up
CREATE TABLE alarm_told (
    service     TEXT NOT NULL,            -- a hash of its address
    cabinet     TEXT NOT NULL,
    epoch       TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (service, cabinet, epoch, seq)
);

-- +goose Down
DROP TABLE alarm_told;

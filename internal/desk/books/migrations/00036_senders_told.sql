-- +goose Up
-- Senders are told: they have a page, and until when they are expected; a notice is about an announcement before there is a parcel.
ALTER TABLE announcement ADD COLUMN link BYTEA;                      -- SHA-256 of what the address of its sender's page ends with; NULL: there is none
ALTER TABLE announcement ADD COLUMN until BIGINT NOT NULL DEFAULT 0; -- when its sender is expected no more, or when that ended
CREATE INDEX announcement_link ON announcement (link);
CREATE INDEX announcement_until ON announcement (state, until);
ALTER TABLE notice ADD COLUMN order_id TEXT NOT NULL DEFAULT '';     -- of the announcement that it is about; empty: it is about a parcel
CREATE INDEX notice_order ON notice (order_id);

-- +goose Down
DROP INDEX notice_order;
ALTER TABLE notice DROP COLUMN order_id;
DROP INDEX announcement_until;
DROP INDEX announcement_link;
ALTER TABLE announcement DROP COLUMN until;
ALTER TABLE announcement DROP COLUMN link;

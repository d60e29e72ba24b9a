-- Which lockerdesk does what, where several share the books. Whoever works with the books has a seat; a seat that is not renewed in time
-- is given up, and what hung on it is anybody's.

-- +goose Up
CREATE TABLE seat (
    id          BIGINT PRIMARY KEY,       -- random: a lockerdesk that lost its seat gets another, and what it began on the first counts no more
    name        TEXT NOT NULL UNIQUE,     -- the lockerdesk's MQTT client id
    until       BIGINT NOT NULL           -- by the database's clock
);
ALTER TABLE cabinet ADD COLUMN owner BIGINT NOT NULL DEFAULT 0;   -- the seat whose lockerdesk takes its records and sends its orders; 0: nobody's
ALTER TABLE cabinet ADD COLUMN heard TEXT NOT NULL DEFAULT '';    -- the lockerdesk whose session at the broker has missed nothing of it; empty: none
CREATE INDEX cabinet_owner ON cabinet (owner);
ALTER TABLE notice ADD COLUMN holder BIGINT NOT NULL DEFAULT 0;   -- the seat whose lockerdesk is telling it; 0: nobody's
CREATE INDEX notice_holder ON notice (holder);

-- +goose Down
DROP INDEX notice_holder;
ALTER TABLE notice DROP COLUMN holder;
DROP INDEX cabinet_owner;
ALTER TABLE cabinet DROP COLUMN heard;
ALTER TABLE cabinet DROP COLUMN owner;
DROP TABLE seat;

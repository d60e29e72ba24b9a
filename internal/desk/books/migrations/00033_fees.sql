-- What parcels cost, what was paid, and the orders that follow from it by themselves. Amounts are in a currency's minor units. Nothing personal.

-- +goose Up
ALTER TABLE announcement ADD COLUMN fee TEXT NOT NULL DEFAULT '';    -- its terms, as JSON; empty: it costs nothing
ALTER TABLE parcel ADD COLUMN fee TEXT NOT NULL DEFAULT '';          -- terms and what the cabinet has said since, as JSON; empty: nothing is ever owed
ALTER TABLE parcel ADD COLUMN currency TEXT NOT NULL DEFAULT '';
ALTER TABLE parcel ADD COLUMN owed BIGINT NOT NULL DEFAULT 0;        -- as the cabinet said last
ALTER TABLE parcel ADD COLUMN paid BIGINT NOT NULL DEFAULT 0;        -- less what was given back
ALTER TABLE parcel ADD COLUMN told BIGINT NOT NULL DEFAULT 0;        -- when its recipient was told, so that its fee's time begins

CREATE INDEX parcel_order ON parcel (order_id);                      -- what a payment names

-- Orders that follow by themselves and were not written yet: a row goes in the transaction in which its order comes.
CREATE TABLE errand (
    id          TEXT PRIMARY KEY,         -- told/cabinet/parcel, or link/cabinet/epoch/seq: there is one once
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    parcel      TEXT NOT NULL,
    kind        TEXT NOT NULL,            -- of the order
    at          BIGINT NOT NULL,
    amount      BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    until       BIGINT NOT NULL,
    made        BIGINT NOT NULL
);
CREATE INDEX errand_made ON errand (made, id);

-- Money that came in or was given back: told by this desk, or known from a cabinet.
CREATE TABLE payment (
    cabinet     TEXT NOT NULL REFERENCES cabinet (name),
    parcel      TEXT NOT NULL,
    reference   TEXT NOT NULL,            -- the operator's
    refund      BOOLEAN NOT NULL,
    amount      BIGINT NOT NULL,
    currency    TEXT NOT NULL,
    order_id    TEXT NOT NULL,
    by_whom     TEXT NOT NULL,
    made        BIGINT NOT NULL,
    counted     BIGINT NOT NULL,          -- when the cabinet took it into account, by its clock; 0: not yet
    PRIMARY KEY (cabinet, parcel, reference)
);

CREATE VIEW analysis_fees AS
SELECT stored AS at, cabinet, id AS parcel, tracking, status, currency, told, owed, paid FROM parcel WHERE fee <> '';

CREATE VIEW analysis_payments AS
SELECT m.counted AS at, m.cabinet, m.parcel, p.tracking, m.reference, CASE WHEN m.refund THEN -m.amount ELSE m.amount END AS amount, m.currency
FROM payment m JOIN parcel p ON p.cabinet = m.cabinet AND p.id = m.parcel WHERE m.counted > 0;

-- +goose Down
DROP VIEW analysis_payments;
DROP VIEW analysis_fees;
DROP TABLE payment;
DROP TABLE errand;
DROP INDEX parcel_order;
ALTER TABLE parcel DROP COLUMN told;
ALTER TABLE parcel DROP COLUMN paid;
ALTER TABLE parcel DROP COLUMN owed;
ALTER TABLE parcel DROP COLUMN currency;
ALTER TABLE parcel DROP COLUMN fee;
ALTER TABLE announcement DROP COLUMN fee;

-- +goose Up
-- Orders that their cabinets have not answered in time are looked for every minute, among all that are listed.
CREATE INDEX sent_order_unanswered ON sent_order (kind, expires) WHERE answered = 0;

-- +goose Down
DROP INDEX sent_order_unanswered;

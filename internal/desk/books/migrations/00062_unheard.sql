-- +goose Up
-- Money that cabinets have not taken into account is looked for every minute, among all that ever came in.
CREATE INDEX payment_uncounted ON payment (order_id) WHERE counted = 0;

-- +goose Down
DROP INDEX payment_uncounted;

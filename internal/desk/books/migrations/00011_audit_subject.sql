-- +goose Up
CREATE INDEX audit_subject ON audit (cabinet, subject, id);

-- +goose Down
DROP INDEX audit_subject;

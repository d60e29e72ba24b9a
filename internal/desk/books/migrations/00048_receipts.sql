-- Payments at a cabinet's own terminal: by what they are found at its provider. Nothing personal, and never a card's number.

-- +goose Up
ALTER TABLE payment ADD COLUMN receipt TEXT NOT NULL DEFAULT '';     -- empty: it was not paid there, or the terminal named none

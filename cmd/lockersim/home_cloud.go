package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"lockerd/internal/conformance"
)

// cloud writes the cabinet's configuration and what a cloud has to know, and makes the desk: the cloud, unless somebody has their own.
func (h *Home) cloud(o Options, b *Broker, bench string, log *slog.Logger) (*Desk, error) {
	cabinet := o.Broker
	if cabinet == "" {
		cabinet = "mqtt://" + b.CabinetAddr()
	}
	if err := h.writeConfig(o, cabinet, bench); err != nil {
		return nil, err
	}
	if err := h.writeCloud(o.Broker, b); err != nil {
		return nil, err
	}
	books, err := h.deskConfig("tcp://" + b.DeskAddr())
	if err != nil {
		return nil, err
	}
	books.Away = o.Broker != ""
	return NewDesk(books, log)
}

// writeCloud writes operator/cloud.json.
func (h *Home) writeCloud(broker string, b *Broker) error {
	id, secret, _ := strings.Cut(h.signer.Secret(), ":")
	seed, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		return fmt.Errorf("lockersim: write cloud.json: %w", err)
	}
	reader, err := h.reader()
	if err != nil {
		return err
	}
	k := conformance.Knowledge{
		Broker: broker, Cabinet: cabinetName, CabinetPublic: reader[:], OperatorPublic: h.public[:], OperatorPrivate: h.private[:], Issuer: id, IssuerSeed: seed,
	}
	if broker == "" {
		k.Broker, k.User, k.Password = "mqtt://"+b.DeskAddr(), h.desk.Name, h.desk.Password
	}
	all, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("lockersim: write cloud.json: %w", err)
	}
	if err := os.WriteFile(filepath.Join(h.operator, "cloud.json"), append(all, '\n'), 0o600); err != nil {
		return fmt.Errorf("lockersim: write cloud.json: %w", err)
	}
	return nil
}

// deskConfig is the desk's: it has the operator's key pair, and of the cabinet's no more than the public key.
func (h *Home) deskConfig(broker string) (DeskConfig, error) {
	reader, err := h.reader()
	if err != nil {
		return DeskConfig{}, err
	}
	return DeskConfig{
		Cabinet: cabinetName, Broker: broker, User: h.desk.Name, Password: h.desk.Password,
		Store:  filepath.Join(h.operator, "events.jsonl"),
		Public: h.public, Private: h.private, Reader: reader, Signer: h.signer,
	}, nil
}

// reader is the cabinet's public key.
func (h *Home) reader() (*[32]byte, error) {
	reader, err := base64.StdEncoding.DecodeString(h.secrets.Public())
	if err != nil || len(reader) != 32 {
		return nil, errors.New("lockersim: the cabinet's public key is none")
	}
	return (*[32]byte)(reader), nil
}

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

// Knowledge is what a cloud has to know to work with the cabinet: where it is, and the keys of both. An operator has the like in
// a safe place. Keys are in base64.
type Knowledge struct {
	Broker          string `json:"broker"` // URL
	User            string `json:"user,omitempty"`
	Password        string `json:"password,omitempty"`
	Cabinet         string `json:"cabinet"`          // its name
	CabinetPublic   string `json:"cabinet_public"`   // X25519: personal parts of orders are sealed to it
	OperatorPublic  string `json:"operator_public"`  // X25519: codes and phone numbers come sealed to it
	OperatorPrivate string `json:"operator_private"` // X25519
	Issuer          string `json:"issuer"`           // the "kid" of what the cloud signs
	IssuerSeed      string `json:"issuer_seed"`      // Ed25519
}

// writeCloud writes operator/cloud.json.
func (h *Home) writeCloud(broker string, b *Broker) error {
	id, seed, _ := strings.Cut(h.signer.Secret(), ":")
	text := base64.StdEncoding.EncodeToString
	k := Knowledge{
		Broker: broker, Cabinet: cabinetName, CabinetPublic: h.secrets.Public(), OperatorPublic: text(h.public[:]), OperatorPrivate: text(h.private[:]),
		Issuer: id, IssuerSeed: seed,
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
	reader, err := base64.StdEncoding.DecodeString(h.secrets.Public())
	if err != nil || len(reader) != 32 {
		return DeskConfig{}, errors.New("lockersim: the cabinet's public key is none")
	}
	return DeskConfig{
		Cabinet: cabinetName, Broker: broker, User: h.desk.Name, Password: h.desk.Password,
		Store:  filepath.Join(h.operator, "events.jsonl"),
		Public: h.public, Private: h.private, Reader: (*[32]byte)(reader), Signer: h.signer,
	}, nil
}

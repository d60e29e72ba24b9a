package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"lockerd/internal/conformance"
	"lockerd/internal/credential"
)

// cloud is what the cabinet is told of its cloud.
type cloud struct {
	operator  string // public key, base64
	issuer    credential.Issuer
	broker    string // URL; empty: there is none
	authority string // a file with the broker's certificate; empty: the system's authorities vouch for it
	packed    bool   // the cloud reads both forms; one of somebody else's may read one alone
}

// cloud writes the cabinet's configuration and makes the cloud that it names: a desk of ours, or, with --broker, what a cloud of yours has to
// know. A nil desk is none.
func (h *Home) cloud(o Options, link *Link, mailbox, bench string, out io.Writer) (*Desk, error) {
	if o.Lockerdesk == "" {
		// A broker of yours may ask for a password; that it has another one is for it to say.
		if _, err := secretFile(h.passwordFile(), func() string { return "none" }); err != nil {
			return nil, err
		}
		public := base64.StdEncoding.EncodeToString(h.public[:])
		return nil, errors.Join(h.writeConfig(o, cloud{operator: public, issuer: h.signer.Issuer(), broker: o.Broker, packed: o.Packed}, bench), h.writeCloud(o.Broker))
	}
	desk, e, err := h.openDesk(o, link, mailbox, out)
	if err != nil {
		return nil, err
	}
	return desk, h.writeConfig(o, cloud{operator: e.Keys.Operator, issuer: e.Issuers[0], broker: e.Cloud.Broker, authority: h.certificateFile(), packed: true}, bench)
}

// writeCloud writes operator/cloud.json.
func (h *Home) writeCloud(broker string) error {
	id, secret, _ := strings.Cut(h.signer.Secret(), ":")
	seed, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		return fmt.Errorf("lockersim: write cloud.json: %w", err)
	}
	reader, err := base64.StdEncoding.DecodeString(h.secrets.Public())
	if err != nil {
		return fmt.Errorf("lockersim: write cloud.json: %w", err)
	}
	all, err := json.MarshalIndent(conformance.Knowledge{
		Broker: broker, Cabinet: cabinetName, CabinetPublic: reader, OperatorPublic: h.public[:], OperatorPrivate: h.private[:], Issuer: id, IssuerSeed: seed,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("lockersim: write cloud.json: %w", err)
	}
	if err := os.WriteFile(filepath.Join(h.operator, "cloud.json"), append(all, '\n'), 0o600); err != nil {
		return fmt.Errorf("lockersim: write cloud.json: %w", err)
	}
	return nil
}

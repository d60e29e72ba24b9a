package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/qrcode"
	"lockerd/internal/scanner"
)

type tokenCommand struct {
	Issue   tokenIssueCommand   `cmd:"" help:"Make a signed token that opens a parcel's door, a door, or signs a courier in, once."`
	Inspect tokenInspectCommand `cmd:"" help:"Say what the token on standard input claims, and whether its signature counts here."`
}

type tokenIssueCommand struct {
	Key     string        `required:"" help:"The file with the private half of the issuer's key." type:"path"`
	Cabinet string        `required:"" help:"The cabinet that it is for."`
	Parcel  string        `help:"The tracking number, or the id, of the parcel whose door it opens." xor:"what" required:""`
	Door    int           `help:"The door that it opens, whatever is behind it." xor:"what" required:""`
	Courier string        `help:"The id of the courier that it signs in." xor:"what" required:""`
	After   time.Duration `help:"How long until it is valid."`
	For     time.Duration `help:"How long it is valid." default:"72h"`
	QR      string        `help:"Write it as a QR into this PNG file, too." type:"path" name:"qr"`
}

func (c *tokenIssueCommand) Run() error {
	signer, err := readSigner(c.Key)
	if err != nil {
		return err
	}
	now := time.Now()
	t := locker.Token{Cabinet: c.Cabinet, Parcel: c.Parcel, Door: c.Door, Courier: c.Courier, Expires: now.Add(c.After + c.For)}
	if c.After > 0 {
		t.NotBefore = now.Add(c.After)
	}
	if c.Parcel == "" {
		t.Issued = now
	}
	text, err := signer.Token(t)
	if err != nil {
		return err
	}
	if len(text) > scanner.MaxText {
		return fmt.Errorf("token issue: %d bytes; a scanner's text has at most %d: name the parcel by its id, or take shorter names",
			len(text), scanner.MaxText)
	}
	fmt.Println(text)
	if c.QR == "" {
		return nil
	}
	if err := qrcode.WritePNG(c.QR, text); err != nil {
		return fmt.Errorf("token issue: %w", err)
	}
	return nil
}

// readSigner reads the private half of an issuer's key.
func readSigner(path string) (*credential.Signer, error) {
	secret, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("issuer's key: %w", err)
	}
	return credential.ReadSigner(string(secret))
}

type tokenInspectCommand struct {
	configFlag
	jsonFlag
}

// Run reads the token from standard input: on a command line everybody could read it, and use it first.
func (c *tokenInspectCommand) Run() error {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return err
	}
	issuers, err := credential.NewIssuers(cfg.Issuers)
	if err != nil {
		return err
	}
	text, err := bufio.NewReader(io.LimitReader(os.Stdin, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	t := issuers.Token(strings.TrimSpace(text))
	if t.Refusal != "" {
		return fmt.Errorf("token inspect: does not count here: %s", refusals[t.Refusal])
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(claimed{ID: t.ID, Cabinet: t.Cabinet, Parcel: t.Parcel, Door: t.Door, Courier: t.Courier,
			NotBefore: t.NotBefore, Expires: t.Expires, Here: t.Cabinet == cfg.Cabinet})
	}
	fmt.Print(describe(t, cfg.Cabinet, time.Now()))
	return nil
}

// claimed is what a token with a good signature claims, for a program.
type claimed struct {
	ID        string    `json:"id"`
	Cabinet   string    `json:"cabinet"`
	Here      bool      `json:"here"` // the cabinet is this one
	Parcel    string    `json:"parcel,omitempty"`
	Door      int       `json:"door,omitempty"`
	Courier   string    `json:"courier,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`
	Expires   time.Time `json:"expires"`
}

// refusals are why the signature of a token does not count, in words.
var refusals = map[locker.TokenRefusal]string{
	locker.TokenForm:      "it is no token, or it claims too much, too little, or what is not known",
	locker.TokenAlgorithm: "it is not signed with Ed25519",
	locker.TokenIssuer:    "its key is none that may sign tokens ([[issuer]] in the configuration)",
	locker.TokenSignature: "its signature is wrong",
}

// describe says what a token with a good signature claims. Whether it was used, the running cabinet knows.
func describe(t locker.Token, cabinet string, now time.Time) string {
	var b strings.Builder
	say := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-9s"+format+"\n", append([]any{name}, args...)...)
	}
	say("id", "%s", t.ID)
	if t.Cabinet == cabinet {
		say("cabinet", "%s", t.Cabinet)
	} else {
		say("cabinet", "%s: NOT THIS ONE (%s)", t.Cabinet, cabinet)
	}
	switch {
	case t.Parcel != "":
		say("opens", "the door of parcel %s", t.Parcel)
	case t.Door != 0:
		say("opens", "door %d", t.Door)
	default:
		say("signs in", "courier %s", t.Courier)
	}
	if !t.NotBefore.IsZero() {
		note := ""
		if now.Before(t.NotBefore) {
			note = ": NOT YET"
		}
		say("from", "%s%s", t.NotBefore.Format(time.RFC3339), note)
	}
	note := ""
	if !now.Before(t.Expires) {
		note = ": EXPIRED"
	}
	say("until", "%s%s", t.Expires.Format(time.RFC3339), note)
	return b.String()
}

package credential

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/form"
	"lockerd/internal/locker"
)

// Limits of a token, in bytes. A scanner's text has at most 256.
const (
	maxToken   = 512
	maxTokenID = 32
	maxClaim   = 128
)

// claims are a token's (RFC 7519), in as few characters as will do: all of them are in a QR on a phone's screen.
type claims struct {
	Cabinet   string `json:"aud"`
	ID        string `json:"jti"`
	Parcel    string `json:"par,omitempty"`  // the parcel's tracking number
	Door      int    `json:"door,omitempty"` // the door's number
	Courier   string `json:"cou,omitempty"`  // the courier's id
	Issued    int64  `json:"iat,omitempty"`  // seconds since 1970
	NotBefore int64  `json:"nbf,omitempty"`
	Expires   int64  `json:"exp"`
}

// Token reads a signed token: a JWT signed with Ed25519 by an issuer that may sign tokens. Anything else is refused. The
// rules judge its times, place and use.
func (s *Issuers) Token(text string) locker.Token {
	if len(text) > maxToken {
		return locker.Token{Refusal: locker.TokenForm}
	}
	v, err := s.verify(text, SignsTokens)
	switch {
	case errors.Is(err, ErrAlgorithm):
		return locker.Token{Refusal: locker.TokenAlgorithm}
	case errors.Is(err, ErrIssuer):
		return locker.Token{Refusal: locker.TokenIssuer}
	case errors.Is(err, ErrSignature):
		return locker.Token{Refusal: locker.TokenSignature}
	case err != nil, v.kind != "" && v.kind != "JWT": // what is signed as something else is something else
		return locker.Token{Refusal: locker.TokenForm}
	}
	c, err := readClaims(v.payload)
	if err != nil {
		return locker.Token{Refusal: locker.TokenForm}
	}
	return c.token()
}

// readClaims refuses unknown claims: they might be meant to restrict.
func readClaims(payload []byte) (claims, error) {
	var c claims
	if err := form.Read(payload, &c); err != nil {
		return c, fmt.Errorf("credential: token: claims: %w", err)
	}
	return c, c.check()
}

func (c claims) check() error {
	opens := 0
	for _, is := range []bool{c.Parcel != "", c.Door != 0, c.Courier != ""} {
		if is {
			opens++
		}
	}
	switch {
	case c.Cabinet == "" || len(c.Cabinet) > maxClaim:
		return errors.New("credential: token: aud: must name one cabinet")
	case c.ID == "" || len(c.ID) > maxTokenID:
		return fmt.Errorf("credential: token: jti: must have 1 to %d bytes", maxTokenID)
	case opens != 1 || c.Door < 0 || len(c.Parcel) > maxClaim || len(c.Courier) > maxClaim:
		return errors.New("credential: token: must name a parcel, a door or a courier, and one thing only")
	case c.Expires <= 0 || c.NotBefore < 0 || c.Issued < 0 || c.Expires <= c.NotBefore || c.Expires >= maxTime:
		return errors.New("credential: token: exp: must be there, and after nbf")
	}
	return nil
}

// maxTime is the year 3000: no honest time is beyond it.
const maxTime = 32503680000

func (c claims) token() locker.Token {
	at := func(seconds int64) time.Time {
		if seconds == 0 {
			return time.Time{}
		}
		return time.Unix(seconds, 0).UTC()
	}
	return locker.Token{ID: c.ID, Cabinet: c.Cabinet, Parcel: c.Parcel, Door: c.Door, Courier: c.Courier,
		Issued: at(c.Issued), NotBefore: at(c.NotBefore), Expires: at(c.Expires)}
}

// Token makes a token with the given content; without an ID it gets a random one. Times are cut to seconds.
func (s *Signer) Token(t locker.Token) (string, error) {
	if t.ID == "" {
		var id [9]byte
		_, _ = rand.Read(id[:]) // never fails
		t.ID = base64.RawURLEncoding.EncodeToString(id[:])
	}
	seconds := func(at time.Time) int64 {
		if at.IsZero() {
			return 0
		}
		return at.Unix()
	}
	c := claims{Cabinet: t.Cabinet, ID: t.ID, Parcel: t.Parcel, Door: t.Door, Courier: t.Courier,
		Issued: seconds(t.Issued), NotBefore: seconds(t.NotBefore), Expires: seconds(t.Expires)}
	if err := c.check(); err != nil {
		return "", err
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("credential: token: %w", err)
	}
	return s.Sign(payload, "")
}

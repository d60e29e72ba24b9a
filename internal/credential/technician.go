package credential

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
	"golang.org/x/crypto/argon2"

	"lockerd/internal/locker"
)

// Lengths of what technicians type, in digits. They differ, so that one is never taken for another.
const (
	LeastPIN         = 6
	MostPIN          = 8
	AppDigits        = 6
	RecoveryDigits   = 10
	InvitationDigits = 12
)

// recoveryCodes is how many an invitation brings.
const recoveryCodes = 8

// cost of a PIN's hash: the minimum of OWASP's Password Storage Cheat Sheet for argon2id.
var cost = argonCost{memory: 19 << 10, passes: 2, lanes: 1}

// argonCost is what argon2id works with.
type argonCost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

// most is the highest cost accepted in a stored hash: a damaged one must not exhaust memory or time.
var most = argonCost{memory: 64 << 10, passes: 8, lanes: 4}

const (
	saltSize = 16
	hashSize = 32
)

// errPHC says that a stored hash is none that we make. It repeats nothing of it.
var errPHC = errors.New("credential: not an argon2id hash within bounds")

// HashPIN makes argon2id of a PIN with a fresh salt, as a PHC string.
func HashPIN(pin string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	hash := argon2.IDKey([]byte(pin), salt, cost.passes, cost.memory, cost.lanes, hashSize)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.memory, cost.passes, cost.lanes,
		b.EncodeToString(salt), b.EncodeToString(hash))
}

// VerifyPIN says whether a PIN matches a PHC string; its duration does not tell how nearly.
func VerifyPIN(phc, pin string) (bool, error) {
	c, salt, hash, err := readPHC(phc)
	if err != nil {
		return false, err
	}
	typed := argon2.IDKey([]byte(pin), salt, c.passes, c.memory, c.lanes, uint32(len(hash)))
	return subtle.ConstantTimeCompare(typed, hash) == 1, nil
}

// readPHC reads what HashPIN writes, at a cost that is bearable.
func readPHC(phc string) (c argonCost, salt, hash []byte, err error) {
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errPHC
	}
	n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.lanes)
	if exact := fmt.Sprintf("m=%d,t=%d,p=%d", c.memory, c.passes, c.lanes); err != nil || n != 3 || exact != part[3] {
		return c, nil, nil, errPHC
	}
	if c.memory < 8*uint32(c.lanes) || c.memory > most.memory || c.passes < 1 || c.passes > most.passes ||
		c.lanes < 1 || c.lanes > most.lanes {
		return c, nil, nil, errPHC
	}
	salt, err1 := base64.RawStdEncoding.Strict().DecodeString(part[4])
	hash, err2 := base64.RawStdEncoding.Strict().DecodeString(part[5])
	if err1 != nil || err2 != nil || len(salt) != saltSize || len(hash) != hashSize {
		return c, nil, nil, errPHC
	}
	return c, salt, hash, nil
}

// IsPIN says whether a text has the form of a technician's PIN.
func IsPIN(text string) bool {
	return len(text) >= LeastPIN && len(text) <= MostPIN && strings.Trim(text, "0123456789") == ""
}

// MayBePIN says whether a PIN may be chosen. It refuses PINs that are guessed first: with fewer than three different digits,
// a sequence up or down, or a group repeated two or three times.
func MayBePIN(pin string) bool {
	if !IsPIN(pin) {
		return false
	}
	seen, up, down := make(map[byte]bool), true, true
	for i := range len(pin) {
		seen[pin[i]] = true
		if i > 0 {
			up = up && (pin[i]-'0') == (pin[i-1]-'0'+1)%10
			down = down && (pin[i]-'0'+1)%10 == pin[i-1]-'0'
		}
	}
	half, third := len(pin)/2, len(pin)/3
	twice := len(pin)%2 == 0 && pin[:half] == pin[half:]
	thrice := len(pin)%3 == 0 && pin[:third] == pin[third:2*third] && pin[:third] == pin[2*third:]
	return len(seen) > 2 && !up && !down && !twice && !thrice
}

// Invitation is handed to a technician once; it is stored nowhere in clear.
type Invitation struct {
	Secret   string   `json:"secret"`   // typed at the kiosk, once
	URL      string   `json:"url"`      // otpauth://, for the app
	Recovery []string `json:"recovery"` // each does once instead of the app's code
}

// Invite makes a random invitation, and the secrets that the rules keep of it. The app shows it under the names of
// technician and cabinet.
func (k *Keys) Invite(cabinet, technician string) (Invitation, locker.Secrets, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "lockerd " + cabinet, AccountName: technician, SecretSize: 20})
	if err != nil {
		return Invitation{}, locker.Secrets{}, fmt.Errorf("credential: invite: %w", err)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key.Secret())
	if err != nil {
		return Invitation{}, locker.Secrets{}, fmt.Errorf("credential: invite: %w", err)
	}
	in := Invitation{Secret: chance(InvitationDigits), URL: key.URL()}
	known := locker.Secrets{Invitation: k.InvitationHash(in.Secret), TOTP: secret}
	for range recoveryCodes {
		code := chance(RecoveryDigits)
		in.Recovery, known.Recovery = append(in.Recovery, code), append(known.Recovery, k.RecoveryHash(code))
	}
	return in, known, nil
}

// InvitationHash is the keyed hash of an invitation's one-time secret; zero if the text does not have its form.
func (k *Keys) InvitationHash(text string) locker.Hash {
	if len(text) != InvitationDigits {
		return locker.Hash{}
	}
	return k.Hash("invitation " + text)
}

// RecoveryHash is the keyed hash of a recovery code; zero if the text does not have its form.
func (k *Keys) RecoveryHash(text string) locker.Hash {
	if len(text) != RecoveryDigits {
		return locker.Hash{}
	}
	return k.Hash("recovery " + text)
}

// chance makes so many digits by chance.
func chance(digits int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	n, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(fmt.Sprintf("credential: chance: %v", err)) // only if there is no randomness
	}
	return fmt.Sprintf("%0*d", digits, n)
}

// AppPeriod is a time step of the app (RFC 6238).
const AppPeriod = 30 * time.Second

// AppStep says whether an app shows a code at a time, and for which time step: the present one, or its neighbours, since a
// phone's clock differs a little. A code of several steps counts for the newest.
func AppStep(secret []byte, code string, at time.Time) (step int64, ok bool) {
	if len(code) != AppDigits || len(secret) == 0 {
		return 0, false
	}
	now := at.Unix() / int64(AppPeriod/time.Second)
	for s := now - 1; s <= now+1; s++ {
		if s >= 0 && shows(secret, code, uint64(s)) {
			step, ok = s, true
		}
	}
	return step, ok
}

// shows compares in constant time.
func shows(secret []byte, code string, step uint64) bool {
	ok, err := hotp.ValidateCustom(code, step, base32.StdEncoding.EncodeToString(secret),
		hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	return ok && err == nil
}

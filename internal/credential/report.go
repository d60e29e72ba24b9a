package credential

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// What a cabinet signs, it signs with a key that is made of its own: no further file has to be kept, and whoever restores the keys can
// sign as before. The label keeps it apart from whatever else may once be made of that key.
const (
	reportType  = "lockerd-report"  // the "typ" in the header
	receiptType = "lockerd-receipt" // likewise
	reportKey   = "cabinet"         // the "kid"
	reportLabel = "lockerd report signature"
)

// ErrNoReport says that something was signed, but not as a report.
var ErrNoReport = errors.New("signed, but not as a report")

// reporter is the signer of what a cabinet reports.
func reporter(cabinet Key) *Signer {
	seed, err := hkdf.Key(sha256.New, cabinet[:], nil, reportLabel, ed25519.SeedSize)
	if err != nil {
		panic(fmt.Sprintf("credential: %v", err)) // only for a length that cannot be made
	}
	return &Signer{id: reportKey, private: ed25519.NewKeyFromSeed(seed)}
}

// Report signs what the cabinet reports, and returns a JWS in compact form.
func (k *Keys) Report(payload []byte) (string, error) {
	return reporter(k.cabinet).Sign(payload, reportType)
}

// ReportKey is the public key, in base64, with which they are verified.
func (k *Keys) ReportKey() string { return reporter(k.cabinet).Issuer().Key }

// VerifyReport checks a report with the public key of its cabinet, in base64, and returns what was signed.
func VerifyReport(compact []byte, key string) (payload []byte, err error) {
	return signedByCabinet(compact, key, reportType)
}

// Receipt signs what whoever has put something in is told, and returns the signature alone: the last part of the JWS, whose header never
// changes and whose payload is the text. So the text stays readable, and the code that holds it small.
func (k *Keys) Receipt(text []byte) (signature string, err error) {
	compact, err := reporter(k.cabinet).Sign(text, receiptType)
	if err != nil {
		return "", err
	}
	return compact[strings.LastIndexByte(compact, '.')+1:], nil
}

// receiptHeader is that of the JWS that a receipt's signature belongs to.
const receiptHeader = `{"alg":"EdDSA","kid":"` + reportKey + `","typ":"` + receiptType + `"}`

// VerifyReceipt checks a receipt's signature with the public key of its cabinet, in base64.
func VerifyReceipt(text []byte, signature, key string) error {
	b64 := base64.RawURLEncoding
	compact := b64.EncodeToString([]byte(receiptHeader)) + "." + b64.EncodeToString(text) + "." + signature
	_, err := signedByCabinet([]byte(compact), key, receiptType)
	return err
}

// signedByCabinet is what a cabinet has signed as something of a type.
func signedByCabinet(compact []byte, key, kind string) (payload []byte, err error) {
	public, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(public) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("credential: the key of a cabinet's reports is %d bytes in base64 (`lockerd report export` prints it at the cabinet)", ed25519.PublicKeySize)
	}
	by, keys := &Issuers{}, map[string]issuer{reportKey: {public: public, signs: []string{kind}}}
	by.keys.Store(&keys)
	payload, _, err = by.said(compact, kind, kind, ErrNoReport)
	return payload, err
}

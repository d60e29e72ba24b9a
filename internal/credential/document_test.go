package credential_test

import (
	"encoding/base64"
	"os"
	"regexp"
	"strings"
	"testing"

	"lockerd/internal/credential"
)

// TestTheDocumentedSignature: the signed order of docs/cloud.md is the unlock order that stands above it, by the key
// that stands below it, and every byte of it comes out again; and so for the ack.
func TestTheDocumentedSignature(t *testing.T) {
	text, err := os.ReadFile("../../docs/cloud.md")
	if err != nil {
		t.Fatal(err)
	}
	block := func(sort string) []string {
		var found []string
		for _, m := range regexp.MustCompile("(?s)```"+sort+"\n(.*?)\n```").FindAllStringSubmatch(string(text), -1) {
			found = append(found, m[1])
		}
		return found
	}
	quoted := func(before string) string {
		m := regexp.MustCompile(regexp.QuoteMeta(before) + `"([^"]+)"`).FindSubmatch(text)
		if m == nil {
			t.Fatalf("docs/cloud.md has no %s", before)
		}
		return string(m[1])
	}
	order, signed := block("order")[1], strings.Join(block("signed"), "")
	ack, signedAck := block("ack")[0], strings.Join(block("signed-ack"), "")
	seed, err := base64.StdEncoding.DecodeString(quoted("key = SigningKey(b64decode("))
	if err != nil {
		t.Fatal(err)
	}
	signer := newSigner(t, "example", seed)
	if again, err := signer.Order([]byte(order)); err != nil || again != signed {
		t.Errorf("want\n%s,\ngot\n%s, %v", again, signed, err)
	}
	if again, err := signer.Ack([]byte(ack)); err != nil || again != signedAck {
		t.Errorf("want\n%s,\ngot\n%s, %v", again, signedAck, err)
	}
	issuers, err := credential.NewIssuers([]credential.Issuer{
		{ID: "example", Key: quoted("    key = "), Signs: []string{"orders"}}})
	if err != nil {
		t.Fatal(err)
	}
	payload, issuer, err := issuers.Order([]byte(signed))
	if err != nil || string(payload) != order || issuer != "example" {
		t.Errorf("got %q by %q, %v", payload, issuer, err)
	}
	payload, issuer, err = issuers.Ack([]byte(signedAck))
	if err != nil || string(payload) != ack || issuer != "example" {
		t.Errorf("got %q by %q, %v", payload, issuer, err)
	}
}

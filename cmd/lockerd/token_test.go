package main

import (
	"image"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

// tokenTool runs `lockerd token ...`.
func tokenTool(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"token"}, args...)...)
	cmd.Env = append(os.Environ(), asLockerd+"=1")
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestTokensByHand: an operator without a server makes a key and a token; its QR can be read; and the cabinet that lists
// the key says what the token is worth.
func TestTokensByHand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, picture := filepath.Join(dir, "tokens.key"), filepath.Join(dir, "qr.png")
	printed, why, status := typed(t, "keys", "issuer", "t", key)
	if status != 0 {
		t.Fatal(why)
	}
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("want the key for its owner alone, got %v, %v", info.Mode(), err)
	}
	if out, _, status := typed(t, "keys", "issuer", "t", key); status == 0 {
		t.Errorf("want a key that is there left alone, got %s", out)
	}
	text, err := tokenTool(t, "", "issue", "--key", key, "--cabinet", "demo-1", "--parcel", "JJD000390007882112", "--qr", picture)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	text = strings.TrimSpace(text)
	if got := readQR(t, picture); got != text {
		t.Errorf("want the token in the picture, got %q", got)
	}

	var lists struct {
		Issuers []credential.Issuer `toml:"issuer"`
	}
	if err := toml.Unmarshal([]byte(printed), &lists); err != nil {
		t.Fatal(err)
	}
	issuers, err := credential.NewIssuers(lists.Issuers)
	if err != nil {
		t.Fatal(err)
	}
	got := issuers.Token(text)
	if got.Refusal != "" || got.Parcel != "JJD000390007882112" || got.Cabinet != "demo-1" || len(got.ID) != 12 {
		t.Errorf("want what was asked for, got %+v", got)
	}
	for name, args := range map[string][]string{
		"nothing to open": {"--cabinet", "demo-1"},
		"two things":      {"--cabinet", "demo-1", "--door", "7", "--parcel", "X"},
		"too long":        {"--cabinet", strings.Repeat("c", 90), "--parcel", strings.Repeat("P", 90)},
		"ended before":    {"--cabinet", "demo-1", "--door", "7", "--for", "-1h"},
	} {
		if out, err := tokenTool(t, "", append([]string{"issue", "--key", key}, args...)...); err == nil {
			t.Errorf("%s: want it refused, got %s", name, out)
		}
	}
}

// readQR reads a QR as a scanner does.
func readQR(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	picture, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	dots, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	// A picture by itself: what looks for codes in a camera's pictures misses two of a hundred at the first look, whatever
	// they say, and has no second one here.
	pure := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	result, err := qrcode.NewQRCodeReader().Decode(dots, pure)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

func TestTokensAreInspected(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		token locker.Token
		want  []string
	}{
		{locker.Token{ID: "1", Cabinet: "demo-1", Parcel: "P-1", Expires: now.Add(time.Hour)},
			[]string{"the door of parcel P-1", "until    2026-11-24T19:00:00Z\n"}},
		{locker.Token{ID: "1", Cabinet: "demo-2", Door: 7, NotBefore: now.Add(time.Minute), Expires: now.Add(time.Hour)},
			[]string{"demo-2: NOT THIS ONE (demo-1)", "door 7", "from     2026-11-24T18:01:00Z: NOT YET"}},
		{locker.Token{ID: "1", Cabinet: "demo-1", Courier: "ada", Expires: now}, []string{"courier ada", ": EXPIRED"}},
	} {
		text := describe(tt.token, "demo-1", now)
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("want %q in\n%s", want, text)
			}
		}
	}
}

// TestInspectAtTheCabinet: with the cabinet's own configuration, from standard input.
func TestInspectAtTheCabinet(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if out, err := tokenTool(t, token(t, nil)+"\n", "inspect", "--config", r.config); err != nil || !strings.Contains(out, "PARCEL-1") {
		t.Errorf("want it told, got %v: %s", err, out)
	}
	forged, err := newSigner("cloud", 9).Token(locker.Token{Cabinet: "rig", Door: 1, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := tokenTool(t, forged, "inspect", "--config", r.config); err == nil || !strings.Contains(out, "signature is wrong") {
		t.Errorf("want the forgery told, got %v: %s", err, out)
	}
}

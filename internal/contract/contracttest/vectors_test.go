package contracttest_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract"
	. "lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
)

var update = flag.Bool("update", false, "write docs/contract anew")

// verdicts are the words of receiving.jsonl for the ledger's.
var verdicts = map[string]string{
	"": "taken", contract.ProblemChain: "taken: chain", contract.ProblemGoesOn: "taken: goes_on", contract.ProblemUnknown: "taken: unknown",
	contract.ProblemMisnamed: "taken: misnamed", contract.ErrSeen.Error(): "seen", contract.ErrDiffers.Error(): "differs",
	contract.ErrTooEarly.Error(): "early", contract.ErrMidway.Error(): "midway", contract.ErrStranger.Error(): "stranger",
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// same writes a file with -update, and otherwise holds that it is what would be written.
func same(t *testing.T, name string, values ...any) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if strings.HasSuffix(name, ".json") {
		encoder.SetIndent("", "  ")
	}
	for _, v := range values {
		fatal(t, encoder.Encode(v))
	}
	if *update {
		fatal(t, os.WriteFile(Path(t, name), text.Bytes(), 0o644))
	}
	if !bytes.Equal(text.Bytes(), Text(t, name)) {
		t.Errorf("docs/contract/%s is not what it would be; go test ./internal/contract/contracttest -update writes it anew", name)
	}
}

// unhex is a printed key.
func unhex(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}

// keys are those that everybody can read: RFC 8037 A.1, RFC 8032 7.1 test 2, RFC 7748 6.1 (Alice is the operator, Bob the cabinet).
func keys() Keys {
	k := Keys{
		Issuer:          "example",
		IssuerSeed:      unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
		StrangerSeed:    unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
		OperatorPrivate: unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
		CabinetPrivate:  unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
	}
	k.IssuerPublic = ed25519.NewKeyFromSeed(k.IssuerSeed).Public().(ed25519.PublicKey)
	k.StrangerPublic = ed25519.NewKeyFromSeed(k.StrangerSeed).Public().(ed25519.PublicKey)
	k.OperatorPublic, k.CabinetPublic = curve(k.OperatorPrivate), curve(k.CabinetPrivate)
	return k
}

func curve(private []byte) []byte {
	key, err := ecdh.X25519().NewPrivateKey(private)
	if err != nil {
		panic(err)
	}
	return key.PublicKey().Bytes()
}

// TestKeysAreRefused: nobody can take the vectors' keys for their own.
func TestKeysAreRefused(t *testing.T) {
	k := keys()
	same(t, "keys.json", k)
	for name, public := range map[string][]byte{"issuer": k.IssuerPublic, "stranger": k.StrangerPublic} {
		i := credential.Issuer{ID: name, Key: base64.StdEncoding.EncodeToString(public), Signs: []string{"orders"}}
		if i.Check() == nil {
			t.Errorf("the %s's key is taken in a configuration", name)
		}
	}
	if hex.EncodeToString(k.OperatorPublic) != "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a" { // RFC 7748, 6.1
		t.Error("the operator's pair is not the one in RFC 7748")
	}
}

// chance is the same in every run.
func chance() *rand.ChaCha8 { return rand.NewChaCha8(sha256.Sum256([]byte("lockerd test vectors"))) }

func sealed(t *testing.T, dice *rand.ChaCha8, public []byte, plain string) []byte {
	t.Helper()
	b, err := box.SealAnonymous(nil, []byte(plain), (*[32]byte)(public), dice)
	fatal(t, err)
	return b
}

func TestBoxes(t *testing.T) {
	k, dice := keys(), chance()
	text := func(s string) *string { return &s }
	good := []Box{
		{To: "operator", Box: sealed(t, dice, k.OperatorPublic, "40718293"), Plain: text("40718293")},
		{To: "operator", Box: sealed(t, dice, k.OperatorPublic, "+491701234567"), Plain: text("+491701234567")},
		{To: "operator", Box: sealed(t, dice, k.OperatorPublic, ""), Plain: text("")},
		{To: "cabinet", Box: sealed(t, dice, k.CabinetPublic, `{"phone":"+491701234567","pin":"2468"}`), Plain: text(`{"phone":"+491701234567","pin":"2468"}`)},
		{To: "cabinet", Box: sealed(t, dice, k.CabinetPublic, `{"name":"Zoë"}`), Plain: text(`{"name":"Zoë"}`)},
	}
	flipped := bytes.Clone(good[0].Box)
	flipped[len(flipped)-1] ^= 1
	all := append(good,
		Box{To: "operator", Box: flipped, Why: "a bit of the last byte is another"},
		Box{To: "operator", Box: good[0].Box[:40], Why: "it is shorter than the key and the tag before the text"},
		Box{To: "operator", Box: good[3].Box, Why: "it is for the cabinet"})
	same(t, "boxes.json", all)
	for i, b := range all {
		public, private := k.OperatorPublic, k.OperatorPrivate
		if b.To == "cabinet" {
			public, private = k.CabinetPublic, k.CabinetPrivate
		}
		plain, opens := box.OpenAnonymous(nil, b.Box, (*[32]byte)(public), (*[32]byte)(private))
		if opens != (b.Plain != nil) || opens && string(plain) != *b.Plain {
			t.Errorf("box %d: got %q, %t", i, plain, opens)
		}
	}
}

// TestReceiving: the ledger judges every scenario as the file says. The verdicts stand here by hand: they are not made by the ledger.
func TestReceiving(t *testing.T) {
	var all []any
	for _, s := range scenarios() {
		all = append(all, s)
	}
	same(t, "receiving.jsonl", all...)
	heard := map[string]bool{}
	for _, s := range Lines[Scenario](t, "receiving.jsonl") {
		ledger := contract.NewLedger(s.Cabinet)
		for i, step := range s.Steps {
			r, err := contract.ParseEvent([]byte(step.Payload))
			fatal(t, err)
			said, err := ledger.Take(r)
			if err != nil {
				said = err.Error()
			}
			if got := verdicts[said]; got != step.Verdict {
				t.Errorf("%s, step %d: want %q, got %q (%s)", s.Name, i+1, step.Verdict, got, said)
			}
			heard[step.Verdict] = true
		}
		epoch, seq, hash := ledger.Head()
		got := Head{Epoch: epoch, Seq: seq}
		if epoch != "" {
			got.Hash = hex.EncodeToString(hash[:])
		}
		if got != s.Head {
			t.Errorf("%s: head: want %+v, got %+v", s.Name, s.Head, got)
		}
	}
	for _, verdict := range verdicts {
		if !heard[verdict] {
			t.Errorf("no scenario has the verdict %q", verdict)
		}
	}
}

// story makes scenarios.
type story struct{ Scenario }

// comes adds a message and its verdict.
func (s *story) comes(payload, verdict string) *story {
	s.Steps = append(s.Steps, Step{payload, verdict})
	if strings.HasPrefix(verdict, "taken") {
		public, _, _ := strings.Cut(payload, "\n")
		r, err := contract.ParseEvent([]byte(payload))
		if err != nil {
			panic(err)
		}
		s.Head = Head{Epoch: r.Epoch, Seq: r.Seq, Hash: fmt.Sprintf("%x", sha256.Sum256([]byte(public)))}
	}
	return s
}

// takes is what comes in order and is taken.
func (s *story) takes(payloads ...string) *story {
	for _, p := range payloads {
		s.comes(p, "taken")
	}
	return s
}

func scenarios() (all []Scenario) {
	const e1, e2, e3, begun = "0b1f6a5d93c27e48", "8d41f0c2a7b95e13", "c07733b6e1fa2094", "journal.epoch_begun"
	because := func(reason string) string { return fmt.Sprintf(`{"reason":%q}`, reason) }
	a1 := LineWith(e1, 1, "", begun, because("new"))
	a2 := Line(e1, 2, a1, "run.started")
	a3 := LineWith(e1, 3, a2, "door.closed", `{"door":7}`)
	a4 := LineWith(e1, 4, a3, "a.kind.of.later", `{"what":"é"}`)
	other3 := LineWith(e1, 3, a2, "door.opened", `{"door":7}`)
	restored := LineWith(e2, 3, a2, begun, because("restored"))
	b4 := Line(e2, 4, restored, "run.started")
	boxes := "\n" + `{"phone":"AQI=","code":"AwQ="}`
	tell := func(name string) *story { return &story{Scenario{Name: name, Cabinet: "demo-1"}} }
	for _, s := range []*story{
		tell("in order").takes(a1, a2, a3, a4),
		tell("the same again").takes(a1, a2).comes(a2, "seen").comes(a1, "seen").takes(a3).comes(a1, "seen"),
		tell("the same again without its personal part, which the cabinet has destroyed").takes(a1, a2+boxes).comes(a2, "seen").takes(a3),
		tell("a gap").takes(a1).comes(a3, "early").comes(a4, "early").takes(a2, a3, a4),
		tell("in reverse").comes(a3, "midway").comes(a2, "midway").takes(a1, a2, a3),
		tell("the receiver's books were lost").comes(a3, "midway").comes(a4, "midway").takes(a1, a2, a3, a4),
		tell("prev is another record's").takes(a1, a2).comes(Line(e1, 3, a1, "door.closed"), "taken: chain"),
		tell("prev is missing").takes(a1).comes(strings.Replace(a2, `"prev":"`+prevOf(a2)+`"`, `"prev":""`, 1), "taken: chain"),
		tell("two cabinets with one name").takes(a1, a2, a3).comes(other3, "differs").comes(a3, "seen").takes(a4),
		tell("a copy of a disk goes on where another has been, then learns of it").takes(a1, a2, a3, a4).comes(other3, "differs").
			comes(LineWith(e2, 4, other3, begun, because("shortened")), "taken: unknown"),
		tell("a restored backup").takes(a1, a2, a3, restored, b4).comes(a3, "seen"),
		tell("a restored backup, told after its beginning was missed").takes(a1, a2, a3).comes(b4, "midway").takes(restored, b4),
		tell("a backup of what never came here").takes(a1).comes(restored, "taken: unknown").takes(b4),
		tell("a new epoch begins with a wrong seq").takes(a1, a2).comes(LineWith(e2, 9, a2, begun, because("restored")), "taken: misnamed").
			comes(LineWith(e2, 9, a2, begun, because("restored")), "seen"),
		tell("a new epoch begins in the present one's past").takes(a1, a2, a3).takes(LineWith(e2, 2, a1, begun, because("restored"))),
		tell("a journal that begins anew").takes(a1, a2, a3).takes(LineWith(e3, 1, "", begun, because("lost"))).comes(a4, "taken: goes_on"),
		tell("a new epoch that is nothing's beginning").takes(a1, a2).comes(Line(e2, 3, a2, "run.started"), "midway").takes(a3),
		tell("three epochs").takes(a1, a2, restored, b4, LineWith(e3, 5, b4, begun, because("restored"))).comes(b4, "seen").comes(a2, "seen"),
		tell("of another cabinet").comes(strings.Replace(a1, "demo-1", "demo-2", 1), "stranger").takes(a1),
	} {
		all = append(all, s.Scenario)
	}
	return all
}

// prevOf is the prev of a public line.
func prevOf(line string) string {
	r, err := contract.ParseEvent([]byte(line))
	if err != nil {
		panic(err)
	}
	return r.Prev
}

// jws is a JWS with any header, signed by a seed.
func jws(seed []byte, header, payload string) string {
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(header)) + "." + part([]byte(payload))
	return text + "." + part(ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(text)))
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

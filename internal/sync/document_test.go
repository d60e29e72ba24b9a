package sync_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"lockerd/internal/locker"
	link "lockerd/internal/sync"
)

// documented is docs/cloud.md.
func documented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/cloud.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// examples are the document's blocks of one sort.
func examples(t *testing.T, sort string) []string {
	t.Helper()
	var found []string
	for _, m := range regexp.MustCompile("(?s)```"+sort+"\n(.*?)\n```").FindAllStringSubmatch(documented(t), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		t.Fatalf("docs/cloud.md has no %s", sort)
	}
	return found
}

// documentKeys are the pairs that the examples were made with.
func documentKeys(t *testing.T) *keys {
	t.Helper()
	key := func(s string) *[32]byte {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return (*[32]byte)(b)
	}
	return &keys{
		Issuers:  newIssuers(),
		operator: key("t2y2240gorWVW5Zd/JKIZeIZL/owHlfu5CxQcgWMm0w="),
		opening:  key("mWyrpGEqQ8h5Ux3VAIL+Hmq2+WFBLuB1gxY6bC5YJwU="),
		public:   key("X/uYNGYc9MLzT0dVx/7B6MaGgp8UuzhaXMB7Pg9WdFc="),
		private:  key("csMw3Qqc6hO+uQ1mVT/Q13raPb6uZ1SxupY2eHMa/p0="),
	}
}

func TestDocumentedRecords(t *testing.T) {
	t.Parallel()
	k := documentKeys(t)
	prev := ""
	for _, example := range examples(t, "record") {
		public, second, personal := strings.Cut(example, "\n")
		var r struct {
			Prev, Sealed, Kind string
			Event              json.RawMessage
		}
		if err := json.Unmarshal([]byte(public), &r); err != nil {
			t.Fatal(err)
		}
		if prev != "" && r.Prev != prev {
			t.Errorf("%s: want prev %s, got %s", r.Kind, prev, r.Prev)
		}
		sum := sha256.Sum256([]byte(public))
		prev = hex.EncodeToString(sum[:])
		if personal != (r.Sealed != "") {
			t.Errorf("%s: a personal part: %t, sealed: %q", r.Kind, personal, r.Sealed)
		}
		var p locker.Personal
		if personal {
			if err := json.Unmarshal([]byte(second), &p); err != nil {
				t.Fatal(err)
			}
			operator := &keys{public: k.operator, private: k.opening}
			phone, err1 := operator.Open(p.Phone)
			code, err2 := operator.Open(p.Code)
			if string(phone) != "+491701234567" || string(code) != "40718293" {
				t.Errorf("%s: phone %q, %v; code %q, %v", r.Kind, phone, err1, code, err2)
			}
		}
		if _, err := locker.DecodeEvent(r.Kind, r.Event, p); err != nil {
			t.Error(err)
		}
	}
}

// TestDocumentedAck: the example names the last of the records above it, by the hash that it has.
func TestDocumentedAck(t *testing.T) {
	t.Parallel()
	records := examples(t, "record")
	newest := records[len(records)-1]
	var r struct {
		Epoch string
		Seq   uint64
	}
	if err := json.Unmarshal([]byte(newest), &r); err != nil {
		t.Fatal(err)
	}
	want := locker.Ack{Epoch: r.Epoch, Seq: r.Seq, Hash: sha256.Sum256([]byte(newest))}
	if a, err := link.ReadAck([]byte(examples(t, "ack")[0]), "demo-1", true, documentKeys(t)); err != nil || a != want {
		t.Errorf("want %+v, got %+v, %v", want, a, err)
	}
}

func TestDocumentedOrders(t *testing.T) {
	t.Parallel()
	for _, example := range examples(t, "order") {
		o := link.ReadOrder([]byte(example), false, true, documentKeys(t))
		masked := o.Announce == nil || len(o.Announce.Phone) == 0 || o.Announce.Mask == "•••••67"
		if o.Refusal != "" || o.Cabinet != "demo-1" || o.Expires.IsZero() || !masked {
			t.Errorf("%+v", o)
		}
	}
}

// TestDocumentedState: the example is a state, with no field more, and none that a state always has less.
func TestDocumentedState(t *testing.T) {
	t.Parallel()
	for _, example := range examples(t, "state") {
		decoder := json.NewDecoder(strings.NewReader(example))
		decoder.DisallowUnknownFields()
		var sum locker.Summary
		if err := decoder.Decode(&sum); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(sum)
		if err != nil {
			t.Fatal(err)
		}
		if flat := strings.NewReplacer("\n ", "", "\n", "").Replace(example); flat != string(again) {
			t.Errorf("want it as it is sent:\n%s\ngot\n%s", again, flat)
		}
	}
}

func TestDocumentedKinds(t *testing.T) {
	t.Parallel()
	text := documented(t)
	for _, kind := range locker.Kinds() {
		if !strings.Contains(text, "`"+kind+"`") {
			t.Errorf("docs/cloud.md does not name %s", kind)
		}
	}
}

package contracttest_test

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lockerd/internal/contract"
	. "lockerd/internal/contract/contracttest"
)

// TestPacked: each message of packed.jsonl becomes its plain ones, or is refused. Its bytes stay as they were written: a later release of zstd may
// make others of the same text, and a receiver reads both.
func TestPacked(t *testing.T) {
	want := packed(t)
	if *update {
		var all strings.Builder
		encoder := json.NewEncoder(&all)
		encoder.SetEscapeHTML(false)
		for _, p := range want {
			fatal(t, encoder.Encode(p))
		}
		fatal(t, os.WriteFile(Path(t, "packed.jsonl"), []byte(all.String()), 0o644))
	}
	got := Lines[Packed](t, "packed.jsonl")
	if len(got) != len(want) {
		t.Fatalf("want %d messages, got %d: go test ./internal/contract/contracttest -update writes them anew", len(want), len(got))
	}
	for i, p := range got {
		if p.Name != want[i].Name || p.Topic != want[i].Topic || p.Dictionary != want[i].Dictionary || p.Text != want[i].Text || !slices.Equal(p.Plain, want[i].Plain) {
			t.Errorf("%s is not what it would be; -update writes it anew", p.Name)
		}
		plain, err := unpacked(p)
		if (err == nil) != (p.Why == "") || err == nil && !slices.Equal(plain, p.Plain) {
			t.Errorf("%s (%s):\nwant %q\n got %q, %v", p.Name, p.Why, p.Plain, plain, err)
		}
	}
}

func unpacked(p Packed) (plain []string, err error) {
	message := unhex(p.Packed)
	if p.Topic == "state" {
		state, err := contract.UnpackState(message)
		return []string{string(state)}, err
	}
	records, err := contract.Unpack(message)
	for _, r := range records {
		plain = append(plain, string(r))
	}
	return plain, err
}

// packed are the vectors: some that a cabinet sends, and some that are to be refused.
func packed(t *testing.T) (all []Packed) {
	good := func(name string, records ...string) {
		lines := make([][]byte, len(records))
		for i, r := range records {
			lines[i] = []byte(r)
		}
		message := contract.Pack(lines)
		all = append(all, Packed{Name: name, Topic: "events", Dictionary: 32769, Packed: hex.EncodeToString(message), Text: textOf(t, message), Plain: records})
	}
	const e1, e2 = "8d41f0c2a7b95e13", "9e52f1d3b8ca6f24"
	a1 := LineWith(e1, 1, "", "journal.epoch_begun", `{"reason":"new"}`)
	a2 := LineWith(e1, 2, a1, "door.closed", `{"door":7,"evidence":{"contact":"latch","answers":3,"first":"2026-11-24T09:59:59.59Z","last":"2026-11-24T10:00:00Z"}}`)
	stored := strings.Replace(LineWith(e1, 3, a2, "parcel.stored", `{"parcel":"p-4f1c","tracking":"JJD000390007","door":7,"size":"M","mask":"•••••67"}`),
		`,"kind"`, `,"sealed":"e0ccdad3ce76a13944ae507cf20de0393058291e89c7d5964e19482f23c50422","kind"`, 1)
	boxes := "\n" + `{"phone":"JBWZUjvrC39sG4Z5WzqJCfen9Z04rtGRyrQgminJ5F3aymBKmO05Y0Y66mazGQDhRh3c4V3b4XJrt+LHxQ==","code":"l/L+46HO+aMZRbEYWWntgrulU4qqmTqa+R9Xl/64LSdFcjHQ7ZiEzhFxllErh4PpE2joGD93QkI="}`
	a4 := LineWith(e1, 4, stored, "parcel.period_began", `{"parcel":"p-4f1c","until":"2026-11-27T10:00:00Z"}`)
	b5 := LineWith(e2, 5, a4, "journal.epoch_begun", `{"reason":"restored","previous":"`+e1+`"}`)
	good("one record", a1)
	good("a chain", a1, a2)
	good("with a second line", a2, stored+boxes, a4)
	good("from the middle of a chain", a4)
	good("a gap and a repetition", a1, a4, a1)
	good("a new epoch", a4, b5)
	good("a kind and a field that nobody knows", LineWith(e1, 2, a1, "door.painted", `{"door":7,"colour":"grün","at":"2026-11-24T10:00:01.5Z","of":{"x":[1,2.50,null,true]}}`))
	good("what no cabinet writes is told whole", `{"v":1, "cabinet":"demo-1","kind":"x"}`)
	const state = `{"cabinet":"demo-1","epoch":"8d41f0c2a7b95e13","seq":18,"at":"2026-11-24T11:22:33.123Z","clock_known":true,"version":"0.1.0","service":"ok",` +
		`"doors":[{"door":1,"size":"M","state":"closed","contents":"empty"},{"door":2,"size":"M","state":"closed","contents":"empty"},{"door":7,"size":"S","state":"open","contents":"doubtful"}],` +
		`"free":{"M":2,"S":0},"parcels":0,"overdue":0,"held":0,"closed":0,"faults":[]}`
	message := contract.PackState([]byte(state))
	all = append(all, Packed{Name: "a state", Topic: "state", Dictionary: 32769, Packed: hex.EncodeToString(message), Text: textOf(t, message), Plain: []string{state}})
	return append(all, spoilt(t)...)
}

// spoilt are messages that are to be refused as a whole.
func spoilt(t *testing.T) (all []Packed) {
	bad := func(name, why string, message []byte) {
		all = append(all, Packed{Name: name, Topic: "events", Dictionary: 32769, Packed: hex.EncodeToString(message), Why: why})
	}
	const first = `{"cabinet":"demo-1","epoch":"8d41f0c2a7b95e13","seq":1,"at":1795519353020,"known":true,"up":5,"prev":R32}` + "\n"
	chance := make([]byte, 32)
	whole := packedText(t, first+"0 door.closed {\"door\":7}\n", chance)
	bad("cut short", "the frame ends too early", whole[:len(whole)-3])
	bad("nothing", "an empty payload is of no form", nil)
	bad("another form", "the first byte is neither { nor 01", append([]byte{2}, whole[1:]...))
	bad("more chance than there is", "its length is larger than the message", []byte{1, 0xff, 0x7f, 0})
	bad("a record without a first line", "nothing names it", packedText(t, "0 door.closed {\"door\":7}\n", nil))
	bad("more bytes of chance wanted than there are", "R32 with 31 bytes left", packedText(t, first+"0 door.closed {\"door\":7}\n", chance[1:]))
	bad("no frame", "behind the chance stands something else", append([]byte{1, 0}, "plain text"...))
	return all
}

// packedText is a message of a text and bytes of chance, put together by zstd's own library and not by ours.
func packedText(t *testing.T, text string, chance []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, zstd.WithEncoderDict(contract.Dictionary), zstd.WithSingleSegment(true), zstd.WithEncoderCRC(false))
	fatal(t, err)
	defer e.Close() //nolint:errcheck // nothing is written to it
	message := append(binary.AppendUvarint([]byte{1}, uint64(len(chance))), chance...)
	return append(message, e.EncodeAll([]byte(text), nil)[4:]...)
}

// textOf is the text in a message.
func textOf(t *testing.T, message []byte) string {
	t.Helper()
	d, err := zstd.NewReader(nil, zstd.WithDecoderDicts(contract.Dictionary))
	fatal(t, err)
	defer d.Close()
	n, size := binary.Uvarint(message[1:])
	text, err := d.DecodeAll(append([]byte{0x28, 0xb5, 0x2f, 0xfd}, message[1+size+int(n):]...), nil)
	fatal(t, err)
	return string(text)
}

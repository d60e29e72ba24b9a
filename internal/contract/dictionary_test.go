package contract_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lockerd/internal/contract"
)

// dictionaryID is of the range for private use (RFC 8878, section 3.1.1.1.3).
const dictionaryID = 32769

// corpus is what a simulated cabinet has sent in its form of before, with other names.
func corpus(t testing.TB) (records, states [][]byte) {
	t.Helper()
	file, err := os.Open("testdata/air.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m struct{ Topic, Payload string }
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		if m.Topic == "events" {
			records = append(records, []byte(m.Payload))
		} else {
			states = append(states, []byte(m.Payload))
		}
	}
	return records, states
}

// makeDictionary makes the dictionary: the kinds of events, then what a cabinet sends most.
func makeDictionary(t testing.TB) []byte {
	records, states := corpus(t)
	kinds, err := os.ReadFile("../locker/testdata/events.txt")
	if err != nil {
		t.Fatal(err)
	}
	var history bytes.Buffer
	blank := strings.NewReplacer(`"a word"`, `""`, ":7,", ":,", ":7}", ":}", `"2026-11-24T18:00:00.25Z"`, "T", `"`+strings.Repeat("07", 32)+`"`, "R32")
	for line := range strings.Lines(blank.Replace(string(kinds))) {
		history.WriteString("0 " + line)
	}
	var samples [][]byte
	for _, s := range states {
		samples = append(samples, contract.StateText(s))
	}
	history.Write(samples[0])
	history.Write(samples[len(samples)-1])
	for _, n := range []int{1, 2, 3, 5, 8, 12} {
		for i := 0; i < len(records); i += n {
			samples = append(samples, contract.RecordsText(records[i:min(i+n, len(records))]))
		}
	}
	history.Write(contract.RecordsText(records))
	d, err := zstd.BuildDict(zstd.BuildDictOptions{ID: dictionaryID, Contents: samples, History: history.Bytes(), Offsets: [3]int{1, 4, 8},
		CompatV155: true, Level: zstd.SpeedBetterCompression})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMakeDictionary makes a dictionary where LOCKERD_DICTIONARY names a file. One that cabinets have sent with never changes: a better
// one is another file with another number, beside it.
func TestMakeDictionary(t *testing.T) {
	d := makeDictionary(t)
	if into := os.Getenv("LOCKERD_DICTIONARY"); into != "" {
		if err := os.WriteFile(into, d, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if id := binary.LittleEndian.Uint32(d[4:]); id != dictionaryID {
		t.Errorf("want dictionary %d, got %d", dictionaryID, id)
	}
}

// TestTheDictionaryIsTheOne: a changed dictionary reads nothing that was packed before.
func TestTheDictionaryIsTheOne(t *testing.T) {
	published, err := os.ReadFile("../../docs/contract/dictionary-32769.zstd")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(published, contract.Dictionary) {
		t.Error("docs/contract/dictionary-32769.zstd is not the one that is in use")
	}
	const want = "2fba18217919c570313bdb59ce0c6abce0785964e4e506ac71fbb044de177c6f"
	if got := fmt.Sprintf("%x", sha256.Sum256(contract.Dictionary)); got != want {
		t.Errorf("the dictionary has changed: want SHA-256 %s, got %s", want, got)
	}
}

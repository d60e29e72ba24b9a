package contract_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/contract"
)

// blocks are the fenced blocks of a kind in a document.
func blocks(t *testing.T, file, kind string) (list [][]byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs", file))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(text), "```"+kind+"\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		list = append(list, []byte(block))
	}
	return list
}

// packedExamples are the packed messages of docs/contract/packed.md, records and state, and their texts.
func packedExamples(t *testing.T) (messages, texts [][]byte) {
	t.Helper()
	for _, b := range blocks(t, "contract/packed.md", "hex") {
		raw, err := hex.DecodeString(strings.ReplaceAll(string(b), "\n", ""))
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, raw)
	}
	return messages, blocks(t, "contract/packed.md", "text")
}

func TestDocumentedMessages(t *testing.T) {
	messages, texts := packedExamples(t)
	records := blocks(t, "cloud.md", "record")
	restored(t, records, messages[0])
	if got := contract.RecordsText(records); string(got) != string(texts[0])+"\n" {
		t.Errorf("records:\nwant %s\n got %s", texts[0], got)
	}
	state := bytes.ReplaceAll(blocks(t, "cloud.md", "state")[0], []byte("\n "), nil)
	if got, err := contract.UnpackState(messages[1]); err != nil || !bytes.Equal(got, state) {
		t.Errorf("state:\nwant %s\n got %s, %v", state, got, err)
	}
	if got := contract.StateText(state); !bytes.Equal(got, texts[1]) {
		t.Errorf("state:\nwant %s\n got %s", texts[1], got)
	}
}

// TestZstdReadsIt: the program that everybody else uses reads our frames with our dictionary.
func TestZstdReadsIt(t *testing.T) {
	if _, err := exec.LookPath("zstd"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("zstd is missing: apt install zstd")
		}
		t.Skip("zstd is missing: apt install zstd")
	}
	records, _ := corpus(t)
	messages, texts := packedExamples(t)
	messages, texts = append(messages, contract.Pack(records)), append(texts, contract.RecordsText(records))
	for i, m := range messages {
		chance, n := binary.Uvarint(m[1:])
		frame := slices.Concat([]byte{0x28, 0xb5, 0x2f, 0xfd}, m[1+n+int(chance):])
		zstd := exec.Command("zstd", "-d", "-c", "-D", "../../docs/contract/dictionary-32769.zstd")
		zstd.Stdin = bytes.NewReader(frame)
		got, err := zstd.Output()
		if err != nil || strings.TrimSpace(string(got)) != strings.TrimSpace(string(texts[i])) {
			t.Errorf("message %d: %v\nwant %s\n got %s", i, err, texts[i], got)
		}
	}
}

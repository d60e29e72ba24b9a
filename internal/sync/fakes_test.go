package sync_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/locker"
	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

const epoch = "00112233445566ff"

// What packs belongs to all tests: it must not be made within one's bubble.
var _, _ = contract.Unpack(contract.Pack([][]byte{[]byte("{}")}))

// cabinet is the journal and the controller of a cabinet, in memory.
type cabinet struct {
	mu        sync.Mutex
	records   []locker.Outgoing // record n has seq n+1
	confirmed uint64
	unread    error                            // Outgoing fails with it
	do        func(locker.OrderReceived) error // nil: nothing fails
	done      []locker.Order                   // what Do recorded
	tried     int                              // how often Do was called
	words     []string                         // what Confirm was called with
	log       lines
}

func (c *cabinet) Outgoing(after uint64, max int) ([]locker.Outgoing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unread != nil {
		return nil, c.unread
	}
	from := min(int(after), len(c.records))
	return slices.Clone(c.records[from:min(from+max, len(c.records))]), nil
}

func (c *cabinet) Confirmed() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.confirmed
}

func (c *cabinet) Last() (string, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return epoch, uint64(len(c.records))
}

func (c *cabinet) Do(_ context.Context, in locker.Input) error {
	o := in.(locker.OrderReceived)
	c.mu.Lock()
	do := c.do
	c.tried++
	c.mu.Unlock()
	if do != nil {
		if err := do(o); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done = append(c.done, o.Order)
	return nil
}

// Check judges an ack as the journal does.
func (c *cabinet) Check(a locker.Ack) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch last := uint64(len(c.records)); {
	case a.Epoch != epoch, a.Seq > last && !a.Signed:
		return locker.ErrNotOurs
	case a.Seq > last:
		return nil // records are missing here
	case a.Hash != c.records[a.Seq-1].Hash:
		return locker.ErrOtherRecord
	case a.Seq <= c.confirmed:
		return locker.ErrAcked
	}
	return nil
}

func (c *cabinet) Confirm(a locker.Ack) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.words = append(c.words, fmt.Sprintf("%s/%d", a.Epoch, a.Seq))
	if last := uint64(len(c.records)); a.Epoch == epoch && a.Seq > c.confirmed && a.Seq <= last && a.Hash == c.records[a.Seq-1].Hash {
		c.confirmed = a.Seq
	}
}

// grow writes n more records; every third has a personal part.
func (c *cabinet) grow(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range n {
		seq := uint64(len(c.records) + 1)
		r := locker.Outgoing{Epoch: epoch, Seq: seq, Kind: "door.opened", Public: public(seq)}
		r.Hash = sha256.Sum256(r.Public)
		if seq%3 == 0 {
			r.Personal = locker.Personal{Phone: locker.Box("phone box"), Code: locker.Box{0xff, 0x00}}
		}
		c.records = append(c.records, r)
	}
}

// happen writes a record of a kind.
func (c *cabinet) happen(kind string) {
	c.grow(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records[len(c.records)-1].Kind = kind
}

// chain is what every cabinet of these tests writes.
var chain struct {
	sync.Mutex
	lines [][]byte
}

// public is the public line of a record.
func public(seq uint64) []byte {
	chain.Lock()
	defer chain.Unlock()
	for n := uint64(len(chain.lines)) + 1; n <= seq; n++ {
		var prev [sha256.Size]byte
		if n > 1 {
			prev = sha256.Sum256(chain.lines[n-2])
		}
		chain.lines = append(chain.lines, fmt.Appendf(nil,
			`{"v":1,"cabinet":"demo-1","epoch":%q,"seq":%d,"at":"2026-11-24T11:22:33.123Z","known":true,"up":1,"prev":"%x","kind":"door.forced","event":{"door":7}}`, epoch, n, prev))
	}
	return chain.lines[seq-1]
}

func (c *cabinet) orders() (done []locker.Order, tried int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.done), c.tried
}

// keys are the cabinet's and the operator's; boxes and signatures are true ones.
type keys struct {
	*credential.Issuers
	public, private   *[32]byte
	operator, opening *[32]byte
}

// The operator signs orders with one key and tokens with another; no cabinet knows the stranger.
var signer, tokens, stranger = newSigner("cloud", 1), newSigner("doors", 2), newSigner("cloud", 3)

func newSigner(id string, seed byte) *credential.Signer {
	s, err := credential.NewSigner(id, bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		panic(err)
	}
	return s
}

func sign(payload string) string { return signBy(signer, payload) }

func signBy(s *credential.Signer, payload string) string {
	signed, err := s.Order([]byte(payload))
	if err != nil {
		panic(err)
	}
	return signed
}

func signAck(payload string) string { return signAckBy(signer, payload) }

func signAckBy(s *credential.Signer, payload string) string {
	signed, err := s.Ack([]byte(payload))
	if err != nil {
		panic(err)
	}
	return signed
}

// word is what the cloud says once it has a record; of one that no test writes its hash is of nothing.
func word(seq uint64) string {
	var hash [32]byte
	if seq > 0 && seq < 1<<20 {
		hash = sha256.Sum256(public(seq))
	}
	return cloudtest.Word("demo-1", epoch, seq, hash)
}

func newIssuers() *credential.Issuers {
	issuers, err := credential.NewIssuers([]credential.Issuer{signer.Issuer("orders"), tokens.Issuer("tokens")})
	if err != nil {
		panic(err)
	}
	return issuers
}

func newKeys(t testing.TB) *keys {
	t.Helper()
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	operator, opening, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &keys{newIssuers(), public, private, operator, opening}
}

func (k *keys) Open(b []byte) ([]byte, error) {
	plain, ok := box.OpenAnonymous(nil, b, k.public, k.private)
	if !ok {
		return nil, errors.New("not for us")
	}
	return plain, nil
}

func (k *keys) Hash(text string) locker.Hash { return sha256.Sum256([]byte(text)) }

func (k *keys) Box(plain []byte) locker.Box { return seal(k.operator, plain) }

func seal(to *[32]byte, plain []byte) []byte {
	b, err := box.SealAnonymous(nil, plain, to, rand.Reader)
	if err != nil {
		panic(err)
	}
	return b
}

func newLink(t testing.TB, cfg link.Config, c *cabinet) *link.Link {
	t.Helper()
	return link.New("demo-1", "1.0", cfg, password, c, c, newKeys(t), logTo(c))
}

func password() (string, error) { return "secret", nil }

// run starts the link and returns how to stop it; stopping it twice is no harm.
func run(t testing.TB, l *link.Link) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: want nil after cancel, got %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// lines is a log that can be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func logTo(c *cabinet) *slog.Logger { return slog.New(slog.NewTextHandler(&c.log, nil)) }

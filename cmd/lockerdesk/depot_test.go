package main_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/credential"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/post/posttest"
	"lockerd/internal/sync/cloudtest"
)

// depot is an operator: books, a broker and a mail server that can be cut off, played cabinets, and a lockerdesk that is killed.
type depot struct {
	t        *testing.T
	dice     *rand.Rand
	dir      string
	address  string            // of the books
	postgres *bookstest.Server // nil: they are a file
	db       *sql.DB           // the same books, for looking and for standing in the way
	books    *books.Books
	office   *orders.Office
	broker   *cloudtest.Mosquitto
	mail     *posttest.Server
	cabinets []*played
	parcels  []*parcelled
	desk     *exec.Cmd
	log      string
	cuts     int // of a connection to the mail server after all of a mail had come: only they may bring one twice
}

// parcelled is a parcel of the test, with its recipient, its sender, or its renter and who shares the door, who get nobody else's mail.
type parcelled struct {
	cabinet         *played
	tracking, order string
	at              string // the recipient's, the sender's or the renter's address
	sends           bool   // its sender brings it
	rents           bool   // its renter does
	share           string // the order that shares the door; empty: not yet
	brought, gone   bool
}

// sharer is what the one who shares a door is called in records.
const sharer = "s-1"

// sharedWith is their address.
func (p *parcelled) sharedWith() string { return "with-" + p.at }

// codeFor is the code of whoever has an address.
func (p *parcelled) codeFor(to string) string {
	if to == p.sharedWith() {
		return p.cabinet.codes[p.tracking+"/"+sharer]
	}
	return p.cabinet.codes[p.tracking]
}

func newDepot(t *testing.T, cabinets int, postgres *bookstest.Server) *depot {
	t.Helper()
	broker := cloudtest.StartMosquitto(t, "")
	d := newDepotAt(t, broker.Addr, postgres)
	d.broker = broker
	d.enrol(cabinets)
	return d
}

// newDepotAt makes an operator at a broker, without cabinets.
func newDepotAt(t *testing.T, broker string, postgres *bookstest.Server) *depot {
	t.Helper()
	seed := uint64(20261129)
	if os.Getenv("LOCKERD_LONG") != "" { // once more is another story
		seed = rand.Uint64()
	}
	t.Log("seed", seed)
	bin, err := programs()
	fatal(t, err)
	d := &depot{t: t, dice: rand.New(rand.NewPCG(15, seed)), dir: t.TempDir(), postgres: postgres, mail: posttest.Start(t)}
	etc := filepath.Join(d.dir, "etc")
	fatal(t, exec.Command(filepath.Join(bin, "lockerdesk"), "init", "--dir", etc, "--state", d.dir, "--name", "Parcels", "--broker",
		"mqtt://"+broker, "--mail", d.mail.Addr, "--from", "parcels@operator.example", "--staff", "staff@operator.example").Run())
	d.address = "sqlite:" + filepath.Join(d.dir, "books.db")
	driver, source := "sqlite", filepath.Join(d.dir, "books.db")
	if postgres != nil {
		d.address = postgres.Address(t)
		driver, source = "pgx", d.address
	}
	text, err := os.ReadFile(filepath.Join(etc, "lockerdesk.toml"))
	fatal(t, err)
	set := strings.NewReplacer("sqlite:"+filepath.Join(d.dir, "books.db"), d.address,
		"ca = \"\"                         # a file of certificates, in place of the system's\nplain", fmt.Sprintf("ca = %q\nplain", d.mail.CA))
	fatal(t, os.WriteFile(d.config(), []byte(set.Replace(string(text))), 0o600))
	d.open(driver, source)
	return d
}

func (d *depot) config() string { return filepath.Join(d.dir, "etc", "lockerdesk.toml") }

func (d *depot) key(name string) string {
	text, err := os.ReadFile(filepath.Join(d.dir, "etc", "keys", name))
	fatal(d.t, err)
	return string(text)
}

// open opens the books beside lockerdesk, as its own commands do.
func (d *depot) open(driver, source string) {
	key, err := books.ReadKey(filepath.Join(d.dir, "etc", "keys", "books.key"))
	fatal(d.t, err)
	d.books, err = books.Open(d.t.Context(), d.address, key)
	fatal(d.t, err)
	d.t.Cleanup(func() { _ = d.books.Close() })
	d.db, err = sql.Open(driver, source)
	fatal(d.t, err)
	d.t.Cleanup(func() { _ = d.db.Close() })
	signer, err := credential.ReadSigner(d.key("signer.key"))
	fatal(d.t, err)
	d.office = orders.New(d.books, signer, func() {})
}

func (d *depot) enrol(n int) {
	signer, err := credential.ReadSigner(d.key("signer.key"))
	fatal(d.t, err)
	issuers, err := credential.NewIssuers([]credential.Issuer{signer.Issuer("orders")})
	fatal(d.t, err)
	operator, err := credential.ReadOperator(d.key("operator.key"))
	fatal(d.t, err)
	for i := range n {
		name := fmt.Sprintf("c%d", i+1)
		fatal(d.t, d.books.Enrol(d.t.Context(), books.Cabinet{Name: name, Place: "Example Street " + name}))
		d.cabinets = append(d.cabinets, plays(d.t, name, d.broker.Addr, operator.Public(), issuers))
	}
}

// start starts lockerdesk.
func (d *depot) start() {
	d.desk, d.log = d.process(d.config())
}

// process starts a lockerdesk with a configuration, until the test ends.
func (d *depot) process(config string) (*exec.Cmd, string) {
	bin, err := programs()
	fatal(d.t, err)
	log, err := os.CreateTemp(d.dir, "desk-*.log")
	fatal(d.t, err)
	defer log.Close()
	c := exec.Command(filepath.Join(bin, "lockerdesk"), "run", "--config", config)
	c.Stderr = log
	dies(c)
	fatal(d.t, c.Start())
	d.t.Cleanup(func() { kill(c) })
	return c, log.Name()
}

// kill is kill -9.
func kill(c *exec.Cmd) {
	_ = c.Process.Kill()
	_ = c.Wait() // again: says that it was called already
}

// Package posttest is a mail server for tests: it takes mail over SMTP with STARTTLS and keeps it.
package posttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Server is the mail server of one test.
type Server struct {
	Addr string // host:port
	CA   string // a file with its certificate

	mu     sync.Mutex
	mails  []*mail.Message
	bodies []string
	refuse *smtp.SMTPError
	whom   string // refuse is for this recipient alone; empty: for all
	from   bool   // refuse is for the sender
	cut    bool   // the connection ends with the answer to a message
	watch  func(Stage)
	each   func(body string)
	config *tls.Config
	server *smtp.Server
}

// Stage is how far a message has come.
type Stage string

// The stages of a message.
const (
	Named Stage = "named" // its recipient was named
	Read  Stage = "read"  // all of it has come, and nothing was said to that
	Taken Stage = "taken" // it is kept; the sender hears so next
)

// Start starts a server on loopback until the test ends.
func Start(tb testing.TB) *Server {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{CA: filepath.Join(tb.TempDir(), "mail.pem")}
	if err := os.WriteFile(s.CA, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s.Addr = listener.Addr().String()
	s.config = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	s.serve(listener)
	tb.Cleanup(s.Stop)
	return s
}

func (s *Server) serve(listener net.Listener) {
	server := smtp.NewServer(s)
	server.Domain, server.MaxMessageBytes, server.TLSConfig = "mail.example", 1<<20, s.config
	server.ErrorLog = log.New(io.Discard, "", 0) // clients die here
	s.server = server
	go func() { _ = server.Serve(listener) }() // until it is closed
}

// Stop ends the server and its connections; what it took it keeps.
func (s *Server) Stop() { _ = s.server.Close() }

// Again starts a server that was stopped, at the same address.
func (s *Server) Again(tb testing.TB) {
	tb.Helper()
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	s.serve(listener)
}

// Each has a function called with each message that is taken from now on.
func (s *Server) Each(f func(body string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.each = f
}

// Watch has a function called at each stage of each message; the sender waits until it returns. nil ends that.
func (s *Server) Watch(f func(Stage)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watch = f
}

func (s *Server) reached(stage Stage) {
	s.mu.Lock()
	f := s.watch
	s.mu.Unlock()
	if f != nil {
		f(stage)
	}
}

// Refuse has all further recipients refused with a code, 0 for none; a code of 500 or more is for good.
func (s *Server) Refuse(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse, s.whom, s.from = nil, "", false
	if code != 0 {
		s.refuse = &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no such mailbox"}
	}
}

// Forbid has all further recipients refused for what the sender may do (5.7.1), and not for what they are.
func (s *Server) Forbid() {
	s.Refuse(550)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse.EnhancedCode = smtp.EnhancedCode{5, 7, 1}
}

// RefuseOne has one recipient refused, as Refuse does all.
func (s *Server) RefuseOne(whom string, code int) {
	s.Refuse(code)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whom = whom
}

// RefuseSender has senders refused, as Refuse does recipients.
func (s *Server) RefuseSender(code int) {
	s.Refuse(code)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = code != 0
}

// Cut has each connection end once a message was taken, and its sender has heard so.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = true
}

// Mails are the messages that were taken so far, and their bodies.
func (s *Server) Mails() (mails []*mail.Message, bodies []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*mail.Message(nil), s.mails...), append([]string(nil), s.bodies...)
}

// NewSession begins a connection.
func (s *Server) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c}, nil
}

type session struct {
	server *Server
	conn   *smtp.Conn
	took   bool
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	if _, encrypted := s.conn.TLSConnectionState(); !encrypted {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "STARTTLS first"}
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.refuse != nil && s.server.from {
		return s.server.refuse
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	refuse, whom := s.server.refuse, s.server.whom
	s.server.mu.Unlock()
	if refuse != nil && (whom == "" || whom == to) {
		return refuse
	}
	s.server.reached(Named)
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	s.server.reached(Read)
	s.server.mu.Lock()
	s.server.mails, s.server.bodies = append(s.server.mails, m), append(s.server.bodies, string(text))
	each := s.server.each
	s.server.mu.Unlock()
	if each != nil {
		each(string(text))
	}
	s.server.reached(Taken)
	s.took = true
	return nil
}

// Reset follows on the answer to a message, too.
func (s *session) Reset() {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if s.server.cut && s.took {
		_ = s.conn.Conn().Close() // that is what is wanted
	}
}

func (s *session) Logout() error { return nil }

// Package post sends by e-mail what the books say recipients and senders are to be told, and by a short message to those who have no e-mail. It owns
// no address and no notice: both lie in the books, and a notice is told once the mail server or the gateway has taken it.
package post

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/duty"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/shout"
	"lockerd/internal/desk/sms"
)

// Times and amounts of the post.
const (
	look       = 15 * time.Second   // between two looks into the outbox, if nobody wakes it
	remind     = time.Minute        // between two looks at whose time is nearly over
	atOnce     = 20                 // notices of one connection
	answerWait = 30 * time.Second   // for the mail server
	staffMost  = 100                // alarms of one letter
	staffOld   = 7 * 24 * time.Hour // an alarm that nobody could be told of for so long is told no more
)

// Config says how mail is sent.
type Config struct {
	// Server is host:port of the mail server.
	Server string `toml:"server"`
	// User and PasswordFile are for servers that ask for a name and a password.
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	// From is the sender, as "Parcels <parcels@operator.example>".
	From string `toml:"from"`
	// Staff are the addresses that alarms go to first.
	Staff []string `toml:"staff"`
	// CA is a file of certificates (PEM) that the server's is checked against, in place of the system's.
	CA string `toml:"ca"`
	// Plain sends without TLS. It is for a server on this machine.
	Plain bool `toml:"plain"`
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	host, port, err := net.SplitHostPort(c.Server)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || host == "" {
		return errors.New(`mail: server: is host:port, as "smtp.operator.example:587"`)
	}
	for _, a := range append(slices.Clone(c.Staff), c.From) {
		if _, err := mail.ParseAddress(a); err != nil {
			return fmt.Errorf("mail: %q is no address: %w", a, err)
		}
	}
	if ip := net.ParseIP(host); c.Plain && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("mail: plain: codes would cross the network in clear: only for a server on this machine")
	}
	return nil
}

// Books are the outbox. books.Books are such.
type Books interface {
	Due(ctx context.Context, most int) ([]books.Notice, error)
	Settle(ctx context.Context, id string, state books.NoticeState, why string) error
	Later(ctx context.Context, id string, at time.Time, why string) error
	Holds(ctx context.Context, id string) (bool, error)
	Remind(ctx context.Context) (int, error)
	Watch(ctx context.Context, patience time.Duration) (int, error)
	Untold(ctx context.Context, address string, since time.Time, most int) ([]books.Alarm, error)
	AlarmsTold(ctx context.Context, address string, alarms []books.Alarm) error
}

// Post sends. Run owns it; Wake may be called from anywhere.
type Post struct {
	cfg     Config
	books   Books
	first   func() bool // this lockerdesk does what one alone does for all
	duty    duty.Duty
	gateway *sms.Gateway // nil: there are no short messages
	writer  letter.Writer
	log     *slog.Logger
	wake    chan struct{}
	staffed map[string]time.Time // when each of the staff got a letter last, by the name under which the books know them
	refused map[string]time.Time // until when those of them are not tried again whose mailbox is refused
}

// New makes a post, which Run starts. A nil gateway sends no short messages. first says whether this lockerdesk, of several, tells the
// staff, makes reminders and looks after cabinets; d who of the staff is told of what, and when.
func New(cfg Config, gateway *sms.Gateway, b Books, first func() bool, d duty.Duty, w letter.Writer, log *slog.Logger) *Post {
	return &Post{cfg: cfg, gateway: gateway, books: b, first: first, duty: d, writer: w, log: log, wake: make(chan struct{}, 1),
		staffed: map[string]time.Time{}, refused: map[string]time.Time{}}
}

// String is the owner's name.
func (p *Post) String() string { return "post" }

// Wake says that there is something in the outbox. It never blocks.
func (p *Post) Wake() {
	select {
	case p.wake <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// Run sends until ctx is cancelled; then it returns nil. A mail server that is away is no error: the outbox waits.
func (p *Post) Run(ctx context.Context) error {
	var reminded time.Time
	for ctx.Err() == nil {
		if now := time.Now(); now.Sub(reminded) >= remind && p.first() {
			if _, err := p.books.Remind(ctx); err != nil {
				p.log.Error("reminders cannot be made", "err", err)
			}
			if _, err := p.books.Watch(ctx, p.duty.Patience()); err != nil {
				p.log.Error("cabinets cannot be looked after", "err", err)
			}
			reminded = now
		}
		more, err := p.notices(ctx)
		if err == nil {
			err = p.staff(ctx)
		}
		if err != nil && ctx.Err() == nil {
			p.log.Error("mail cannot be sent", "err", err)
		}
		if more && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-p.wake:
		case <-time.After(look):
		}
	}
	return nil
}

// notices sends what is due; more says that there may be more.
func (p *Post) notices(ctx context.Context) (more bool, err error) {
	list, err := p.books.Due(ctx, atOnce)
	if err != nil || len(list) == 0 {
		return false, err
	}
	w := pass{mail: connection{post: p}}
	defer w.mail.close()
	for _, n := range list {
		if err := p.notice(ctx, &w, n); err != nil {
			return false, err
		}
	}
	return len(list) == atOnce, nil
}

// pass is one way through what is due. A mail server or a gateway that did not answer once is asked no more in it: each wait holds up
// those who are told in the other way.
type pass struct {
	mail        connection
	phoneSilent bool
}

// notice sends one. An error is the books'.
func (p *Post) notice(ctx context.Context, w *pass, n books.Notice) error {
	to := n.Parcel.Contact
	var err error
	var failed *failure
	switch {
	case n.What.Moot(n.Parcel), n.What.Late(n.Parcel, time.Now()):
		return p.books.Settle(ctx, n.ID, books.Moot, "")
	case to.Mail != "":
		err = p.mail(ctx, w, n)
		if errors.As(err, &failed) && (failed.final || failed.refused) && p.gateway.Can(to.Phone) { // the mailbox is none: the phone may be one
			var none *failure
			if other := p.short(ctx, w, n); failed.final || !errors.As(other, &none) || !none.final { // where that is no number the mailbox stays
				err = other
			}
		}
	case p.gateway.Can(to.Phone):
		err = p.short(ctx, w, n)
	default:
		p.log.Warn("nobody can be told of a parcel: no e-mail address is known, nor a phone and a gateway to it", "cabinet", n.Parcel.Cabinet, "parcel", named(n), "notice", n.What)
		return p.books.Settle(ctx, n.ID, books.Nobody, "no e-mail address is known")
	}
	switch {
	case err == nil:
		return p.books.Settle(ctx, n.ID, books.Told, "")
	case errors.Is(err, errOthers):
		return nil
	case !errors.As(err, &failed):
		return err
	}
	again, more := desk.Again(n.Tries + 1)
	if failed.final || !more {
		p.log.Error("a notice is given up", "cabinet", n.Parcel.Cabinet, "parcel", named(n), "notice", n.What, "why", failed.why)
		return p.books.Settle(ctx, n.ID, books.GivenUp, failed.why)
	}
	p.log.Warn("a notice is tried again later", "cabinet", n.Parcel.Cabinet, "parcel", named(n), "notice", n.What, "why", failed.why)
	return p.books.Later(ctx, n.ID, time.Now().Add(again), failed.why)
}

// named is the id of the parcel that a notice is about, or of the order that has its sender expected.
func named(n books.Notice) string { return cmp.Or(n.Parcel.ID, n.Parcel.Order) }

// failure is a try that has told nobody, in words that name nobody. After a final one no other try helps; one that was refused may be told in
// another way until somebody has put right what is wrong.
type failure struct {
	why     string
	final   bool
	refused bool
}

func (f *failure) Error() string { return f.why }

// errOthers says that another lockerdesk tells a notice, or has told it: this process stood still for a while.
var errOthers = errors.New("post: another tells it")

// ours says that a notice is still to be told by this process.
func (p *Post) ours(ctx context.Context, n books.Notice) error {
	ours, err := p.books.Holds(ctx, n.ID)
	if err == nil && !ours {
		err = errOthers
	}
	return err
}

// mail sends a notice as an e-mail.
func (p *Post) mail(ctx context.Context, w *pass, n books.Notice) error {
	m, err := p.message(n)
	if err != nil {
		return &failure{why: err.Error(), final: true}
	}
	if err := p.ours(ctx, n); err != nil {
		return err
	}
	if w.mail.silent {
		return &failure{why: noAnswer}
	}
	if err := w.mail.send(ctx, m); err != nil {
		why, final := reason(err)
		return &failure{why: why, final: final, refused: why != noAnswer && forbidden(err)}
	}
	return nil
}

// short sends a notice as a short message.
func (p *Post) short(ctx context.Context, w *pass, n books.Notice) error {
	text, err := p.writer.Short(n.What, n.Parcel, n.Place)
	if err != nil {
		return &failure{why: err.Error(), final: true}
	}
	if err := p.ours(ctx, n); err != nil {
		return err
	}
	if w.phoneSilent {
		return &failure{why: "sms: the gateway: " + shout.ErrSilent.Error()}
	}
	if err := p.gateway.Send(n.Parcel.Contact.Phone, text); err != nil {
		w.phoneSilent = errors.Is(err, shout.ErrSilent)
		return &failure{why: err.Error(), final: errors.Is(err, sms.ErrNumber)}
	}
	return nil
}

// message is a notice as an e-mail. Its Message-ID is the same at every try, so that one which comes twice is shown once.
func (p *Post) message(n books.Notice) (*gomail.Msg, error) {
	l, err := p.writer.Letter(n.What, n.Parcel, n.Place)
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256([]byte(n.ID))
	m, err := p.envelope(l.Subject, hex.EncodeToString(id[:16]), n.Parcel.Contact.Mail)
	if err != nil {
		return nil, err
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	if l.QR != nil {
		if err := m.EmbedReader("qr.png", bytes.NewReader(l.QR)); err != nil {
			return nil, errors.New("post: the QR code cannot be put into a message")
		}
	}
	return m, nil
}

// envelope is a message without a body. Its errors name no address.
func (p *Post) envelope(subject, id, to string) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	if err := m.From(p.cfg.From); err != nil {
		return nil, errors.New("post: mail.from is no address")
	}
	if err := m.To(to); err != nil {
		return nil, errors.New("post: the recipient's e-mail address is none")
	}
	from, _ := mail.ParseAddress(p.cfg.From) // it was read above
	_, domain, _ := strings.Cut(from.Address, "@")
	m.Subject(subject)
	m.SetDateWithValue(time.Now())
	m.SetMessageIDWithValue(id + "@" + domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday answers
	return m, nil
}

// connection is one to the mail server, made when it is needed.
type connection struct {
	post   *Post
	client *gomail.Client
	silent bool // the server did not answer the last time
}

func (c *connection) send(ctx context.Context, m *gomail.Msg) error {
	err := c.try(ctx, m)
	why, _ := reason(err)
	c.silent = err != nil && why == noAnswer
	return err
}

func (c *connection) try(ctx context.Context, m *gomail.Msg) error {
	if c.client == nil {
		client, err := c.post.client()
		if err != nil {
			return err
		}
		if err := client.DialWithContext(ctx); err != nil {
			return err
		}
		c.client = client
	}
	err := c.client.Send(m)
	if err != nil { // what state the connection is in nobody knows
		c.close()
	}
	if m.IsDelivered() { // the server has taken it, and what was said after that was not about it
		return nil
	}
	return err
}

func (c *connection) close() {
	if c.client != nil {
		_ = c.client.Close() // what was sent was acknowledged
		c.client = nil
	}
}

func (p *Post) client() (*gomail.Client, error) {
	host, port, _ := net.SplitHostPort(p.cfg.Server) // Validate has seen them
	number, _ := strconv.Atoi(port)
	o := []gomail.Option{gomail.WithPort(number), gomail.WithTimeout(answerWait), gomail.WithTLSPolicy(gomail.TLSMandatory)}
	switch {
	case p.cfg.Plain:
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	case number == 465:
		o = append(o, gomail.WithSSL())
	}
	if p.cfg.CA != "" {
		pem, err := os.ReadFile(p.cfg.CA)
		if err != nil {
			return nil, fmt.Errorf("post: ca: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("post: ca: %s holds no certificate in PEM", p.cfg.CA)
		}
		o = append(o, gomail.WithTLSConfig(&tls.Config{RootCAs: pool, ServerName: host, MinVersion: tls.VersionTLS12}))
	}
	if p.cfg.User != "" {
		password, err := os.ReadFile(p.cfg.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("post: password: %w", err)
		}
		o = append(o, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(p.cfg.User),
			gomail.WithPassword(strings.TrimRight(string(password), "\r\n")))
	}
	return gomail.NewClient(host, o...)
}

const noAnswer = "the mail server cannot be reached or does not answer"

// reason is why a try failed, in words that name nobody: the server's own may repeat an address. final says that no further try helps.
func reason(err error) (why string, final bool) {
	var refused *gomail.SendError
	if !errors.As(err, &refused) || refused.ErrorCode() == 0 {
		return noAnswer, false
	}
	answer := fmt.Sprintf("answered %d %s", refused.ErrorCode(), refused.EnhancedStatusCode())
	if refused.Reason == gomail.ErrSMTPMailFrom { // which says nothing of any recipient
		return "the mail server refuses mail.from: it " + answer, false
	}
	return "the mail server " + answer, !refused.IsTemp() && !forbidden(err)
}

// forbidden says that a server has refused what it was asked to do for reasons of its own (RFC 3463, 5.7): it knows who asks not, or does not
// like the sender. That is the operator's to put right, and says nothing of the mailbox.
func forbidden(err error) bool {
	var refused *gomail.SendError
	return errors.As(err, &refused) && !refused.IsTemp() && (refused.Reason == gomail.ErrSMTPMailFrom || strings.HasPrefix(refused.EnhancedStatusCode(), "5.7."))
}

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Limits of the mailbox.
const (
	mailsKept = 200
	mailSize  = 1 << 20 // bytes
)

// A Mailbox is the mail server of everybody whom the operator's desk writes to. It knows of a mail what its reader sees.
type Mailbox struct {
	listener net.Listener

	mu    sync.Mutex
	mails []Mail
	next  int
}

// Mail is a mail that has arrived.
type Mail struct {
	Number  int       `json:"number"`
	At      time.Time `json:"at"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	HasQR   bool      `json:"has_qr"`
	html    string
	qr      []byte // a PNG
}

// NewMailbox opens a mail server on loopback; Run serves it.
func NewMailbox() (*Mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("lockersim: mailbox: %w", err)
	}
	return &Mailbox{listener: l, next: 1}, nil
}

// Addr is the mail server's address.
func (b *Mailbox) Addr() string { return b.listener.Addr().String() }

// Run takes mail until ctx is cancelled.
func (b *Mailbox) Run(ctx context.Context) error {
	server := smtp.NewServer(b)
	server.Domain, server.MaxMessageBytes, server.MaxRecipients = "mailbox.example", mailSize, 10
	server.ReadTimeout, server.WriteTimeout = time.Minute, time.Minute
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(b.listener); ctx.Err() == nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("lockersim: mailbox: %w", err)
	}
	return nil
}

// Mails are those that have arrived, the newest last.
func (b *Mailbox) Mails() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Mail{}, b.mails...)
}

// mail finds one.
func (b *Mailbox) mail(number int) (Mail, error) {
	for _, m := range b.Mails() {
		if m.Number == number {
			return m, nil
		}
	}
	return Mail{}, fmt.Errorf("mail: %w", ErrNoSuch)
}

// Scanned is the text of a mail's QR code, as a scanner reads it from a phone.
func (m Mail) Scanned() (string, error) {
	picture, _, err := image.Decode(bytes.NewReader(m.qr))
	if err != nil {
		return "", errors.New("the mail shows no QR code")
	}
	dots, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", fmt.Errorf("read QR code: %w", err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(dots, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		return "", fmt.Errorf("read QR code: %w", err)
	}
	return read.GetText(), nil
}

// NewSession is go-smtp's: somebody has connected.
func (b *Mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &postman{box: b}, nil }

// postman is a connection to the mail server.
type postman struct{ box *Mailbox }

// Mail is go-smtp's.
func (p *postman) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt is go-smtp's.
func (p *postman) Rcpt(string, *smtp.RcptOptions) error { return nil }

// Reset is go-smtp's.
func (p *postman) Reset() {}

// Logout is go-smtp's.
func (p *postman) Logout() error { return nil }

// Data takes a mail.
func (p *postman) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = m.Header.Get("Subject")
	}
	parts := map[string]string{}
	if err := unfold(m.Header.Get, m.Body, parts); err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	b := p.box
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, Mail{Number: b.next, At: time.Now().UTC().Truncate(time.Millisecond), To: m.Header.Get("To"), Subject: subject,
		Text: parts["text/plain"], html: parts["text/html"], qr: []byte(parts["image/png"]), HasQR: parts["image/png"] != ""})
	b.next++
	if len(b.mails) > mailsKept {
		b.mails = b.mails[1:]
	}
	return nil
}

// unfold puts the parts of a mail into a map by their type.
func unfold(header func(string) string, body io.Reader, into map[string]string) error {
	kind, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		for all := multipart.NewReader(body, params["boundary"]); ; {
			part, err := all.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil {
				err = unfold(part.Header.Get, part, into)
			}
			if err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(header("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	into[kind] = string(text)
	return err
}

package main_test

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"io"
	"net/http"
	"net/smtp"
	"strings"
	"testing"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// TestTheMailbox: a mail is shown as a mail program shows it, and its QR code is what a scanner reads.
func TestTheMailbox(t *testing.T) {
	s := newShop(t)
	code, err := qr.Encode("LD1:12345678", qr.M, qr.Auto)
	fatal(t, err)
	code, err = barcode.Scale(code, 300, 300)
	fatal(t, err)
	var picture bytes.Buffer
	fatal(t, png.Encode(&picture, code))
	body := strings.Join([]string{"From: <parcels@operator.example>", "To: <ada@recipient.example>", "Subject: =?UTF-8?q?Ihr_Paket_f=C3=BCr_Ada?=", "MIME-Version: 1.0",
		`Content-Type: multipart/alternative; boundary="b"`, "", "--b", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "T=C3=BCr 7", "--b",
		`Content-Type: multipart/related; boundary="c"`, "", "--c", "Content-Type: text/html; charset=utf-8", "", `<script>alert(1)</script><a href="http://127.0.0.1:8082/p/x">page</a><img src="cid:qr.png">`,
		"--c", "Content-Type: image/png", "Content-Transfer-Encoding: base64", "Content-ID: <qr.png>", "", base64.StdEncoding.EncodeToString(picture.Bytes()), "--c--", "--b--", ""}, "\r\n")
	fatal(t, smtp.SendMail(s.bench.Mailbox.Addr(), nil, "parcels@operator.example", []string{"ada@recipient.example"}, []byte(body)))

	mails := s.bench.Mailbox.Mails()
	if len(mails) != 1 || mails[0].Subject != "Ihr Paket für Ada" || !strings.HasPrefix(mails[0].Text, "Tür 7") || !mails[0].HasQR {
		t.Fatalf("want the mail as it was sent, got %+v", mails)
	}
	if text, err := mails[0].Scanned(); err != nil || text != "LD1:12345678" {
		t.Errorf("want what the QR code says, got %q, %v", text, err)
	}
	answer, err := http.Get(s.server.URL + "/mails/1/")
	fatal(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	fatal(t, err)
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "script") {
		t.Errorf("want nothing in a mail to run, got %q", policy)
	}
	if !strings.Contains(string(text), `src="qr.png"`) || !strings.Contains(string(text), `target="_blank"`) {
		t.Errorf("want the picture from beside the mail and links in windows of their own, got %s", text)
	}
	if got := s.post("mails/2/scan", ""); got != http.StatusNotFound {
		t.Errorf("a mail that is not there: want 404, got %d", got)
	}
	if got := s.post("orders", `{"kind":"door.unlock","body":{"door":1,"reason":"x"}}`); got != http.StatusConflict {
		t.Errorf("an order without a desk: want 409, got %d", got)
	}
}

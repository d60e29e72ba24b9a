package main

import (
	"net/http"
	"strings"
)

// letter shows a mail as a mail program does: nothing in it runs, and nothing is fetched for it.
func (b *Bench) letter(w http.ResponseWriter, r *http.Request) {
	m, err := b.Mailbox.mail(pathNumber(r))
	if err != nil {
		http.Error(w, "there is no such mail", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; "+
		"frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	text := strings.ReplaceAll(m.html, "cid:qr.png", "qr.png")
	_, _ = w.Write([]byte(strings.ReplaceAll(text, "<a ", `<a target="_blank" rel="noopener" `))) // whoever went away misses nothing
}

// letterQR is the picture within a mail.
func (b *Bench) letterQR(w http.ResponseWriter, r *http.Request) {
	m, err := b.Mailbox.mail(pathNumber(r))
	if err != nil || !m.HasQR {
		http.Error(w, "there is no such picture", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(m.qr) // whoever went away misses nothing
}

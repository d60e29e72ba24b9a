package sync

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// dialBroker opens the way to the broker: TCP, TLS over it, or websockets over either.
func (l *Link) dialBroker(ctx context.Context) (net.Conn, error) {
	var secure *tls.Config
	if l.address.secure {
		var err error
		if secure, err = l.cfg.secure(l.address.name); err != nil {
			return nil, err
		}
	}
	switch {
	case l.address.web != "":
		return dialWeb(ctx, l.address.web, secure)
	case secure != nil:
		d := tls.Dialer{Config: secure}
		return d.DialContext(ctx, "tcp", l.address.host)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", l.address.host)
}

// dialWeb opens a websocket for MQTT (3.1.1, section 6), through the proxy that the environment names if there is one.
func dialWeb(ctx context.Context, address string, secure *tls.Config) (net.Conn, error) {
	d := websocket.Dialer{Proxy: http.ProxyFromEnvironment, TLSClientConfig: secure, Subprotocols: []string{"mqtt"}}
	conn, answer, err := d.DialContext(ctx, address, nil)
	if answer != nil {
		defer answer.Body.Close() // a few bytes of it, at most: they are here
	}
	switch {
	case err != nil && answer != nil:
		return nil, fmt.Errorf("websocket: %s: %w", answer.Status, err)
	case err != nil:
		return nil, fmt.Errorf("websocket: %w", err)
	}
	return &web{Conn: conn}, nil
}

// web is a websocket as a stream of bytes: where its messages begin and end means nothing to MQTT.
type web struct {
	*websocket.Conn
	message io.Reader // the present one; nil: it has been read

	mu sync.Mutex // whoever writes
}

var errText = errors.New("websocket: a message that is not binary")

// Read is for one goroutine, as paho has it.
func (w *web) Read(p []byte) (int, error) {
	for {
		if w.message == nil {
			kind, message, err := w.NextReader()
			switch {
			case err != nil:
				return 0, err
			case kind != websocket.BinaryMessage:
				return 0, errText
			}
			w.message = message
		}
		n, err := w.message.Read(p)
		if errors.Is(err, io.EOF) {
			w.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (w *web) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *web) SetWriteDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Conn.SetWriteDeadline(t)
}

func (w *web) SetDeadline(t time.Time) error {
	return errors.Join(w.SetReadDeadline(t), w.SetWriteDeadline(t))
}

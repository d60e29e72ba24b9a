package sync

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

// Reasons of the fault cloud_unusable.
const (
	unusableSettings    = "settings"    // the configuration or the cabinet's name
	unusableFiles       = "files"       // the password's or the certificates'
	unusableCertificate = "certificate" // the broker's is not believed
	unusableLogin       = "login"       // the broker does not take the cabinet
)

// unusable is what is wrong, and why.
type unusable struct{ what, why string }

// unusableDo is what helps with each.
var unusableDo = map[string]string{
	unusableSettings:    "correct [cloud] or the cabinet's name in the configuration (`lockerd check`), and restart lockerd",
	unusableFiles:       "put the file in its place, for lockerd to read: it is looked for again by itself",
	unusableCertificate: "see that ca_file vouches for the broker, and that the PC's clock is right",
	unusableLogin:       "see that the broker knows the cabinet's name, its password and its certificate",
}

// fault is the problem as a fault of the state.
func (u *unusable) fault() locker.Fault {
	return locker.Fault{Kind: "cloud_unusable", What: u.what, Why: u.why, Do: unusableDo[u.what]}
}

// CheckName says what is wrong with a cabinet's name as a part of topics.
func CheckName(cabinet string) error {
	if cabinet == "" || !contract.Plain(cabinet, maxName) || strings.ContainsAny(cabinet, "/+#") {
		return fmt.Errorf("sync: cabinet %q: its name is part of the topics: 1 to %d printable characters, and none of / + #", cabinet, maxName)
	}
	return nil
}

// prepare reads everything that a connection needs, for Run before each and for Try. Its error says what cannot be used.
func (l *Link) prepare() (what string, err error) {
	if err := errors.Join(CheckName(l.cabinet), l.cfg.Validate()); err != nil {
		return unusableSettings, err
	}
	if l.address, err = l.cfg.address(); err != nil {
		return unusableSettings, err
	}
	if l.password, err = l.readPassword(); err != nil {
		return unusableFiles, err
	}
	if l.address.secure {
		if _, err := l.cfg.secure(l.address.name); err != nil {
			return unusableFiles, err
		}
	}
	return "", nil
}

// usable reports in state and log whether the cloud can be used as configured. A refusal by the broker stands until the
// broker accepts.
func (l *Link) usable(what string, err error) {
	l.trouble(func(t *troubles) {
		switch {
		case err != nil:
			t.unusable = &unusable{what, err.Error()}
		case t.unusable != nil && (t.unusable.what == unusableSettings || t.unusable.what == unusableFiles):
			t.unusable = nil
		}
	})
}

// refused says whether a connection failed for a reason that will also fail the next one.
func refused(err error) (what string, refused bool) {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return unusableCertificate, true
	case errors.Is(err, packets.ErrorRefusedBadProtocolVersion), errors.Is(err, packets.ErrorRefusedIDRejected),
		errors.Is(err, packets.ErrorRefusedBadUsernameOrPassword), errors.Is(err, packets.ErrorRefusedNotAuthorised):
		return unusableLogin, true
	}
	return "", false
}

// Check says what prevents the use of the cloud as configured, whatever the network does: the settings, the cabinet's name,
// unreadable files. Run checks the same before each connection.
func Check(cabinet string, cfg Config, readPassword func() (string, error)) error {
	_, err := (&Link{cabinet: cabinet, cfg: cfg, readPassword: readPassword}).prepare()
	return err
}

// Try says whether the broker accepts the cabinet, by connecting as Run does, with the same name and session. It neither
// subscribes nor publishes, and waiting messages keep waiting. Do not call it while a Link runs: a broker allows one
// connection per name. readPassword is as in New.
func Try(ctx context.Context, cabinet string, cfg Config, readPassword func() (string, error)) error {
	l := &Link{cabinet: cabinet, cfg: cfg, readPassword: readPassword}
	l.dial = l.dialBroker
	if _, err := l.prepare(); err != nil {
		return err
	}
	c := newConnection(l)
	defer c.close()
	if err := c.greet(ctx, func(mqtt.Client, mqtt.Message) {}); err != nil {
		return err
	}
	c.client.Disconnect(100) // milliseconds, for the goodbye to leave
	return nil
}

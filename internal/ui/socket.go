package ui

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"

	"github.com/coreos/go-systemd/v22/activation"
)

// inherited are the sockets that systemd listens on for us (lockerd.socket). They stay open as long as the process: between
// two runs of the cabinet, and between two processes, whoever connects waits, and nobody else can take the port.
var inherited = sync.OnceValue(func() []*os.File { return activation.Files(true) })

// listenAt returns what listens on the kiosk's address: the socket that systemd has opened, if there is one, or else one of
// our own.
func listenAt(log *slog.Logger) func(address string) (net.Listener, error) {
	return func(address string) (net.Listener, error) {
		want, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			return nil, err
		}
		for _, f := range inherited() {
			l, err := net.FileListener(f) // a duplicate: what it closes is not ours
			if err != nil {
				return nil, fmt.Errorf("take %s from systemd: %w", f.Name(), err)
			}
			if at, ok := l.Addr().(*net.TCPAddr); ok && at.IP.Equal(want.IP) && at.Port == want.Port {
				return l, nil
			}
			log.Warn("systemd listens elsewhere for us, so another user of this PC may take kiosk.listen before lockerd has it: "+
				"systemctl edit lockerd.socket, see docs/operator.md", "systemd", l.Addr().String(), "listen", address)
			l.Close()
		}
		return net.Listen("tcp", address)
	}
}

package lockboard

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// LineConfig says how a line is opened.
type LineConfig struct {
	// Port is a serial device, tcp://host:port of a serial server, or modbus-tcp://host[:port] of a Modbus/TCP device or
	// gateway.
	Port string
	// Baud is the speed in bits per second, 8N1. A serial server has its own, which we can neither read nor set.
	Baud int
	// Direction is who turns the line round between sending and listening:
	//
	//   - "adapter", or empty: the adapter does so by itself, as nearly every USB adapter and every serial server does;
	//   - "kernel": the port's driver does, by its RTS pin (TIOCSRS485);
	//   - "rts": we raise RTS before a frame and lower it once its last bit has left. Where this process is held up in
	//     between, the beginning of an answer is lost; so prefer the other two.
	Direction string
}

// The words of LineConfig.Direction.
const (
	ByAdapter = "adapter"
	ByKernel  = "kernel"
	ByRTS     = "rts"
)

// tcpScheme is how the address of a serial server begins.
const tcpScheme = "tcp://"

// network says that a port is reached over a network.
func network(port string) bool {
	return strings.HasPrefix(port, tcpScheme) || strings.HasPrefix(port, mbapScheme)
}

// OpenLine opens a line. What it gives keeps the promises of Port, but that a Read on a serial server's line waits for
// as long as it takes, and that only a serial server itself can keep others from it.
func OpenLine(ctx context.Context, c LineConfig) (io.ReadWriteCloser, error) {
	if network(c.Port) && c.Direction != "" && c.Direction != ByAdapter {
		return nil, fmt.Errorf("lockboard: open %s: direction %q: a serial server turns its line round itself", c.Port, c.Direction)
	}
	if server, ok := strings.CutPrefix(c.Port, mbapScheme); ok {
		l, err := dialMBAP(ctx, server)
		if err != nil {
			return nil, err // not l: a nil *mbapLine in an interface is not nil
		}
		return l, nil
	}
	if server, ok := strings.CutPrefix(c.Port, tcpScheme); ok {
		l, err := dialLine(ctx, server)
		if err != nil {
			return nil, err // not l: a nil *tcpLine in an interface is not nil
		}
		return l, nil
	}
	p, err := openPort(c.Port, c.Baud, c.Direction)
	if err != nil {
		return nil, err
	}
	return p, nil
}

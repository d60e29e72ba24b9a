package lockboard

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
)

// mbapScheme is how the address of a Modbus/TCP device or gateway begins; mbapPort is its usual port.
const (
	mbapScheme = "modbus-tcp://"
	mbapPort   = "502"
)

// mbapHead is how many bytes go before the function: transaction (2), protocol (2, always 0), how many bytes follow (2),
// unit (Modbus messaging on TCP/IP 1.0b, 3.1.3). mbapMost is the longest of what follows.
const (
	mbapHead = 7
	mbapMost = 254
)

// mbapLine is the line of a Modbus/TCP device or gateway. To the codecs it is a serial line: what is written has the
// board's address before it and the sum behind it, and so has what is read. An answer counts that carries the number of the
// newest request, once; whatever carries another is old, and read away.
type mbapLine struct {
	*tcpLine

	mu      sync.Mutex // over what follows
	newest  uint16     // the request's number
	waiting bool       // its answer has not come
	raw     []byte     // the beginning of a frame
	ready   []byte     // answers that nobody has read yet
	taken   uint64     // bytes from the connection
	given   uint64     // bytes to whoever reads
}

// dialMBAP connects to host or host:port.
func dialMBAP(ctx context.Context, server string) (*mbapLine, error) {
	if _, _, err := net.SplitHostPort(server); err != nil && !strings.Contains(server, ":") {
		server = net.JoinHostPort(server, mbapPort)
	}
	l, err := dialLine(ctx, server)
	if err != nil {
		return nil, err
	}
	l.name = mbapScheme + server
	return &mbapLine{tcpLine: l}, nil
}

// Write sends a frame. Where it returns an error, the count says how many of its bytes may have left.
func (l *mbapLine) Write(b []byte) (int, error) {
	if len(b) < 4 || CRC16(b[:len(b)-2]) != binary.LittleEndian.Uint16(b[len(b)-2:]) {
		return 0, fmt.Errorf("lockboard: write %s: % X is no Modbus", l.name, b)
	}
	said := b[:len(b)-2]
	l.mu.Lock()
	l.newest++
	l.waiting = true
	frame := binary.BigEndian.AppendUint16(nil, l.newest)
	l.mu.Unlock()
	frame = binary.BigEndian.AppendUint16(append(frame, 0, 0), uint16(len(said)))
	n, err := l.tcpLine.Write(append(frame, said...))
	if err != nil {
		return min(n, len(b)), err
	}
	return len(b), nil
}

// Read waits for what comes, and gives it as a serial line would. Close ends it.
func (l *mbapLine) Read(b []byte) (int, error) {
	for buf := make([]byte, 512); ; {
		l.mu.Lock()
		n := copy(b, l.ready)
		l.ready, l.given = l.ready[n:], l.given+uint64(n)
		l.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		n, err := l.tcpLine.Read(buf)
		if err == nil {
			err = l.take(buf[:n])
		}
		if err != nil {
			return 0, err
		}
	}
}

// take takes what the connection brought.
func (l *mbapLine) take(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken += uint64(len(b))
	l.raw = append(l.raw, b...)
	for len(l.raw) >= mbapHead {
		size := word(l.raw[4:])
		if word(l.raw[2:]) != 0 || size < 2 || size > mbapMost {
			return fmt.Errorf("lockboard: read %s: % X is no Modbus/TCP", l.name, l.raw[:mbapHead])
		}
		if len(l.raw) < mbapHead-1+size {
			return nil
		}
		if l.waiting && uint16(word(l.raw)) == l.newest {
			l.waiting = false
			l.ready = append(l.ready, sealModbus(int(l.raw[6]), l.raw[mbapHead:mbapHead-1+size])...)
		}
		l.raw = l.raw[mbapHead-1+size:]
	}
	return nil
}

// Arrived is how many bytes have come for whoever reads, with one more while the connection holds what was not looked at.
func (l *mbapLine) Arrived() (uint64, error) {
	came, err := l.tcpLine.Arrived()
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.given + uint64(len(l.ready))
	if came > l.taken {
		n++
	}
	return n, nil
}

// errNoModbus says that a board cannot be on a Modbus/TCP line.
var errNoModbus = errors.New("a modbus-tcp:// line carries boards of Modbus families alone")

// FamiliesOn are the names of the families that boards on a port may be of.
func FamiliesOn(port string) []string {
	if !strings.HasPrefix(port, mbapScheme) {
		return Families()
	}
	var names []string
	for _, f := range families {
		if _, ok := f.Codec.(modbus); ok {
			names = append(names, f.Name)
		}
	}
	return names
}

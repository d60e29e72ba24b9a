package sim

import (
	"encoding/binary"
	"sync"
	"time"

	"lockerd/internal/lockboard"
)

// gatewayPatience is how long a gateway waits for a board before it asks the next one.
const gatewayPatience = time.Second

// MBAP is a simulated Modbus/TCP gateway: to the simulator it is a line like any other, and Path is what clients dial. It
// asks one board at a time, and other requests wait; so an answer that is too late for its client carries the number of its
// own request.
type MBAP struct {
	*TCP
	heard []byte        // of requests; of Read alone
	done  chan struct{} // of size 1: the board has answered
	until time.Time     // when it is no longer waited for; of Read alone

	mu          sync.Mutex // over what follows
	transaction []byte     // of the request under way; nil: there is none
	said        []byte     // of its answer
}

// OpenMBAP makes a gateway at an address on loopback, as OpenTCP makes a serial server.
func OpenMBAP(address string) (*MBAP, error) {
	p, err := OpenTCP(address)
	if err != nil {
		return nil, err
	}
	return &MBAP{TCP: p, done: make(chan struct{}, 1)}, nil
}

// Path is the gateway's address for clients.
func (p *MBAP) Path() string { return "modbus-" + p.TCP.Path() }

// Read returns the next request as it goes on the serial line.
func (p *MBAP) Read(b []byte) (int, error) {
	const head = 6 // before the unit
	for buf := make([]byte, 512); ; {
		if len(p.heard) >= head {
			if size := head + int(binary.BigEndian.Uint16(p.heard[4:])); len(p.heard) >= size {
				frame := append([]byte(nil), p.heard[head:size]...)
				p.begin(p.heard[:2])
				p.heard = p.heard[size:]
				return copy(b, binary.LittleEndian.AppendUint16(frame, lockboard.CRC16(frame))), nil
			}
		}
		n, err := p.TCP.Read(buf)
		if err != nil {
			return 0, err
		}
		p.heard = append(p.heard, buf[:n]...)
	}
}

// begin begins a transaction once the one before has ended.
func (p *MBAP) begin(transaction []byte) {
	p.mu.Lock()
	under := p.transaction != nil
	p.mu.Unlock()
	if under {
		select {
		case <-p.done:
		case <-time.After(time.Until(p.until)):
		}
	}
	select {
	case <-p.done:
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.transaction, p.said, p.until = append([]byte(nil), transaction...), nil, time.Now().Add(gatewayPatience)
}

// Write takes what a board says, and passes the answer on once it is whole.
func (p *MBAP) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, b...)
	n := len(p.said)
	if p.transaction == nil || n < 5 || lockboard.CRC16(p.said[:n-2]) != binary.LittleEndian.Uint16(p.said[n-2:]) {
		return len(b), nil
	}
	frame := binary.BigEndian.AppendUint16(append(p.transaction, 0, 0), uint16(n-2))
	frame = append(frame, p.said[:n-2]...)
	p.transaction, p.said = nil, nil
	select {
	case p.done <- struct{}{}:
	default:
	}
	if _, err := p.TCP.Write(frame); err != nil {
		return 0, err
	}
	return len(b), nil
}

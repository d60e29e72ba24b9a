package sim

import (
	"fmt"
	"net"
	"os"
	"sync"
)

// addresses are the results of FreeAddress.
var addresses struct {
	sync.Mutex
	given map[string]bool
}

// FreeAddress returns a host:port on loopback at which nobody listens, never the same twice. It stays free until it is used:
// no other process takes the host, and connections are made from 127.0.0.1.
func FreeAddress() (string, error) {
	pid := os.Getpid() // of 22 bits at most
	host := net.IPv4(127, byte(64|pid>>16&0x3F), byte(pid>>8), byte(pid)).String()
	addresses.Lock()
	defer addresses.Unlock()
	if addresses.given == nil {
		addresses.given = make(map[string]bool)
	}
	for {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return "", fmt.Errorf("sim: find a free address: %w", err)
		}
		address := l.Addr().String()
		if err := l.Close(); err != nil {
			return "", fmt.Errorf("sim: find a free address: %w", err)
		}
		if !addresses.given[address] {
			addresses.given[address] = true
			return address, nil
		}
	}
}

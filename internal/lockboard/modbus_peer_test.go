package lockboard_test

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/simonvetter/modbus"

	"lockerd/internal/lockboard"
)

// relayBoard plays a board to the library: it answers one connection with what say makes of each request, and passes on
// the bytes of the request.
func relayBoard(
	t *testing.T, fam lockboard.Family, say func(lockboard.Request) lockboard.Frame,
) (address string, requests <-chan []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heard, done := make(chan []byte, 8), make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	go func() {
		defer close(done)
		defer close(heard)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		var pending []byte
		for buf := make([]byte, 64); ; {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			pending = append(pending, buf[:n]...)
			r, n := fam.Peer.DecodeRequest(pending)
			if n == 0 {
				continue
			}
			if n < 0 {
				t.Errorf("% X is not understood", pending)
				return
			}
			heard <- bytes.Clone(pending[:n])
			pending = pending[n:]
			answer, err := fam.Peer.EncodeFrame(say(r))
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}()
	return l.Addr().String(), heard
}

// bitsOf are contacts as the library has them.
func bitsOf(values []bool) (bits uint64) {
	for i, set := range values {
		if set {
			bits |= 1 << i
		}
	}
	return bits
}

// A library that others have written asks our boards, and sends byte for byte what our encoder does; it accepts what
// our boards answer.
func TestModbusLibraryAgrees(t *testing.T) {
	t.Parallel()
	const contacts = 0x8A5A_C341
	read := func(ask func(uint16, uint16) ([]bool, error), first, n uint16) error {
		values, err := ask(first, n)
		if want := uint64(contacts & (1<<n - 1)); err == nil && bitsOf(values) != want {
			t.Errorf("the library reads %X as %X", want, bitsOf(values))
		}
		return err
	}
	tests := []struct {
		name, family string
		request      lockboard.Request
		ask          func(*modbus.ModbusClient) error
	}{
		{"eight inputs", "MODBUS-WAVESHARE", lockboard.Request{Op: lockboard.QueryAll, Board: 1, Channels: 8},
			func(c *modbus.ModbusClient) error { return read(c.ReadDiscreteInputs, 0, 8) }},
		{"thirty-two inputs", "MODBUS-WAVESHARE", lockboard.Request{Op: lockboard.QueryAll, Board: 247, Channels: 32},
			func(c *modbus.ModbusClient) error { return read(c.ReadDiscreteInputs, 0, 32) }},
		{"thirteen inputs", "MODBUS-WAVESHARE", lockboard.Request{Op: lockboard.QueryAll, Board: 17, Channels: 13},
			func(c *modbus.ModbusClient) error { return read(c.ReadDiscreteInputs, 0, 13) }},
		{"the usual flash", "MODBUS-WAVESHARE", lockboard.Request{Op: lockboard.Unlock, Board: 1, Channel: 1},
			func(c *modbus.ModbusClient) error { return c.WriteCoilValue(0x0200, 4) }},
		{"a long flash", "MODBUS-WAVESHARE",
			lockboard.Request{Op: lockboard.Unlock, Board: 9, Channel: 32, Pulse: time.Second},
			func(c *modbus.ModbusClient) error { return c.WriteCoilValue(0x021F, 10) }},
		{"inputs of LC-Tech", "MODBUS-LCTECH", lockboard.Request{Op: lockboard.QueryAll, Board: 255, Channels: 4},
			func(c *modbus.ModbusClient) error { return read(c.ReadDiscreteInputs, 0, 4) }},
		{"two registers", "MODBUS-LCTECH",
			lockboard.Request{Op: lockboard.Unlock, Board: 255, Channel: 1, Pulse: 700 * time.Millisecond},
			func(c *modbus.ModbusClient) error { return c.WriteRegisters(3, []uint16{4, 7}) }},
		{"two registers, the last relay", "MODBUS-LCTECH",
			lockboard.Request{Op: lockboard.Unlock, Board: 3, Channel: 8},
			func(c *modbus.ModbusClient) error { return c.WriteRegisters(38, []uint16{4, 4}) }},
		{"a coil with 0100", "MODBUS-0100", lockboard.Request{Op: lockboard.Unlock, Board: 1, Channel: 3},
			func(c *modbus.ModbusClient) error { return c.WriteCoilValue(3, 0x0100) }},
		{"a coil off", "MODBUS-0100", lockboard.Request{Op: lockboard.Off, Board: 1, Channel: 8},
			func(c *modbus.ModbusClient) error { return c.WriteCoil(8, false) }},
		{"relays", "MODBUS-0100", lockboard.Request{Op: lockboard.QueryAll, Board: 2, Channels: 8},
			func(c *modbus.ModbusClient) error { return read(c.ReadCoils, 1, 8) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, failed := range []bool{false, true} {
				fam, _ := lockboard.FamilyNamed(tt.family)
				at, heard := relayBoard(t, fam, func(r lockboard.Request) lockboard.Frame {
					return lockboard.Frame{
						Op: r.Op, Board: r.Board, Channel: r.Channel, Channels: r.Channels, Pulse: r.Pulse,
						Shorted: contacts, Failed: failed,
					}
				})
				c := library(t, at, tt.request.Board)
				switch err := tt.ask(c); {
				case failed && !errors.Is(err, modbus.ErrServerDeviceFailure):
					t.Errorf("want %v, got %v", modbus.ErrServerDeviceFailure, err)
				case !failed && err != nil:
					t.Error(err)
				}
				want, err := fam.Encode(tt.request)
				if got := <-heard; err != nil || !slices.Equal(want, got) {
					t.Errorf("the library sends % X; we send % X, %v", got, want, err)
				}
			}
		})
	}
}

// library is a client of the library's, connected.
func library(t *testing.T, at string, board int) *modbus.ModbusClient {
	t.Helper()
	c, err := modbus.NewClient(&modbus.ClientConfiguration{
		URL: "rtuovertcp://" + at, Speed: 115200, Timeout: time.Minute, Logger: log.New(io.Discard, "", 0),
	})
	if err == nil {
		err = errors.Join(c.Open(), c.SetUnitId(uint8(board)))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

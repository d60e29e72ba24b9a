package sim

import (
	"encoding/binary"

	"lockerd/internal/lockboard"
)

// Relay boards answer more of Modbus than lockerd ever asks (application protocol 1.1b3, section 6; the vendor's wiki,
// Modbus RTU Relay). Another program, or a request with a flipped bit, gets the answer of a real board.
const (
	readCoils     = 0x01
	readInputs    = 0x02
	readRegisters = 0x03
	writeCoil     = 0x05
	writeCoils    = 0x0F
	exception     = 0x80

	noSuchFunction = 0x01
	noSuchAddress  = 0x02
	noSuchValue    = 0x03

	coilOn, coilOff, coilToggle = 0xFF00, 0x0000, 0x5500

	allCoils    = 0x00FF // coil: all relays of a Waveshare board
	addressOf   = 0x4000 // register: a Waveshare board's own address
	lcAddressOf = 0x0000 // register: an LC-Tech board's own address
)

// modbusRequest reads any Modbus frame at the start of b: the address, and the part between it and the checksum. n is 0 if b
// may be the beginning of one, and below 0 if it is not.
func modbusRequest(b []byte) (address int, body []byte, n int) {
	switch {
	case len(b) < 2:
		return 0, nil, 0
	case b[1] == writeCoils || b[1] == 0x10:
		if len(b) < 7 {
			return 0, nil, 0
		}
		n = 9 + int(b[6])
	case b[1] >= 1 && b[1] <= 6:
		n = 8
	default:
		return 0, nil, -1 // how long it is, nobody knows
	}
	if len(b) < n {
		return 0, nil, 0
	}
	if lockboard.CRC16(b[:n-2]) != binary.LittleEndian.Uint16(b[n-2:]) {
		return 0, nil, -1
	}
	return int(b[0]), b[1 : n-2], n
}

// relay carries out a request that lockerd never sends, and returns the part of the answer between address and checksum.
func (b *board) relay(body []byte) []byte {
	at, value := int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	refuse := func(code byte) []byte { return []byte{body[0] | exception, code} }
	within := at-b.firstRelay() >= 0 && at-b.firstRelay()+value <= b.Locks
	switch {
	case body[0] == readCoils && value > 0 && within:
		return packed(readCoils, b.bits((*lock).energised)>>(at-b.firstRelay()), value)
	case body[0] == readInputs && !b.fam.NoContacts && value > 0 && within:
		return packed(readInputs, b.bits((*lock).shorted)>>at, value)
	case body[0] == readCoils, body[0] == readInputs && !b.fam.NoContacts:
		return refuse(noSuchAddress)
	case body[0] == readRegisters && value == 1 && at == map[string]int{"MODBUS-WAVESHARE": addressOf, "MODBUS-LCTECH": lcAddressOf}[b.Family]:
		return []byte{readRegisters, 2, 0, byte(b.Address)}
	case body[0] == readRegisters, body[0] == writeRegister, body[0] == writeRegisters:
		return refuse(noSuchAddress)
	case body[0] == writeCoil && !b.fam.NoContacts:
		return b.writeCoil(body, at, value)
	case body[0] == writeCoil:
		return refuse(noSuchAddress)
	case body[0] == writeCoils && value > 0 && at+value <= b.Locks && len(body) == 6+(value+7)/8:
		for i := range value {
			b.locks[at+i].relay(body[6+i/8]>>(i%8)&1 == 1)
		}
		return body[:5]
	case body[0] == writeCoils:
		return refuse(noSuchAddress)
	}
	return refuse(noSuchFunction)
}

const (
	writeRegister  = 0x06
	writeRegisters = 0x10
)

// firstRelay is the coil of the first relay.
func (b *board) firstRelay() int {
	if b.fam.NoContacts {
		return 1
	}
	return 0
}

// writeCoil switches one relay, or all.
func (b *board) writeCoil(body []byte, at, value int) []byte {
	locks := b.locks
	switch {
	case at < b.Locks:
		locks = b.locks[at : at+1]
	case at != allCoils || b.Family != "MODBUS-WAVESHARE":
		return []byte{writeCoil | exception, noSuchAddress}
	}
	if value != coilOn && value != coilOff && value != coilToggle {
		return []byte{writeCoil | exception, noSuchValue}
	}
	for i := range locks {
		locks[i].relay(value == coilOn || value == coilToggle && !locks[i].energised())
	}
	return body
}

// packed is the answer to a read of bits, the lowest first.
func packed(function byte, bits uint64, count int) []byte {
	bits &= 1<<count - 1
	out := []byte{function, byte((count + 7) / 8)}
	for i := range (count + 7) / 8 {
		out = append(out, byte(bits>>(8*i)))
	}
	return out
}

// relay switches a relay on, where it stays, or off.
func (k *lock) relay(on bool) {
	if on {
		k.leaveOn()
	} else {
		k.cool()
	}
}

func (k *lock) energised() bool { return !k.on.IsZero() }

package lockboard

import "time"

// Relay boards as lock boards. None of them knows what a lock needs, so the numbers are ours: a pulse of 400 ms is
// what a locker with such boards pulses (eformLockerRoom), between the 300 ms and the 550 ms that boards made for
// locks pulse by themselves; a second is the most that is ever written, since no maker says for how long a lock bears
// more.
const (
	relayPulse = 400 * time.Millisecond
	relayStep  = 100 * time.Millisecond
	relayMost  = time.Second
)

// familyWaveshare: the vendor sells 8, 16 and 32 channels and speaks of addresses up to 255; Modbus ends at 247.
var familyWaveshare = modbusFamily(Family{
	Name: "MODBUS-WAVESHARE", Lowest: 1, Highest: 247, Locks: 32, Baud: 9600,
	Pulse: relayPulse, PulseStep: relayStep, PulseMost: relayMost, LeftOn: true, Agree: 2,
}, waveshare{})

// waveshare is the dialect of Waveshare's boards: what is written to coil 0200 and those behind it is a time in steps
// of 100 ms after which the relay drops by itself ("flash on").
//
//	unlock     bb 05 0200+n-1 00 NN CRC    answer the same
//	off        bb 05 n-1 0000 CRC          answer the same
//	query all  bb 02 0000 00 NN CRC        inputs 1 to NN; 1: current flows, the contact is shorted
//
// Bytes: the vendor's wiki (Modbus RTU Relay, Relay (D), IO 8CH), quoted by several projects. Only some models have
// inputs. Inputs and relays must not be linked (register 1000: channel mode), or a contact switches its own lock.
//
// Disputed: one deployment advises against the timed pulse on its boards of 16 channels. So open each lock once and
// listen whether the relay drops.
//
// Left out: what such boards spoke before September 2021, of which the wiki says only that it was incompatible, and a
// board sold as "8Bit MODBUS RTU", which has the time in the high byte (01 05 02 00 07 00 CE 42).
type waveshare struct{}

const (
	flashOn  = 0x0200 // coil of the first relay
	flashMax = 0x7FFF // steps

	allRelays = 0x00FF // coil
)

func (waveshare) reads() (function byte, first int) { return readInputs, 0 }

func (waveshare) write(op Op, channel, steps int) (write, bool) {
	if op == Off {
		return write{writeCoil, channel - 1, coilOff}, true
	}
	return write{writeCoil, flashOn + channel - 1, steps}, op == Unlock
}

func (waveshare) written(w write) (op Op, channel, steps int, ok bool) {
	switch {
	case w.function != writeCoil:
		return 0, 0, 0, false
	case w.at == allRelays && w.value == 0xFF00:
		return Unlock, 0, 0, true
	case w.at < allRelays && w.value == coilOff:
		return Off, w.at + 1, 0, true
	}
	return Unlock, w.at - flashOn + 1, w.value, w.at >= flashOn && w.value >= 1 && w.value <= flashMax
}

// familyLCTech: eight relays are as many as the seller's text switches at once.
var familyLCTech = modbusFamily(Family{
	Name: "MODBUS-LCTECH", Lowest: 1, Highest: 255, Locks: 8, Baud: 9600,
	Pulse: relayPulse, PulseStep: relayStep, PulseMost: relayMost, LeftOn: true, Agree: 2,
}, lctech{})

// lctech is the dialect of LC-Tech's boards: each relay has five registers, the fourth of which is a mode and the
// fifth a time in steps of 100 ms.
//
//	unlock     bb 10 3+5*(n-1) 0002 04 0004 NNNN CRC    answer bb 10 3+5*(n-1) 0002 CRC
//	off        bb 05 n-1 0000 CRC                       answer the same
//	query all  bb 02 0000 00 NN CRC                     inputs 1 to NN; 1: high, current flows
//
// Bytes: the seller's text for the board of four channels, with literal answers. Registers beyond the fourth relay
// follow the same rule in public drivers. Boards come with the address 255, and greet with a line of text when they
// get power (seen on hardware): on the line that is a damaged answer.
type lctech struct{}

const (
	modeOfFirst   = 3 // register
	betweenRelays = 5 // registers
)

func (lctech) reads() (function byte, first int) { return readInputs, 0 }

func (lctech) write(op Op, channel, steps int) (write, bool) {
	if op == Off {
		return write{writeCoil, channel - 1, coilOff}, true
	}
	return write{writeRegisters, modeOfFirst + betweenRelays*(channel-1), steps}, op == Unlock
}

func (lctech) written(w write) (op Op, channel, steps int, ok bool) {
	n := w.at - modeOfFirst
	switch w.function {
	case writeRegisters:
		return Unlock, n/betweenRelays + 1, w.value, n >= 0 && n%betweenRelays == 0
	case writeCoil:
		return Off, w.at + 1, 0, w.value == coilOff
	}
	return 0, 0, 0, false
}

// familyR421A08: eight relays, 64 addresses by six switches. 0 is Modbus's "all boards", and is not used.
var familyR421A08 = modbusFamily(Family{
	Name: "MODBUS-R421A08", Lowest: 1, Highest: 63, Locks: 8, Baud: 9600,
	Pulse: time.Second, LeftOn: true, Agree: 2, NoContacts: true,
}, r421a08{})

// r421a08 is the dialect of eletechsup's R421A08 and R4D boards: each relay has a register, from 1, into whose high byte a
// command is written.
//
//	unlock     bb 06 n 0500 CRC          answer the same    "momentary": on for a second, by the board's own clock
//	off        bb 06 n 0200 CRC          answer the same
//	query all  bb 03 0001 0001 CRC       answer bb 03 02 00 0S CRC    relay 1: it shows that the board lives
//
// Bytes: Erriez/R421A08-rs485-8ch-relay-board, a public driver with a board. The boards have no inputs: a lock's contact
// hangs on another one.
//
// Left out: 01 (on, and it stays on), 03 (toggle), 04 (on, and all others off), 06 (on for so many seconds).
type r421a08 struct{}

const (
	momentary    = 0x0500
	registerOff  = 0x0200
	firstOfR421A = 1
)

func (r421a08) reads() (function byte, first int) { return readRegisters, firstOfR421A }

func (r421a08) write(op Op, channel, _ int) (write, bool) {
	if op == Off {
		return write{writeRegister, channel, registerOff}, true
	}
	return write{writeRegister, channel, momentary}, op == Unlock
}

func (r421a08) written(w write) (op Op, channel, steps int, ok bool) {
	switch {
	case w.function != writeRegister || w.at < firstOfR421A:
	case w.value == momentary:
		return Unlock, w.at, 0, true
	case w.value == registerOff:
		return Off, w.at, 0, true
	}
	return 0, 0, 0, false
}

// family0100: sold with 1, 2, 4 and 8 channels; the manual has addresses up to 255. Its inputs are not read: see
// coil0100.
var family0100 = modbusFamily(Family{
	Name: "MODBUS-0100", Lowest: 1, Highest: 255, Locks: 8, Baud: 9600,
	Pulse: relayPulse, SwitchedOff: true, Agree: 2, NoContacts: true,
}, coil0100{})

// coil0100 is the dialect of boards that count relays from 1 and switch one on with 0100 instead of FF00 ("Relay
// Board-4"). They time nothing: what is not switched off burns.
//
//	unlock     bb 05 n 0100 CRC          answer the same
//	off        bb 05 n 0000 CRC          answer the same
//	query all  bb 01 0001 00 NN CRC      the relays, not the contacts: it shows that the board lives
//
// Bytes: the seller's text (pastebin mX6PYqsB, gist TG9541/4f61ce53, and a summary of the four-channel manual). No
// literal answer was found; that a coil there is not is answered with another coil was seen on hardware, and is
// refused.
//
// Disputed: two owners of four-channel boards (mikee47/IOControl is one) say that relay 1 is coil 0 and that FF00
// switches it, against the manual. Such a board opens the next lock, and its first one never: opening lock after lock
// shows it before anybody relies on it.
//
// Left out: the boards have inputs, but both manual and IOControl ask for none of them (FC02 of 0 inputs, which Modbus
// forbids), and nobody shows an answer.
type coil0100 struct{}

const (
	coilOn    = 0x0100
	coilOff   = 0x0000
	allCoilOn = 0xFFFF // with allRelays
)

func (coil0100) reads() (function byte, first int) { return readCoils, 1 }

func (coil0100) write(op Op, channel, _ int) (write, bool) {
	if op == Off {
		return write{writeCoil, channel, coilOff}, true
	}
	return write{writeCoil, channel, coilOn}, true
}

func (coil0100) written(w write) (op Op, channel, steps int, ok bool) {
	switch {
	case w.function != writeCoil:
	case w.at == allRelays && w.value == allCoilOn:
		return Unlock, 0, 0, true
	case w.value == coilOn:
		return Unlock, w.at, 0, w.at >= 1
	case w.value == coilOff:
		return Off, w.at, 0, w.at >= 1
	}
	return 0, 0, 0, false
}

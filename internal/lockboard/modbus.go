package lockboard

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// What relay boards know of Modbus (Modbus application protocol 1.1b3, sections 6 and 7).
const (
	readCoils      = 0x01
	readInputs     = 0x02
	readRegisters  = 0x03
	writeCoil      = 0x05
	writeRegister  = 0x06
	writeRegisters = 0x10
	exception      = 0x80 // in the answer, added to the function that failed

	deviceFailed = 0x04 // the exception that our own boards give
)

// modbusAnswer is how long relay boards may take to begin an answer: behind radio modems and serial servers, which they
// often are, 200 to 400 ms were seen.
const modbusAnswer = 500 * time.Millisecond

// modbusLongest is how many bytes the longest answer has: the contacts of 32 channels.
const modbusLongest = 9

// modbus is the wire of relay boards that speak Modbus RTU, framed here and not by a library: those want a port of
// their own, and most refuse the values that make a board time a pulse by itself.
//
//	query all   bb FN AAAA NNNN CRC    answer bb FN COUNT DATA CRC    DATA: the lowest channel first, in bit 0
//	unlock, off as the dialect has it  answer the same, without what was written where that was more than a coil
//	                                   or     bb FN+80 CODE CRC       that it was not done
//
// CRC: CRC-16 of all before it, low byte first (Modbus over serial line 1.02, 2.5.1.2). What it must never say is not
// here: coils that stay on, toggles, several coils at once (0F), all relays (coil 00FF), another address for a board.
type modbus struct {
	dialect
	limits Family
}

// dialect is how boards are told to pulse a relay, and which addresses they have for their channels.
type dialect interface {
	// reads is the function that reads the contacts, and the address of the first.
	reads() (function byte, first int)
	// write gives what is written for an Unlock or an Off. A pulse is in steps of the family.
	write(op Op, channel int, steps int) (write, bool)
	// written is the way back. Channel 0 with Unlock: all relays.
	written(write) (op Op, channel int, steps int, ok bool)
}

// write is what is written to one coil, to one register, or to the two registers of a relay's mode and time.
type write struct {
	function byte
	at       int
	value    int // of the coil or the register, or the time; 0 in an answer that does not repeat it
}

// modbusFamily makes a family of its numbers and a dialect.
func modbusFamily(f Family, d dialect) Family {
	m := modbus{dialect: d, limits: f}
	f.Codec, f.Peer, f.Probe, f.Longest, f.Ack, f.Answer = m, m, QueryAll, modbusLongest, AckSoon, modbusAnswer
	f.Refusals = modbusRefusals
	return f
}

// CRC16 is the sum of a Modbus frame (Modbus over serial line 1.02, 2.5.1.2): it goes behind it, the low byte first.
func CRC16(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, v := range b {
		crc ^= uint16(v)
		for range 8 {
			odd := crc & 1
			crc >>= 1
			crc ^= odd * 0xA001
		}
	}
	return crc
}

// sealModbus puts the address before and the sum behind.
func sealModbus(board int, body []byte) []byte {
	b := append([]byte{byte(board)}, body...)
	return binary.LittleEndian.AppendUint16(b, CRC16(b))
}

// openModbus gives what is between the address and the sum of a frame of n bytes at the start of b.
func openModbus(b []byte, n int) (body []byte, ok bool) {
	if n == 0 || len(b) < n || CRC16(b[:n-2]) != binary.LittleEndian.Uint16(b[n-2:n]) {
		return nil, false
	}
	return b[1 : n-2], true
}

// Encode gives a request's bytes.
func (m modbus) Encode(r Request) ([]byte, error) {
	if !m.hasBoard(r.Board) {
		return nil, fmt.Errorf("lockboard: encode %s %s: there is no board %d", m.limits.Name, r.Op, r.Board)
	}
	switch {
	case r.Op == QueryAll && r.Channel == 0 && m.readsRegister(): // the first relay's: it shows that the board lives
		read, first := m.reads()
		return sealModbus(r.Board, words([]byte{read}, first, 1)), nil
	case r.Op == QueryAll && r.Channel == 0 && r.Channels >= 1 && r.Channels <= m.limits.Locks:
		read, first := m.reads()
		return sealModbus(r.Board, words([]byte{read}, first, r.Channels)), nil
	case (r.Op == Unlock || r.Op == Off) && m.hasChannel(r.Channel):
		if err := m.allowed(r.Pulse); err != nil {
			return nil, err
		}
		if w, ok := m.write(r.Op, r.Channel, m.steps(r.Pulse)); ok {
			return sealModbus(r.Board, w.request()), nil
		}
	}
	return nil, fmt.Errorf("lockboard: encode %s: %s of lock %d, %d channels, is nothing to ask",
		m.limits.Name, r.Op, r.Channel, r.Channels)
}

// readsRegister says that the board is asked for one register, and not for bits.
func (m modbus) readsRegister() bool {
	function, _ := m.reads()
	return function == readRegisters
}

func (m modbus) hasBoard(n int) bool   { return n >= m.limits.Lowest && n <= m.limits.Highest }
func (m modbus) hasChannel(n int) bool { return n >= 1 && n <= m.limits.Locks }

// allowed says what is wrong with the pulse of a request.
func (m modbus) allowed(pulse time.Duration) error {
	switch step, most := m.limits.PulseStep, m.limits.PulseMost; {
	case pulse == 0:
		return nil
	case step == 0:
		return fmt.Errorf("lockboard: encode %s: pulse %s: such boards cannot be told", m.limits.Name, pulse)
	case pulse < 0 || pulse > most || pulse%step != 0:
		return fmt.Errorf("lockboard: encode %s: pulse %s: is a multiple of %s up to %s", m.limits.Name, pulse, step, most)
	}
	return nil
}

// steps is how a pulse is written, where it is: 0 stands for the usual one. pulse is the way back.
func (m modbus) steps(pulse time.Duration) int {
	if pulse == 0 {
		pulse = m.limits.Pulse
	}
	if m.limits.PulseStep == 0 {
		return 0
	}
	return int(pulse / m.limits.PulseStep)
}

func (m modbus) pulse(steps int) time.Duration { return time.Duration(steps) * m.limits.PulseStep }

// Decode reads a burst.
func (m modbus) Decode(burst []byte, pending Request) ([]Frame, error) {
	return readBurst(m.limits.Name, burst, func(b []byte) (Frame, bool) { return m.one(b, pending) })
}

// one reads the frame at the start of b.
func (m modbus) one(b []byte, pending Request) (Frame, bool) {
	n := modbusAnswerLength(b)
	body, ok := openModbus(b, n)
	if !ok || !m.hasBoard(int(b[0])) {
		return Frame{}, false
	}
	f := Frame{Board: int(b[0]), Length: n}
	if pending.Board != f.Board {
		pending = Request{}
	}
	read, _ := m.reads()
	switch wrote := m.writing(pending.Op); body[0] {
	case readRegisters:
		f.Op, f.Channels, f.Shorted = QueryAll, 1, uint64(body[len(body)-1])
		return f, read == readRegisters && body[2] == 0 && body[3] <= 1
	case read:
		return f.withContacts(body[2:], pending)
	case writeCoil, writeRegister, writeRegisters:
		return m.withWritten(f, body, pending)
	case wrote | exception: // it does not say of which channel
		f.Op, f.Channel, f.Failed, f.Code = pending.Op, pending.Channel, true, int(body[1])
		return f, (f.Op == Unlock || f.Op == Off) && m.hasChannel(f.Channel) && f.Code != 0
	case read | exception:
		f.Op, f.Failed, f.Code = QueryAll, true, int(body[1])
		return f, f.Code != 0
	}
	return Frame{}, false
}

// writing is the function that writes an Unlock or an Off; 0: the dialect has no such thing.
func (m modbus) writing(op Op) byte {
	if w, ok := m.write(op, 1, 0); ok {
		return w.function
	}
	return 0
}

// modbusAnswerLength says how long the answer at the start of b is; 0: it cannot be told, or there is no such answer.
// Our own query, come back, would be an answer of no contacts.
func modbusAnswerLength(b []byte) int {
	switch {
	case len(b) < 3:
	case b[1]&exception != 0:
		return 5
	case (b[1] == readCoils || b[1] == readInputs) && b[2] >= 1 && b[2] <= modbusLongest-5:
		return 5 + int(b[2])
	case b[1] == readRegisters && b[2] == 2:
		return 7
	case b[1] == writeCoil || b[1] == writeRegister || b[1] == writeRegisters:
		return 8
	}
	return 0
}

// withContacts takes the contacts of an answer. It has as many bytes as were asked for, and does not say which channel
// it begins with. Its last byte is whole: behind the channels that were asked about is whatever the board puts there.
func (f Frame) withContacts(data []byte, pending Request) (Frame, bool) {
	if asked := pending.Channels; pending.Op == QueryAll && asked > 0 && len(data) != (asked+7)/8 {
		return Frame{}, false
	}
	f.Op, f.Channels = QueryAll, 8*len(data)
	for i, v := range data {
		f.Shorted |= uint64(v) << (8 * i)
	}
	return f, true
}

// withWritten takes the answer to an Unlock or an Off. It must repeat what was asked.
func (m modbus) withWritten(f Frame, body []byte, pending Request) (Frame, bool) {
	w, ok := answeredWrite(body)
	if !ok {
		return Frame{}, false
	}
	var steps int
	if f.Op, f.Channel, steps, ok = m.written(w); !ok || !m.hasChannel(f.Channel) {
		return Frame{}, false
	}
	f.Pulse = m.pulse(steps)
	return f, f.Pulse == 0 || !pending.AnsweredBy(f) || steps == m.steps(pending.Pulse)
}

// EncodeFrame gives the bytes of what a board says.
func (m modbus) EncodeFrame(f Frame) ([]byte, error) {
	read, _ := m.reads()
	switch {
	case f.Op == QueryAll && f.Failed:
		return sealModbus(f.Board, []byte{read | exception, exceptionOf(f)}), nil
	case f.Failed:
		return sealModbus(f.Board, []byte{m.writing(f.Op) | exception, exceptionOf(f)}), nil
	case f.Op == QueryAll && read == readRegisters:
		return sealModbus(f.Board, []byte{read, 2, 0, byte(f.Shorted & 1)}), nil
	case f.Op == QueryAll && f.Channels >= 1 && f.Channels <= 8*(modbusLongest-5):
		body := []byte{read, byte((f.Channels + 7) / 8)}
		for i := range body[1] {
			body = append(body, byte(f.Shorted>>(8*i)))
		}
		return sealModbus(f.Board, body), nil
	case (f.Op == Unlock || f.Op == Off) && m.hasChannel(f.Channel):
		if w, ok := m.write(f.Op, f.Channel, m.steps(f.Pulse)); ok {
			return sealModbus(f.Board, w.answer()), nil
		}
	}
	return nil, fmt.Errorf("lockboard: encode %s answer: %s of lock %d is nothing to say", m.limits.Name, f.Op, f.Channel)
}

// exceptionOf is the number that a board gives for why it did not do what it was asked.
func exceptionOf(f Frame) byte {
	if f.Code == 0 {
		return deviceFailed
	}
	return byte(f.Code)
}

// DecodeRequest reads the request at the start of b.
func (m modbus) DecodeRequest(b []byte) (r Request, n int) {
	read, first := m.reads()
	writes := []byte{writeCoil, writeRegister, writeRegisters}
	switch {
	case len(b) > 0 && !m.hasBoard(int(b[0])), len(b) > 1 && b[1] != read && !slices.Contains(writes, b[1]):
		return Request{}, -1
	case len(b) < 2:
		return Request{}, 0
	}
	if n = 8; b[1] == writeRegisters {
		n = 13
	}
	if len(b) < n {
		return Request{}, 0
	}
	body, ok := openModbus(b, n)
	if !ok {
		return Request{}, -1
	}
	r = Request{Board: int(b[0])}
	if body[0] == read {
		r.Op, r.Channels = QueryAll, word(body[3:])
		if read == readRegisters && r.Channels == 1 && word(body[1:]) == first {
			return Request{Op: QueryAll, Board: r.Board}, n
		}
		if read == readRegisters || word(body[1:]) != first || r.Channels < 1 || r.Channels > m.limits.Locks {
			return Request{}, -1
		}
		return r, n
	}
	w, ok := askedWrite(body)
	if !ok {
		return Request{}, -1
	}
	var steps int
	if r.Op, r.Channel, steps, ok = m.written(w); !ok || r.Channel > m.limits.Locks {
		return Request{}, -1
	}
	r.Pulse = m.pulse(steps)
	return r, n
}

// modeAndTime stand between the address and the time where two registers are written: their number, their bytes, and
// mode 4, which is a pulse.
var modeAndTime = []byte{0x00, 0x02, 0x04, 0x00, 0x04}

// request is what is asked, between the address of the board and the sum.
func (w write) request() []byte {
	b := words([]byte{w.function}, w.at)
	if w.function == writeRegisters {
		b = append(b, modeAndTime...)
	}
	return words(b, w.value)
}

// answer is what a board says to it.
func (w write) answer() []byte {
	b := words([]byte{w.function}, w.at)
	if w.function == writeRegisters {
		return append(b, modeAndTime[:2]...)
	}
	return words(b, w.value)
}

// askedWrite and answeredWrite read what request and answer give.
func askedWrite(body []byte) (write, bool) {
	w := write{function: body[0], at: word(body[1:]), value: word(body[len(body)-2:])}
	return w, string(w.request()) == string(body)
}

func answeredWrite(body []byte) (write, bool) {
	w := write{function: body[0], at: word(body[1:])}
	if w.function != writeRegisters {
		w.value = word(body[3:])
	}
	return w, string(w.answer()) == string(body)
}

func word(b []byte) int { return int(binary.BigEndian.Uint16(b)) }

// words adds numbers, high bytes first.
func words(b []byte, numbers ...int) []byte {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	return b
}

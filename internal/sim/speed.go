package sim

// speedy is a port whose speed is chosen by the program that opens it: in bits per second, 0 if none was chosen.
type speedy interface{ Speed() int }

// hostSpeed is the speed of the host: the line's own, if the port has none.
func (l *Line) hostSpeed(rw any) int {
	if p, ok := rw.(speedy); ok && l.baud != 0 {
		if speed := p.Speed(); speed != 0 {
			return speed
		}
	}
	return l.baud
}

// resample is what a receiver at one speed reads of bytes sent at another, each after a pause: a start bit, eight bits, the
// lowest first, and a stop bit. A byte whose stop bit is missing is read as 0, as Linux does.
func resample(sent []byte, from, to int) (heard []byte) {
	if from == to || from == 0 || to == 0 {
		return sent
	}
	for _, b := range sent {
		level := func(at float64) bool { // at so many seconds after the beginning of the start bit
			bit := int(at * float64(from))
			return bit >= 9 || bit >= 1 && b>>(bit-1)&1 == 1
		}
		end, sample := 10/float64(from), 1/float64(to)
		for at := 0.0; at < end; {
			if level(at) { // idle: look for an edge
				at += sample / 16
				continue
			}
			var v byte
			for bit := range 8 {
				if level(at + (1.5+float64(bit))*sample) {
					v |= 1 << bit
				}
			}
			if at += 9.5 * sample; !level(at) {
				v = 0
				for at < end && !level(at) {
					at += sample / 16
				}
			}
			heard = append(heard, v)
		}
	}
	return heard
}

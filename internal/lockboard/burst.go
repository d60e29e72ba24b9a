package lockboard

import "fmt"

// readBurst reads a burst frame after frame. one reads the frame at the start of what it is given and says in it how
// many bytes it has. Lines without bias resistors put bytes 00 and FF between frames; where none begins, those are
// passed over. Whatever else belongs to no frame spoils the burst.
func readBurst(family string, burst []byte, one func([]byte) (Frame, bool)) ([]Frame, error) {
	var frames []Frame
	for rest := burst; len(rest) > 0; {
		f, ok := one(rest)
		switch {
		case ok:
			frames, rest = append(frames, f), rest[f.Length:]
		case rest[0] == 0x00 || rest[0] == 0xFF:
			rest = rest[1:]
		default:
			return nil, fmt.Errorf("lockboard: decode %s: no frame at byte %d of % X", family, len(burst)-len(rest), burst)
		}
	}
	return frames, nil
}

package lockboard

import "lockerd/internal/locker"

// Learnt is the board with the contacts that a setup has learnt; used is false if it holds no door.
func (k BoardConfig) Learnt(bus string, doors []locker.SetupDoor) (_ BoardConfig, used bool) {
	at := make(map[int]locker.SetupDoor)
	open := 0
	for _, d := range doors {
		if d.Lock.Bus == bus && d.Lock.Board == k.Address {
			at[d.Lock.Channel] = d
			if !d.Blind && d.ClosedWhen == Open {
				open++
			}
		}
	}
	if len(at) == 0 {
		return k, false
	}
	if k.Contact != None {
		k.ClosedWhen = Shorted
		if 2*open > len(at) {
			k.ClosedWhen = Open // what most of them are
		}
	}
	k.Inverted, k.WithoutContact = nil, nil
	for channel := 1; channel <= k.Locks; channel++ {
		switch d, wired := at[channel]; {
		case !wired || k.Contact == None:
		case d.Blind:
			k.WithoutContact = append(k.WithoutContact, channel)
		case d.ClosedWhen != k.ClosedWhen:
			k.Inverted = append(k.Inverted, channel)
		}
	}
	return k, true
}

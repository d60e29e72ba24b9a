package desk

import "lockerd/internal/locker"

// storedAgain is a parcel that its courier had in hand once more. Where it lies behind another door its recipient is told so.
func (o *Outcome) storedAgain(p *Parcel, e locker.ParcelStoredAgain) {
	if p.Door == e.Door {
		return
	}
	p.Door, p.Size = e.Door, e.Size
	o.tell(ToldStored)
}

// withdrawn is a parcel that its courier has taken out again. Its recipient may have been told that it is there.
func (o *Outcome) withdrawn(p *Parcel, r Record) {
	p.end(Withdrawn, r.At)
	o.tell(ToldWithdrawn)
}

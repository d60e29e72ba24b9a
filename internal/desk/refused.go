package desk

import "time"

// refused is a parcel whose recipient does not want it: it lies there for a courier, and is told of once more. What was paid for it stands
// in the record: whether it is given back is for the operator to say.
func (o *Outcome) refused(p *Parcel) {
	p.Status, p.Ended = NotWanted, time.Time{}
	o.tell(ToldRefused)
}

// takenBack is a parcel that a courier has taken along. Who has refused it was told that it goes back.
func (o *Outcome) takenBack(p *Parcel, r Record) {
	wanted := p.Status != NotWanted
	p.end(TakenBack, r.At)
	if wanted {
		o.tell(ToldTakenBack)
	}
}

// notBack is a refused parcel whose courier has found nothing to take back.
func (o *Outcome) notBack(p Parcel, r Record) {
	p.end(NotBack, r.At)
	o.Parcel = &p
}

// Refused says that its recipient does not want it, whatever became of it since.
func (p Parcel) Refused() bool {
	return p.Status == NotWanted || p.Before == NotWanted && (p.Status == TakenBack || p.Status == NotBack)
}

package locker

func (s *State) applyOrder(r Record, e Event) {
	switch e := e.(type) {
	case OrderAccepted:
		s.answer(Answered{ID: e.Order, Until: e.Expires})
	case OrderRefused:
		if e.Unkept {
			s.Unkept.count(r.Up)
			return
		}
		s.answer(Answered{ID: e.Order, Until: e.Expires})
	case ResendAsked:
		s.Resend = Resend{After: e.After, Asked: r.Seq}
	}
}

package locker

// BlockOrder sets a door aside.
type BlockOrder struct {
	Door   int
	Reason BlockReason
}

// UnblockOrder puts a door back into service.
type UnblockOrder struct {
	Door int
}

// UnlockOrder asks for a door to be opened.
type UnlockOrder struct {
	Door   int
	Reason string
}

func (s *State) refusalToUnlock(u UnlockOrder) string {
	_, built := s.planned(u.Door)
	switch d := s.door(u.Door); {
	case !built:
		return "no such door"
	case s.anew(u.Door):
		return "the door is being wired anew"
	case s.silent(u.Door):
		return "the door's board does not answer"
	case d.Unlock.ID != "":
		return "the door is just being opened"
	case s.Session.Door == u.Door:
		return "somebody is using the door"
	}
	return ""
}

func (s *State) refusalToBlock(door int, wrong bool, why string) string {
	if _, built := s.planned(door); !built {
		return "no such door"
	}
	if wrong {
		return why
	}
	return ""
}

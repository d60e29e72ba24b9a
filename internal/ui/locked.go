package ui

import (
	"slices"

	"lockerd/internal/locker"
)

// secrets are the kinds of keypads that are locked when too many have typed in vain. A phone's or a parcel's number is none to be guessed: who
// locks the keypad keeps nobody from those.
var secrets = []string{"code", "pin", "digits", "app"}

// locked says that what the screen asks for cannot be typed now.
func locked(v *locker.View) bool {
	k := faces[v.Step].keypad
	return v.LockedFor > 0 && k != nil && slices.Contains(secrets, k.Kind)
}

// unheard says that nothing can be held before a scanner that answers the screen: none works, or codes are not looked at. Badges and parcels are.
func unheard(v *locker.View) bool {
	codes := v.Step == locker.StepHome || v.Step == locker.StepCode
	return !v.Scanner || codes && v.ScansLocked && v.LockedFor > 0
}

// said is the notice as it is said: nobody is asked to type a code who cannot, or to take another door where there is none.
func said(v *locker.View) locker.Notice {
	switch {
	case v.Notice == locker.NoticeScansLocked && locked(v):
		return locker.NoticeLocked
	case v.Notice == locker.NoticeSetAside && v.Step == locker.StepNoDoor:
		return locker.NoticeAside
	}
	return v.Notice
}

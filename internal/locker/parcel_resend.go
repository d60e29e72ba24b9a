package locker

import "time"

// How often codes may be asked for at the kiosk: enough for a family, too seldom to pester a stranger's phone.
const (
	resends       = 3
	resendsWithin = 10 * time.Minute
)

// recentResends are when codes were asked for lately.
func (s *State) recentResends(up time.Duration) []time.Duration {
	return without(s.Resent, func(at time.Duration) bool { return up-at >= resendsWithin })
}

// resendCode asks the cloud to send the code once more to whoever has that phone number. Whether there is a parcel for
// it is for the cloud to know: the screen says the same either way.
func (d *decision) resendCode(in PhoneTyped) {
	n := d.s.Session
	if len(d.s.recentResends(d.now.Up)) >= resends {
		d.move(StepCode, NoticeLater, 0)
		return
	}
	d.emit(CodeResendAsked{Session: n.ID, Personal: Personal{Phone: in.Phone}})
	d.move(StepCode, NoticeResent, 0)
}

package locker

import "time"

// Limits of how often codes may be asked for at the kiosk: enough for a family, too seldom to pester a stranger's phone.
const (
	resends       = 3
	resendsWithin = 10 * time.Minute
)

// recentResends are the times of recent requests for codes.
func (s *State) recentResends(up time.Duration) []time.Duration {
	return without(s.Resent, func(at time.Duration) bool { return up-at >= resendsWithin })
}

// resendCode asks the cloud to send the code of the typed phone number once more. Only the cloud knows whether there is a
// parcel for it: the screen says the same either way.
func (d *decision) resendCode(in PhoneTyped) {
	n := d.s.Session
	if len(d.s.recentResends(d.now.Up)) >= resends {
		d.move(StepCode, NoticeLater, 0)
		return
	}
	d.emit(CodeResendAsked{Session: n.ID, Personal: Personal{Phone: in.Phone}})
	d.move(StepCode, NoticeResent, 0)
}

// CodeResendAsked says that somebody at the kiosk wants the code of their parcel sent once more, to the phone in the
// personal part and to no other.
type CodeResendAsked struct {
	Session  string   `json:"session"`
	Personal Personal `json:"-"`
}

// Kind is "code.resend_asked".
func (CodeResendAsked) Kind() string { return "code.resend_asked" }

// Subject is whose key seals the personal part.
func (e CodeResendAsked) Subject() string { return "session:" + e.Session }

// Private is the personal part.
func (e CodeResendAsked) Private() Personal { return e.Personal }

func (e CodeResendAsked) withPersonal(p Personal) Event { e.Personal = p; return e }

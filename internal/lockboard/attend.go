package lockboard

import (
	"time"

	"lockerd/internal/locker"
)

// Attend has a contact asked at full speed whose lock, on another board, is being released: what it says until the pulse
// is over is the pulse's doing, and what it said before says nothing about what comes.
func (b *Bus) Attend(contact locker.Lock, over time.Time) {
	b.mu.Lock()
	b.attended = append(b.attended, attended{contact, over})
	b.mu.Unlock()
	b.mail.ring()
}

// attended is a contact that is to be looked at.
type attended struct {
	contact locker.Lock
	over    time.Time
}

// attend looks at the contacts of locks that are being released elsewhere.
func (b *Bus) attend(now time.Time) {
	b.mu.Lock()
	list := b.attended
	b.attended = nil
	b.mu.Unlock()
	for _, a := range list {
		if bd := b.board(a.contact); bd != nil {
			bd.pulse(a.contact.Channel, now).deaf = a.over
			bd.due = now
		}
	}
}

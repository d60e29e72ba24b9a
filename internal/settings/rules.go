package settings

import "lockerd/internal/locker"

// Rules are the site's settings of the rules, as the file writes them; times apart.
type Rules struct {
	WrongTries    int  `toml:"wrong_tries"`
	FailedUnlocks int  `toml:"failed_unlocks"`
	CodeDigits    int  `toml:"code_digits"`
	BreakerDoors  int  `toml:"breaker_doors"`
	Looks         bool `toml:"looks"`
	WithoutPhone  bool `toml:"without_phone"`
	Refusals      bool `toml:"refusals"`

	SendingSeenBy []string     `toml:"sending_seen_by"`
	Consent       string       `toml:"consent"`
	Reach         locker.Reach `toml:"reach"`
}

// DefaultRules are those of a file that says nothing of them.
func DefaultRules() Rules {
	return Rules{WrongTries: 5, FailedUnlocks: 3, BreakerDoors: 5, Looks: true, WithoutPhone: true, Refusals: true}
}

// Set has a plan follow them.
func (r Rules) Set(p *locker.Config) {
	p.WrongTries, p.FailedUnlocks, p.BreakerDoors = r.WrongTries, r.FailedUnlocks, r.BreakerDoors
	p.NoLooks, p.NoRefusals, p.NeedsPhone = !r.Looks, !r.Refusals, !r.WithoutPhone
	p.Watch, p.Consent = r.SendingSeenBy, r.Consent
}

package locker

import (
	"slices"
	"time"
)

// tokens are those that were used, and those that the cloud has revoked.
type tokens struct {
	Used    []UsedToken    `json:"used,omitempty"`
	Revoked []RevokedToken `json:"revoked,omitempty"`
}

func (x tokens) clone() tokens { return tokens{slices.Clip(x.Used), slices.Clip(x.Revoked)} }

// Token is the content of a signed token whose signature was checked: its cabinet, its expiry, and the one thing that it
// opens.
type Token struct {
	ID      string
	Cabinet string
	Parcel  string // the parcel whose door it opens, by its tracking number or its id; or
	Door    int    // the door that it opens; or
	Courier string // the courier that it signs in
	// Issued and NotBefore are zero if missing. Expires is always set.
	Issued, NotBefore, Expires time.Time
	// Refusal is why it does not count, whatever its content. Nothing else is set then.
	Refusal TokenRefusal
}

// TokenRefusal is why a token does not count.
type TokenRefusal string

// Reasons why a token does not count. The first four are found before the rules see it.
const (
	TokenForm      TokenRefusal = "form"      // not a token, or claims too much, too little, or what is not known
	TokenAlgorithm TokenRefusal = "algorithm" // not signed with Ed25519
	TokenIssuer    TokenRefusal = "issuer"    // by a key that may not sign tokens here
	TokenSignature TokenRefusal = "signature"
	TokenElsewhere TokenRefusal = "cabinet" // for another cabinet
	TokenEarly     TokenRefusal = "early"
	TokenExpired   TokenRefusal = "expired"
	TokenUsed      TokenRefusal = "used"
	TokenRevoked   TokenRefusal = "revoked"
	TokenReplaced  TokenRefusal = "replaced" // from before its parcel had another code by order
	TokenClock     TokenRefusal = "clock"    // whether it is valid cannot be told before the clock is set
	TokenRestored  TokenRefusal = "restored" // from before the journal was restored: it may have been used since
	TokenNothing   TokenRefusal = "nothing"  // there is no such parcel, door or courier
)

// TokenUse is a token that was used to open something, and its expiry.
type TokenUse struct {
	ID    string    `json:"id"`
	Until time.Time `json:"until"`
}

// UsedToken is a token that no longer opens.
type UsedToken struct {
	TokenUse
	Parcel string `json:"parcel,omitempty"` // what was opened with it
}

func (t Token) use() TokenUse { return TokenUse{ID: t.ID, Until: t.Expires} }

// tokenScanned is a signed token held before the scanner.
func (d *decision) tokenScanned(t Token) {
	n := d.s.Session
	p := d.s.parcel(n.Parcel)
	if t.ID != "" && t.ID == n.Token.ID && (n.Step != StepCode || p != nil && d.confirmsEnd(p)) {
		d.sameToken()
		return
	}
	own := n.Courier != "" && t.Courier == n.Courier && d.s.tokenTime(t, d.now) == "" && t.Cabinet == d.s.plan.Cabinet && !d.s.revoked(t.ID)
	switch { // spent or not: it says who they are
	case own && n.Step == StepBadge:
		d.again("token")
		return
	case own && d.now.Up < d.s.sessionOver()-overNotice:
		d.shownAgain()
		return
	}
	if d.inHand() {
		d.firstThat()
		return
	}
	if n.Courier == "" {
		d.next() // a sensor may say at its end that what the token opened still lies there
	}
	why := d.s.tokenRefusal(t, d.now)
	switch p := d.s.openedWith(t); {
	case why == TokenUsed && !d.s.revoked(t.ID) && d.s.reopenable(p, d.now.Up):
		d.next()
		d.claimNamed(t, p.ID, TokenUse{})
	case why != "":
		d.refuseToken(t, why)
	case t.Courier != "":
		d.courierToken(t)
	case t.Door != 0:
		d.next()
		d.doorToken(t)
	default:
		d.next()
		d.claimNamed(t, t.Parcel, t.use())
	}
}

// claimNamed claims a parcel by a token. The previous person at the kiosk may have been the last to know of it.
func (d *decision) claimNamed(t Token, parcel string, use TokenUse) {
	if p := d.s.named(parcel); p != nil {
		d.claim(*p, use, false)
		return
	}
	d.refuseToken(t, TokenNothing)
}

// sameToken handles another scan of the present session's token.
func (d *decision) sameToken() {
	if p := d.s.parcel(d.s.Session.Parcel); p != nil {
		d.sameCode(*p, d.s.Session.Token)
	}
}

// openedWith is the parcel that was collected with a token; nil if there is none, or if the token names another one.
func (s *State) openedWith(t Token) *Parcel {
	for _, u := range s.Used {
		if p := s.parcel(u.Parcel); u.ID == t.ID && p != nil && (t.Parcel == p.ID || t.Parcel == p.Tracking) {
			return p
		}
	}
	return nil
}

// tokenRefusal says why a token opens nothing now; empty if it does.
func (s *State) tokenRefusal(t Token, now Now) TokenRefusal {
	switch {
	case t.Refusal != "":
		return t.Refusal
	case t.Cabinet != s.plan.Cabinet:
		return TokenElsewhere
	case slices.ContainsFunc(s.Used, func(u UsedToken) bool { return u.ID == t.ID }):
		return TokenUsed
	case s.revoked(t.ID):
		return TokenRevoked
	}
	if why := s.tokenTime(t, now); why != "" {
		return why
	}
	if t.Parcel != "" {
		switch p := s.named(t.Parcel); {
		case p == nil:
			return TokenNothing
		case p.outdated(t):
			return TokenReplaced
		}
		return ""
	}
	_, built := s.planned(t.Door)
	known := s.isCourier(t.Courier)
	switch {
	case !built && !known:
		return TokenNothing
	case s.Forgot, !s.OrdersFrom.IsZero() && !t.Issued.After(s.OrdersFrom):
		return TokenRestored
	}
	return ""
}

// named finds the parcel that a token names.
func (s *State) named(parcel string) *Parcel {
	if p := s.parcel(parcel); p != nil && (p.State != ParcelDropping || p.Again) {
		return p
	}
	return s.byTracking(parcel)
}

// tokenTime judges a token's times. While the clock is not set, the newest time in the journal is a lower bound: a token
// that had expired by then has expired. A parcel in the cabinet can be collected even so; all other tokens wait for the
// clock.
func (s *State) tokenTime(t Token, now Now) TokenRefusal {
	at := now.Wall
	if !now.Known {
		at = s.Newest
	}
	switch {
	case !at.Before(t.Expires.Add(tolerance)):
		return TokenExpired
	case !now.Known && t.Parcel == "":
		return TokenClock
	case now.Known && at.Add(tolerance).Before(t.NotBefore):
		return TokenEarly
	}
	return ""
}

// tokenNotices are the messages on screen. For a token without a valid signature it only says that it opens nothing.
var tokenNotices = map[TokenRefusal]Notice{
	TokenElsewhere: NoticeElsewhere, TokenEarly: NoticeEarly, TokenExpired: NoticeExpired, TokenUsed: NoticeUsedCode,
	TokenRevoked: NoticeExpired, TokenRestored: NoticeExpired, TokenClock: NoticeNoClock, TokenNothing: NoticeNotHere,
	TokenReplaced: NoticeReplaced,
}

// refuseToken refuses a token. Nobody can guess a signature: a wrong one is counted, but locks out no valid one.
func (d *decision) refuseToken(t Token, why TokenRefusal) {
	notice, known := tokenNotices[why]
	if !known {
		notice = NoticeInvalid
	}
	n := d.s.Session
	if t.Refusal != "" {
		_ = d.compares(SourceHeld) // for its alarm
	}
	d.emit(CodeRefused{Session: d.s.Session.ID, Why: notice, Token: t.ID, Because: why, Held: t.Refusal != ""})
	if n.Courier != "" {
		d.move(n.Step, notice, n.Door)
		return
	}
	d.move(StepCode, notice, 0)
}

// courierToken signs a courier in, which spends the token.
func (d *decision) courierToken(t Token) {
	for c := range d.s.allCouriers() {
		if c.ID == t.Courier {
			d.next()
			if d.signIn(*c, "token") {
				d.emit(TokenSpent{Token: t.ID, Until: t.Expires})
			}
			return
		}
	}
}

// doorToken opens a door by the operator's authority, whatever it contains, like an order to unlock.
func (d *decision) doorToken(t Token) {
	if d.s.refusalToUnlock(UnlockOrder{Door: t.Door}) != "" {
		d.move(StepTrouble, NoticeNone, t.Door)
		return
	}
	why := d.unlock(t.Door, UnlockRequested{Why: WhyToken, Session: d.s.Session.ID, Token: t.use()})
	if why != NoticeNone {
		d.move(StepCode, why, 0)
		return
	}
	d.move(StepPickup, NoticeNone, t.Door)
}

// spend marks a token as used: its door was seen to open.
func (d *decision) spend(u Unlock) {
	if u.Token.ID != "" && !slices.ContainsFunc(d.s.Used, func(x UsedToken) bool { return x.ID == u.Token.ID }) {
		d.emit(TokenSpent{Token: u.Token.ID, Until: u.Token.Until, Parcel: u.Parcel})
	}
}

func (s *State) applyToken(e Event) {
	switch e := e.(type) {
	case TokenSpent:
		s.use(e)
	case TokensRevoked:
		s.revoke(e)
	}
}

// use remembers a token until it would have expired anyway.
func (s *State) use(e TokenSpent) {
	s.Used = append(without(s.Used, func(u UsedToken) bool {
		over := u.over(s.Newest)
		if over {
			s.Gone = later(s.Gone, u.Until)
		}
		return over
	}),
		UsedToken{TokenUse: TokenUse{ID: e.Token, Until: e.Until}, Parcel: e.Parcel})
}

// over says that a token has expired even if the clock was corrected by a day.
func (u UsedToken) over(newest time.Time) bool { return newest.After(u.Until.Add(24 * time.Hour)) }

package locker

import (
	"slices"
	"time"
)

// RevokedToken is a signed token that the cloud has withdrawn.
type RevokedToken struct {
	ID string `json:"id"` // its "jti"
	// Until is when it would have expired by itself: from then on it need not be remembered.
	Until time.Time `json:"until"`
}

// RevokeOrder withdraws tokens before they expire by themselves.
type RevokeOrder struct {
	IDs   []string
	Until time.Time // when the last of them ends by itself
}

// TokensRevoked says that tokens no longer open anything.
type TokensRevoked struct {
	Order string    `json:"order"`
	IDs   []string  `json:"ids"`
	Until time.Time `json:"until"`
}

// Kind is "tokens.revoked".
func (TokensRevoked) Kind() string { return "tokens.revoked" }

// maxRevoked is how many revoked tokens are remembered. An order that would exceed it is refused, so that no token is
// forgotten while it could still open.
const maxRevoked = 1000

// revoked says that a token is withdrawn.
func (s *State) revoked(id string) bool {
	return slices.ContainsFunc(s.Revoked, func(t RevokedToken) bool { return t.ID == id })
}

// ended says that a token with this expiry has expired by the newest time that was known to be right. With a clock that was
// never set nothing has expired.
func (s *State) ended(until time.Time) bool { return s.Newest.After(until.Add(tolerance)) }

func (s *State) refusalToRevoke(o RevokeOrder, now Now) string {
	switch {
	case len(o.IDs) == 0:
		return "names no token"
	case o.Until.IsZero():
		return "until: must say when the last of the tokens ends by itself"
	case s.ended(o.Until) || now.Known && now.Wall.After(o.Until.Add(tolerance)):
		return "the tokens have ended by themselves"
	case len(s.live())+len(o.IDs) > maxRevoked:
		return "more tokens are revoked than can be remembered"
	}
	return ""
}

// live are the revoked tokens that have not expired by themselves, as a new list.
func (s *State) live() []RevokedToken {
	return without(s.Revoked, func(t RevokedToken) bool { return s.ended(t.Until) })
}

// revoke remembers tokens, for one that was revoked before the later expiry, and forgets those that have expired.
func (s *State) revoke(e TokensRevoked) {
	for _, t := range s.Revoked {
		if s.ended(t.Until) {
			s.Gone = later(s.Gone, t.Until)
		}
	}
	s.Revoked = s.live()
	for _, id := range e.IDs {
		i := slices.IndexFunc(s.Revoked, func(t RevokedToken) bool { return t.ID == id })
		switch {
		case i < 0:
			s.Revoked = append(s.Revoked, RevokedToken{ID: id, Until: e.Until})
		case e.Until.After(s.Revoked[i].Until):
			s.Revoked[i].Until = e.Until
		}
	}
}

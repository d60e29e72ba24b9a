package cabinet

import (
	"context"
	"strings"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/scanner"
	"lockerd/internal/ui"
)

// people turns what people type and scan into inputs. After it there are no plain codes, only keyed hashes and boxes.
type people struct {
	keys        *credential.Keys
	issuers     *credential.Issuers
	labels      *scanner.Labels
	digits      int // of pickup codes
	loop        *loop
	technicians *credential.Technicians
	saw         func(name, text string, c scanner.Claim)
}

// Press handles a touch on the kiosk's screen.
func (p *people) Press(ctx context.Context, press ui.Press) error {
	var in locker.Input
	switch {
	case press.Present:
		in = locker.Present{Revision: press.Revision}
	case press.Code != "" && p.technicians.Roster().Step.ForTechnicians():
		typed, ok := p.technicians.Typed(ctx, press.Revision, press.Code)
		if !ok {
			return nil // as with every press that was meant for another screen
		}
		in = typed
	case press.Code != "":
		in = locker.Typed{Revision: press.Revision, Hash: p.keys.Hash(press.Code)}
	case press.Phone != "":
		mask, ok := locker.MaskPhone(press.Phone)
		if !ok {
			return nil // the page lets no such number be sent: a slip of a finger at the most
		}
		in = locker.PhoneTyped{Revision: press.Revision, Mask: mask, Phone: p.keys.Box([]byte(press.Phone)),
			Person: p.keys.Hash(locker.PersonOf(press.Phone)), Offers: p.keys.Offers(p.digits)}
	case press.Tracking != "":
		in = locker.TrackingTyped{Revision: press.Revision, Tracking: p.labels.Read(press.Tracking).Tracking,
			Offers: p.keys.Offers(p.digits)}
	default:
		in = locker.Tapped{Revision: press.Revision, Action: press.Action, Size: press.Size, Language: press.Language, Door: press.Door,
			Reason: press.Reason, Board: press.Board, Weight: press.Weight, Offers: p.offers(mayBegin(press.Action))}
	}
	return p.loop.Submit(ctx, in)
}

// mayBegin says that a drop-off may begin with a button.
func mayBegin(a locker.Action) bool {
	return a == locker.ActionSize || a == locker.ActionEmpty || a == locker.ActionNoPhone || a == locker.ActionTold || a == locker.ActionStanding
}

// offers makes codes for inputs that may begin a drop-off. Making them takes about as long as the rest of an unlock, so
// other inputs do not wait for it.
func (p *people) offers(wanted bool) []locker.Offer {
	if !wanted {
		return nil
	}
	return p.keys.Offers(p.digits)
}

// scanned turns a scan into an input. It returns once its events are on disk.
func (p *people) scanned(scanner string) func(context.Context, string) error {
	return func(ctx context.Context, text string) error {
		c := p.labels.Read(text)
		p.saw(scanner, text, c)
		if c.Token != "" {
			token := p.token(c.Token)
			return p.loop.Do(ctx, locker.Scanned{Token: &token})
		}
		return p.loop.Do(ctx, locker.Scanned{Tracking: c.Tracking, Format: c.Format, Likely: c.Likely, Hash: c.Own, Code: c.Code, Bare: c.Bare, Offers: p.offers(c.Tracking != "")})
	}
}

// token checks a signed token and normalises the number of the parcel that it names.
func (p *people) token(text string) locker.Token {
	t := p.issuers.Token(text)
	if number := p.labels.Read(t.Parcel).Tracking; number != "" && !strings.HasPrefix(t.Parcel, "p-") {
		t.Parcel = number
	}
	return t
}

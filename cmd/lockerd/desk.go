package main

import (
	"context"
	"strings"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// desk turns what people type and scan into inputs. From here on there are no plain codes: only keyed hashes and boxes.
type desk struct {
	keys        *credential.Keys
	issuers     *credential.Issuers
	labels      *labels
	digits      int // of pickup codes
	loop        *loop
	technicians *technicians
	saw         func(scanner, text string, own bool)
}

// Press is a finger on the kiosk's screen.
func (d *desk) Press(ctx context.Context, p ui.Press) error {
	var in locker.Input
	switch {
	case p.Present:
		in = locker.Present{Revision: p.Revision}
	case p.Code != "" && d.technicians.roster.Load().Step.ForTechnicians():
		typed, ok := d.technicians.typed(ctx, p.Revision, p.Code)
		if !ok {
			return nil // as with every press that was meant for another screen
		}
		in = typed
	case p.Code != "":
		in = locker.Typed{Revision: p.Revision, Hash: d.keys.Hash(p.Code)}
	case p.Phone != "":
		mask, ok := locker.MaskPhone(p.Phone)
		if !ok {
			return nil // the page lets no such number be sent: a slip of a finger at the most
		}
		in = locker.PhoneTyped{Revision: p.Revision, Mask: mask, Phone: d.keys.Box([]byte(p.Phone)),
			Offers: d.keys.Offers(d.digits)}
	case p.Tracking != "":
		in = locker.TrackingTyped{Revision: p.Revision, Tracking: d.labels.read(p.Tracking).tracking,
			Offers: d.keys.Offers(d.digits)}
	default:
		in = locker.Tapped{Revision: p.Revision, Action: p.Action, Size: p.Size, Language: p.Language, Door: p.Door,
			Reason: p.Reason, Board: p.Board, Offers: d.offers(mayBegin(p.Action))}
	}
	return d.loop.Submit(ctx, in)
}

// mayBegin says that a drop-off may begin with a button.
func mayBegin(a locker.Action) bool {
	return a == locker.ActionSize || a == locker.ActionEmpty || a == locker.ActionNoPhone
}

// offers makes codes for what may begin a drop-off. Making them takes about as long as all the rest of an unlock, so
// nobody else waits for it.
func (d *desk) offers(wanted bool) []locker.Offer {
	if !wanted {
		return nil
	}
	return d.keys.Offers(d.digits)
}

// scanned is what happens when something is held before a scanner. It returns once what follows is on disk.
func (d *desk) scanned(scanner string) func(context.Context, string) error {
	return func(ctx context.Context, text string) error {
		c := d.labels.read(text)
		d.saw(scanner, text, c.personal)
		if c.token != "" {
			token := d.token(c.token)
			return d.loop.Do(ctx, locker.Scanned{Token: &token})
		}
		return d.loop.Do(ctx, locker.Scanned{Tracking: c.tracking, Format: c.format, Likely: c.likely, Hash: c.own, Code: c.code, Bare: c.bare, Offers: d.offers(c.tracking != "")})
	}
}

// token checks a signed token. The parcel that it names has the number here that a scan of it would have.
func (d *desk) token(text string) locker.Token {
	t := d.issuers.Token(text)
	if number := d.labels.read(t.Parcel).tracking; number != "" && !strings.HasPrefix(t.Parcel, "p-") {
		t.Parcel = number
	}
	return t
}

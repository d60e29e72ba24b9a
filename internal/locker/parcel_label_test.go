package locker_test

import (
	"testing"

	"lockerd/internal/locker"
)

// label is a scan of one of several barcodes of a label.
func (c *cabinet) label(tracking, format string, likely int) []locker.Event {
	c.t.Helper()
	return c.feed(locker.Scanned{Tracking: tracking, Format: format, Likely: likely, Hash: hash(tracking), Offers: c.offers()})
}

// A label carries several barcodes: in whatever order they are scanned, the likeliest number is the parcel's.
func TestSeveralBarcodes(t *testing.T) {
	inHand := func(t *testing.T, c *cabinet, want string) {
		t.Helper()
		if c.state.Session.Tracking != want {
			t.Fatalf("want %q in hand, got %q", want, c.state.Session.Tracking)
		}
	}
	signedIn := func(t *testing.T) *cabinet {
		c := newCabinet(t)
		c.scan("badge-ada")
		return c
	}
	for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		c := signedIn(t)
		for _, i := range order {
			switch i {
			case 0:
				c.label("340434161094042557", "sscc", 900)
			case 1:
				c.label("ORDER17", "plain", 10)
			case 2:
				c.label("1234567890", "dhl_express", 300)
			}
		}
		inHand(t, c, "340434161094042557")
	}
	t.Run("a route, goods or a web page changes nothing", func(t *testing.T) {
		c := signedIn(t)
		c.label("ORDER17", "plain", 10)
		if events := c.label("", "gs1_route", 2000); len(events) > 0 {
			t.Fatalf("want nothing, got %s", names(events))
		}
		inHand(t, c, "ORDER17")
	})
	t.Run("a route alone: another barcode is asked for, each time", func(t *testing.T) {
		c := signedIn(t)
		c.label("", "gs1_route", 2000)
		c.notice(locker.NoticeNoNumber)
		said := c.view().Revision
		c.label("", "gs1_route", 2000)
		c.notice(locker.NoticeNoNumber)
		if c.view().Revision == said {
			t.Fatal("want it said once more: who has scanned again sees that")
		}
	})
	t.Run("less likely, and told so", func(t *testing.T) {
		c := signedIn(t)
		c.label("340434161094042557", "sscc", 900)
		wantNo[locker.ParcelScanned](t, c.label("ORDER17", "plain", 10))
		c.notice(locker.NoticeKeepsNumber)
	})
	t.Run("another parcel of the same carrier", func(t *testing.T) {
		c := signedIn(t)
		c.label("340434161094042557", "sscc", 900)
		c.label("340434161094042564", "sscc", 900)
		inHand(t, c, "340434161094042564")
	})
	t.Run("two of no format, which do not look the same", func(t *testing.T) {
		for _, first := range []bool{true, false} {
			c := signedIn(t)
			if first {
				c.label("ORDER17", "plain", 307)
			}
			c.label("3SABCD1234567", "plain", 913)
			if !first {
				c.label("ORDER17", "plain", 307)
			}
			inHand(t, c, "3SABCD1234567")
			c.label("3SABCD7654321", "plain", 913)
			inHand(t, c, "3SABCD7654321") // looks the same: another parcel
		}
	})
	t.Run("one that was announced, of no format as well", func(t *testing.T) {
		for _, first := range []bool{true, false} {
			c := newCabinet(t)
			c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "ORDER17"}})
			c.scan("badge-ada")
			if first {
				c.label("ORDER17", "plain", 307)
			}
			c.label("3SABCD1234567", "plain", 913)
			if !first {
				c.label("ORDER17", "plain", 307)
			}
			inHand(t, c, "ORDER17")
		}
	})
	t.Run("one that was announced", func(t *testing.T) {
		c := newCabinet(t)
		c.order(locker.Order{Announce: &locker.AnnounceOrder{Tracking: "ORDER17"}})
		c.scan("badge-ada")
		c.label("340434161094042557", "sscc", 900)
		c.label("ORDER17", "plain", 10)
		inHand(t, c, "ORDER17")
		c.label("340434161094042557", "sscc", 900)
		inHand(t, c, "ORDER17")
	})
	t.Run("behind a shut door it begins no second parcel", func(t *testing.T) {
		c := signedIn(t)
		c.label("ORDER17", "plain", 10)
		c.phone()
		c.feed(locker.Tapped{Revision: c.view().Revision, Action: locker.ActionSize, Size: "S", Offers: c.offers()})
		c.shut(c.view().Door)
		wantNo[locker.ParcelStored](t, c.label("", "dhl_routing", 300))
	})
}

package ui_test

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

func TestOperatorsColourCanBeRead(t *testing.T) {
	for _, tt := range []struct {
		colour  string
		changed bool
	}{{"#0e4a43", false}, {"#FF6600", true}, {"#ffffff", true}, {"#000000", false}, {"#00ff00", true}, {"#0000ff", false}} {
		shown, changed := ui.Operator{Colour: tt.colour}.Darkened()
		if got := contrast(t, "ffffff", shown[1:]); got < 7 || changed != tt.changed {
			t.Errorf("%s: shown as %s (changed: %t) white has %.1f:1 on it", tt.colour, shown, changed, got)
		}
		cfg := ui.Config{Operator: ui.Operator{Colour: tt.colour}}
		_, _, web := kiosk(t, cfg)
		_, page := get(t, web.URL)
		sheet := regexp.MustCompile(`/static/operator-[0-9a-f]+\.css`).FindString(page)
		_, css := get(t, web.URL+sheet)
		night := regexp.MustCompile(`night\] \{ --deep: #([0-9a-f]{6}); --on-deep: #([0-9a-f]{6});`).FindStringSubmatch(css)
		if night == nil || contrast(t, night[1], night[2]) < 7 {
			t.Errorf("%s: by night the text cannot be read: %s", tt.colour, css)
		}
	}
	if err := (ui.Operator{Colour: "green"}).Validate(); err == nil {
		t.Error("a colour by its name is taken")
	}
}

func TestOperatorsMark(t *testing.T) {
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, data string
		fine       bool
	}{
		{"mark.png", drawn.String(), true},
		{"mark.svg", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h4v4z"/></svg>`, true},
		{"mark.gif", "GIF89a", false},
		{"cut.png", drawn.String()[:drawn.Len()/2], false},
		{"page.svg", "<html></html>", false},
		{"cut.svg", "<svg><path", false},
		{"empty.svg", "", false},
		{"huge.svg", "<svg>" + strings.Repeat(" ", 300<<10) + "</svg>", false},
	} {
		path := filepath.Join(t.TempDir(), tt.name)
		if err := os.WriteFile(path, []byte(tt.data), 0o600); err != nil {
			t.Fatal(err)
		}
		o := ui.Operator{Name: "Nord", Mark: path}
		if err := o.CheckMark(); (err == nil) != tt.fine || err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", tt.name, err)
		}
		_, _, web := kiosk(t, ui.Config{Operator: o}) // whatever the file is, the kiosk comes up
		_, page := get(t, web.URL)
		src := regexp.MustCompile(`<img src="(/static/operator-[^"]+)"`).FindStringSubmatch(page)
		if (src != nil) != tt.fine {
			t.Fatalf("%s: on the page: %q", tt.name, src)
		}
		if src != nil {
			if res, body := get(t, web.URL+src[1]); res.status != http.StatusOK || body != tt.data {
				t.Errorf("%s: served with %d", tt.name, res.status)
			}
		}
	}
	if err := (ui.Operator{Mark: "/nowhere/mark.png"}).CheckMark(); err == nil {
		t.Error("a mark that is not there is fine")
	}
}

// TestTheHouseIsNamedByItsOperatorAlone reads every screen in every language: the program names itself nowhere.
func TestTheHouseIsNamedByItsOperatorAlone(t *testing.T) {
	t.Parallel()
	neutral, _, plain := kiosk(t, ui.Config{})
	s, _, web := kiosk(t, house)
	for _, code := range ui.Languages() {
		if testing.Short() && code != "de" {
			continue
		}
		for _, st := range stories() {
			v := st.view
			v.Language = code
			neutral.Show(v)
			_, page := get(t, plain.URL)
			page = strings.NewReplacer("lockerd-demo-1", "", "/lockerd/", "").Replace(page) // a client's name, a file's: of faults
			if strings.Contains(strings.ToLower(page), "lockerd") {
				t.Errorf("%s in %s names the program", st.name, code)
			}
			s.Show(v)
			_, page = get(t, web.URL)
			if page = html.UnescapeString(page); !strings.Contains(page, house.Operator.Name) || !strings.Contains(page, house.Operator.Hotline) {
				t.Errorf("%s in %s lacks the operator's name or hotline", st.name, code)
			}
		}
	}
}

// TestWhoIsStuckHasANumberToTell: where something went wrong the screen names the cabinet and the record that brought it.
func TestWhoIsStuckHasANumberToTell(t *testing.T) {
	s, _, web := kiosk(t, house)
	for _, tt := range []struct {
		name string
		view locker.View
		want bool
	}{
		{"nothing is wrong", base(locker.StepHome, locker.ActionPickup), false},
		{"a wrong code", with(base(locker.StepCode), func(v *locker.View) { v.Notice = locker.NoticeWrongCode }), true},
		{"a parcel stored", with(base(locker.StepScan), func(v *locker.View) { v.Notice = locker.NoticeStored }), false},
		{"a door that is stuck", with(base(locker.StepTrouble), func(v *locker.View) { v.Door = 9 }), true},
		{"typing is locked", with(base(locker.StepPIN), func(v *locker.View) { v.LockedFor = time.Minute }), true},
		{"typing is locked, and no code is asked for", with(base(locker.StepPickup), func(v *locker.View) { v.LockedFor = time.Minute }), false},
		{"typing is locked, and a phone number is asked for", with(base(locker.StepPhone), func(v *locker.View) { v.LockedFor = time.Minute }), false},
		{"out of order", base(locker.StepOutOfOrder), true},
	} {
		v := tt.view
		v.Revision = 123450
		s.Show(v)
		if _, page := get(t, web.URL); strings.Contains(page, "demo-1/123450") != tt.want {
			t.Errorf("%s: want a reference number: %t", tt.name, tt.want)
		}
	}
}

func with(v locker.View, change func(*locker.View)) locker.View {
	change(&v)
	return v
}

// TestStillsAreAnnounced: who takes them, for how long and where to ask is said before a door opens, and only where
// there is a camera.
func TestStillsAreAnnounced(t *testing.T) {
	none := house
	none.Stills = 0
	for _, code := range ui.Languages() {
		for _, tt := range []struct {
			step locker.Step
			cfg  ui.Config
			want bool
		}{{locker.StepHome, house, true}, {locker.StepCode, house, true}, {locker.StepPIN, house, true}, {locker.StepHome, none, false}} {
			s, _, web := kiosk(t, tt.cfg)
			s.Show(with(base(tt.step), func(v *locker.View) { v.Language = code }))
			_, page := get(t, web.URL)
			if got := strings.Contains(page, house.Operator.Privacy) && strings.Contains(page, `class="privacy"`) && strings.Contains(page, "30"); got != tt.want {
				t.Errorf("%s in %s: want stills announced: %t", tt.step, code, tt.want)
			}
		}
	}
}

func TestPlacesOfTheScreen(t *testing.T) {
	for _, tt := range []struct {
		place ui.Place
		fine  bool
	}{{ui.Place{}, true}, {ui.Place{Column: 2, Under: 7, Scanner: "below"}, true}, {ui.Place{Under: 7}, false},
		{ui.Place{Column: -1}, false}, {ui.Place{Scanner: "behind"}, false}} {
		if err := tt.place.Validate(); (err == nil) != tt.fine {
			t.Errorf("%+v: %v", tt.place, err)
		}
	}
	apart := cabinetDoors(nil, nil) // the second column has no doors
	for i := range apart {
		if apart[i].Column > 1 {
			apart[i].Column++
		}
	}
	for _, tt := range []struct {
		name  string
		place ui.Place
		doors []locker.DoorView
		want  int
	}{
		{"nobody knows", ui.Place{}, cabinetDoors(nil, nil), 0},
		{"the column without doors", ui.Place{}, apart, 2},
		{"as configured", ui.Place{Column: 3, Under: 17}, cabinetDoors(nil, nil), 3},
		{"beyond the doors", ui.Place{Column: 5}, cabinetDoors(nil, nil), 5},
		{"under a door of another column", ui.Place{Column: 3, Under: 1}, cabinetDoors(nil, nil), 3},
	} {
		s, _, web := kiosk(t, ui.Config{Screen: tt.place})
		s.Show(with(base(locker.StepHome), func(v *locker.View) { v.Doors = tt.doors }))
		_, page := get(t, web.URL)
		here := strings.Contains(page, `class="glass"`)
		if here != (tt.want > 0) || here && !strings.Contains(page, fmt.Sprintf("This screen is in column %d.", tt.want)) {
			t.Errorf("%s: want the screen in column %d; drawn: %t", tt.name, tt.want, here)
		}
	}
}

package ui_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"math"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// constants are the values that package locker names for a type, read from its source: a word that comes there later
// must be known here.
func constants(t *testing.T, of string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../locker/screen_words.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == of {
			v, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, v)
		}
		return false
	})
	if len(values) == 0 {
		t.Fatalf("package locker names no %s", of)
	}
	return values
}

func TestEveryWordOfTheRulesIsKnown(t *testing.T) {
	told := map[string]bool{}
	for _, st := range stories() {
		told["step "+string(st.view.Step)], told["notice "+string(st.view.Notice)] = true, true
		for _, a := range st.view.Actions {
			told["action "+string(a)] = true
		}
	}
	for _, kind := range []string{"Step", "Notice", "Action"} {
		for _, word := range constants(t, kind) {
			if !told[strings.ToLower(kind)+" "+word] {
				t.Errorf("no story shows the %s %q", strings.ToLower(kind), word)
			}
		}
	}
	_, d, web := kiosk(t, ui.Config{})
	for _, word := range constants(t, "Action") {
		more := map[locker.Action]string{locker.ActionSize: `,"size":"M"`, locker.ActionLanguage: `,"language":"ar"`,
			locker.ActionDoor: `,"door":7`, locker.ActionReopen: `,"door":7`, locker.ActionReason: `,"reason":"dirty"`, locker.ActionAddDoor: `,"size":"M"`,
			locker.ActionRewire: `,"board":{"bus":"main","board":2}`, locker.ActionWeight: `,"weight":2000`}
		body := fmt.Sprintf(`{"revision":"1","action":"%s"%s}`, word, more[locker.Action(word)])
		if got := send(t, web.URL, body); got != http.StatusAccepted || len(d.take()) != 1 {
			t.Errorf("the action %q cannot be pressed: %d", word, got)
		}
	}
}

// TestContrast holds every pair of text and ground to WCAG's level AAA, by day and by night.
func TestContrast(t *testing.T) {
	data, err := os.ReadFile("static/kiosk.css")
	if err != nil {
		t.Fatal(err)
	}
	palettes := regexp.MustCompile(`(?s)^.*?:root \{(.*?)\}.*?:root\[data-theme=night\] \{(.*?)\}`)
	blocks := palettes.FindStringSubmatch(string(data))
	if blocks == nil {
		t.Fatal("the style has no palettes")
	}
	for i, theme := range []string{"day", "night"} {
		palette := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{3,6});`).FindAllStringSubmatch(blocks[i+1], -1) {
			palette[m[1]] = m[2]
		}
		for _, pair := range [][2]string{
			{"ink", "paper"}, {"ink", "sheet"}, {"soft", "paper"}, {"soft", "sheet"}, {"on-deep", "deep"},
			{"on-sun", "sun"},
			{"good", "good-bg"}, {"bad", "bad-bg"}, {"good", "sheet"}, {"bad", "sheet"},
		} {
			ratio := contrast(t, palette[pair[0]], palette[pair[1]])
			if ratio < 7 {
				t.Errorf("%s: %s on %s has a contrast of %.1f:1, want 7:1", theme, pair[0], pair[1], ratio)
			}
		}
	}
}

// contrast is WCAG 2's contrast ratio of two colours as "rrggbb" or "rgb".
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(hex string) float64 {
		if len(hex) == 3 {
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
		}
		rgb, err := strconv.ParseUint(hex, 16, 24)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			c := float64(rgb>>(16-8*i)&0xff) / 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += weight * c
		}
		return sum
	}
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// TestWhatIsTypedWhileCodesAreLocked: who guesses codes keeps no courier from a recipient's phone or a parcel's number, and nobody from asking
// for their code; and badges are read as ever.
func TestWhatIsTypedWhileCodesAreLocked(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	for step, typed := range map[locker.Step]bool{locker.StepPhone: true, locker.StepTracking: true, locker.StepResend: true, locker.StepTechPIN: false,
		locker.StepCode: false, locker.StepPIN: false, locker.StepBadge: false, locker.StepLastDigits: false, locker.StepSecond: false} {
		v := base(step, locker.ActionBack)
		v.LockedFor = time.Minute
		s.Show(v)
		if _, page := get(t, web.URL); strings.Contains(page, `class="keypad"`) != typed {
			t.Errorf("%s: want a keypad: %t", step, typed)
		}
	}
	for step, says := range map[locker.Step]string{locker.StepScan: "Hold its barcode before the scanner.", locker.StepPIN: "Your badge still works",
		locker.StepBadge: "Your badge still works", locker.StepCode: "your code stays good", locker.StepHome: "Touch what you came for."} {
		v := base(step, locker.ActionBack)
		v.LockedFor, v.ScansLocked, v.Courier = time.Minute, true, "Ada"
		s.Show(v)
		if _, page := get(t, web.URL); !strings.Contains(html.UnescapeString(page), says) {
			t.Errorf("%s: want it said, where codes that are scanned are locked, too: %s", step, says)
		}
	}
	v := base(locker.StepCode, locker.ActionBack)
	v.LockedFor, v.ScansLocked, v.Notice = time.Minute, true, locker.NoticeScansLocked
	s.Show(v)
	if _, page := get(t, web.URL); strings.Contains(page, "Please type your code") {
		t.Error("who cannot type is asked to")
	}
}

// TestNoDoorOfASizeThatWasChosen: the rules keep the size that was announced, and none that was touched.
func TestNoDoorOfASizeThatWasChosen(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	for size, says := range map[string]string{"M": "No door of size M is free", "": "No door of that size is free"} {
		v := base(locker.StepNoDoor, locker.ActionSize, locker.ActionBack)
		v.Size, v.Sizes = size, sizes(2, 0, 3)
		s.Show(v)
		_, page := get(t, web.URL)
		if title := strings.ReplaceAll(markup.ReplaceAllString(page, ""), "\u00a0", " "); !strings.Contains(title, says) {
			t.Errorf("size %q: want %q", size, says)
		}
	}
}

// TestNoOtherDoor: whose door is set aside is asked to take another one where there is one.
func TestNoOtherDoor(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	for step, says := range map[locker.Step]string{locker.StepDrop: "Please take this one.", locker.StepNoDoor: "That door is set aside."} {
		v := base(step, locker.ActionBack)
		v.Door, v.Notice = 7, locker.NoticeSetAside
		s.Show(v)
		if _, page := get(t, web.URL); !strings.Contains(page, says) || strings.Contains(page, "Please take this one.") != (step == locker.StepDrop) {
			t.Errorf("%s: want %q", step, says)
		}
	}
}

// TestADoorThatIsLeft: whoever leaves a door that did not open is not said to leave it open.
func TestADoorThatIsLeft(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	for name, says := range map[string]string{"take-out-larger": "Go on without it shut", "take-out-waiting": "Skip this door",
		"recall-open": "Go on without it shut", "recall-waiting": "Skip this door"} {
		s.Show(named(t, name))
		if _, page := get(t, web.URL); !strings.Contains(page, "<span>"+says+"</span>") {
			t.Errorf("%s: want %q", name, says)
		}
	}
}

// TestWhoSetADoorAside is told to a technician in their language, whoever it was.
func TestWhoSetADoorAside(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	for by, says := range map[string]string{"rules": "die Anlage selbst", "recipient": "Empfänger", locker.FromSender: "ein Absender", "courier:c1": "Zusteller\u00a0c1"} {
		v := base(locker.StepDoor, locker.ActionBack)
		v.Technician, v.Language, v.Door = "Grace", "de", 7
		v.Details = []locker.DoorDetail{{Number: 7, State: locker.Closed, Holds: locker.Empty, Blocked: locker.BlockJammed, BlockedBy: by}}
		s.Show(v)
		if _, page := get(t, web.URL); !strings.Contains(markup.ReplaceAllString(page, ""), says) {
			t.Errorf("%s: want %q", by, says)
		}
	}
}

// TestNobodyIsSentToAButtonThatIsNotThere: what a screen names in quotes can be touched on it.
func TestNobodyIsSentToAButtonThatIsNotThere(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	named := regexp.MustCompile(`[“„«]([^”“»]+)[”“»]`)
	for _, code := range ui.Languages() {
		for _, st := range stories() {
			if len(st.view.Actions) == 0 {
				continue
			}
			st.view.Language = code
			s.Show(st.view)
			_, page := get(t, web.URL)
			help, rest, _ := strings.Cut(html.UnescapeString(page[strings.Index(page, `<p id="help">`):]), "</p>")
			for _, m := range named.FindAllStringSubmatch(markup.ReplaceAllString(help, ""), -1) {
				if !strings.Contains(rest, "<span>"+m[1]+"</span>") {
					t.Errorf("%s, %s: there is no %q", code, st.name, m[1])
				}
			}
		}
	}
}

// TestACourierWithoutAName is one all the same: an order may leave it out.
func TestACourierWithoutAName(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	for name, want := range map[string]string{"scan": "Scan a parcel, Courier", "scan-no-drop": "Welcome, Courier", "scan-over": "Hold your badge before the scanner to go on.",
		"wrong-courier": "If all is well, go back: nothing has changed.", "scan-sprung": "Door 12 stands open."} {
		v := named(t, name)
		v.Courier = ""
		s.Show(v)
		_, page := get(t, web.URL)
		if text := strings.ReplaceAll(html.UnescapeString(markup.ReplaceAllString(page, "")), "\u00a0", " "); !strings.Contains(text, want) {
			t.Errorf("%s: want %q", name, want)
		}
	}
}

// markup is what a page holds besides its text.
var markup = regexp.MustCompile(`<[^>]*>`)

// TestTheLastMinutesOfASession: that it is about to end is said beside what has just happened, and is true until it has.
func TestTheLastMinutesOfASession(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	for code, later := range map[string]string{"en": " in two minutes", "de": " in zwei Minuten", "ar": "بعد دقيقتين", "zh": "两分钟后"} {
		for who, name := range map[string]func(*locker.View){
			"recipient": func(*locker.View) {}, "courier": func(v *locker.View) { v.Courier = "Ada" }, "technician": func(v *locker.View) { v.Technician = "Grace" },
		} {
			v := base(locker.StepCode, locker.ActionBack)
			name(&v)
			v.Language, v.OverIn, v.Notice = code, 20*time.Second, locker.NoticeNeedsPhone
			s.Show(v)
			_, page := get(t, web.URL)
			said := html.UnescapeString(page)
			for _, text := range []string{texts(t, code)["notice.needs_phone"][""], texts(t, code)["over."+who][""]} {
				if !strings.Contains(said, text) {
					t.Errorf("%s, %s: want it said: %s", code, who, text)
				}
			}
			if strings.Contains(said, later) {
				t.Errorf("%s, %s: it ends in 20 s, and not%s", code, who, later)
			}
		}
	}
}

// TestADoorOfThisVisitThatSprangOpen is told to its courier before anything else, and no other door is.
func TestADoorOfThisVisitThatSprangOpen(t *testing.T) {
	s, _, web := kioskWith(t, ui.Config{}, gauges{troubled})
	v := base(locker.StepScan, locker.ActionType)
	v.Courier, v.Filled, v.LeftOpen, v.Notice = "Ada", []int{5, 12}, []int{7, 12}, locker.NoticeStored
	s.Show(v)
	_, page := get(t, web.URL)
	if shown := html.UnescapeString(page); !strings.Contains(shown, "Door 12 stands open. Please push it shut.") {
		t.Errorf("want door 12 told, got %s", shown)
	}
}

package ui_test

import (
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
	"lockerd/internal/wording/wordingtest"
)

// texts are all texts of a language.
func texts(t *testing.T, code string) map[string]map[string]string {
	t.Helper()
	return wordingtest.Texts(t, code, ui.LanguageFolders...)
}

func TestCataloguesAreComplete(t *testing.T) {
	english := texts(t, "en")
	for _, code := range ui.Languages() {
		wordingtest.Compare(t, code, english, texts(t, code))
	}
}

// TestEveryTextIsShown finds texts that no screen needs: those that no story shows.
func TestEveryTextIsShown(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, link := range []ui.Link{connected, troubled, {}, {Broker: "mqtt://127.0.0.1:1883"}} {
		cfg := house
		if link.Backlog == connected.Backlog { // and once with nothing that an operator can say of theirs
			cfg.Operator = ui.Operator{}
		}
		s, _, web := kioskWith(t, cfg, gauges{link})
		for _, st := range stories() {
			s.Show(st.view)
			_, page := get(t, web.URL)
			all.WriteString(page)
		}
		s.ShowPoster([]byte("a picture"), "a1")
		s.Show(base(locker.StepHome))
		_, page := get(t, web.URL)
		all.WriteString(page)
	}
	shown := html.UnescapeString(all.String())
	for key, one := range texts(t, "en") {
		if !slices.ContainsFunc(slices.Collect(maps.Values(one)), func(s string) bool { return appears(shown, s) }) {
			t.Errorf("%s is never shown: %q", key, one)
		}
	}
}

// appears says that a text is on a page, whatever fills its placeholders.
func appears(page, text string) bool {
	for _, part := range wordingtest.Placeholder.Split(text, -1) {
		if !strings.Contains(page, part) {
			return false
		}
	}
	return true
}

// TestEveryRecordIsToldOrPassedOver: a kind of record that comes later must have its words, or be named here as a step
// that tells a technician nothing.
func TestEveryRecordIsToldOrPassedOver(t *testing.T) {
	passed := regexp.MustCompile(`^(session|setup|look|recall|refusal|sequence)\.|^technician\.(invitation|pin|code)_|^(parcel\.(recipient_given|period_began|status)|` +
		`journal\.resend_asked|source\.unrecorded|person\.erasure_begun|(config|restart)\.begun|(restart|report|evidence|playlist)\.asked)$`)
	english := texts(t, "en")
	for _, kind := range locker.Kinds() {
		told := english["event."+strings.ReplaceAll(kind, ".", "_")] != nil
		if ui.Logged(kind) != told || !told && !passed.MatchString(kind) {
			t.Errorf("%s: shown: %t, in words: %t", kind, ui.Logged(kind), told)
		}
	}
}

// TestOneWord: in German what has a number is a Fach, in Chinese its number stands before 号柜; a contact alone sits in a door.
func TestOneWord(t *testing.T) {
	for code, other := range map[string]string{"de": "Tür", "zh": "号柜门"} {
		for key, one := range texts(t, code) {
			for _, s := range one {
				if strings.Contains(s, other) && key != "contact.door" {
					t.Errorf("%s %s: %q", code, key, s)
				}
			}
		}
	}
}

package ui_test

import (
	"html"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// texts reads a language's files as key, plural form ("" for a text without), text.
func texts(t *testing.T, code string) map[string]map[string]string {
	t.Helper()
	all := make(map[string]map[string]string)
	for _, folder := range ui.LanguageFolders {
		data, err := os.ReadFile(filepath.Join(folder, code+".toml"))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Name, Direction string
			Text            map[string]map[string]any
		}
		if err := toml.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		named := file.Name != "" && (file.Direction == "ltr" || file.Direction == "rtl")
		if named != (folder == "languages") {
			t.Errorf("%s/%s: name %q, direction %q", folder, code, file.Name, file.Direction)
		}
		for group, entries := range file.Text {
			for key, value := range entries {
				all[group+"."+key] = inForms(value)
			}
		}
	}
	return all
}

// inForms is a text by plural form.
func inForms(value any) map[string]string {
	one := make(map[string]string)
	switch v := value.(type) {
	case string:
		one[""] = v
	case map[string]any:
		for form, s := range v {
			one[form], _ = s.(string)
		}
	}
	return one
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func placeholders(s string) []string {
	found := placeholder.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// pluralForms are those that a language has for whole numbers, by CLDR.
func pluralForms(code string) []string {
	names := map[plural.Form]string{plural.Other: "other", plural.Zero: "zero", plural.One: "one",
		plural.Two: "two", plural.Few: "few", plural.Many: "many"}
	seen := map[string]bool{"other": true}
	for n := range 1000 {
		seen[names[plural.Cardinal.MatchPlural(language.MustParse(code), n, 0, 0, 0, 0)]] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func TestCataloguesAreComplete(t *testing.T) {
	english := texts(t, "en")
	for _, code := range ui.Languages() {
		t.Run(code, func(t *testing.T) {
			here := texts(t, code)
			for key := range here {
				if english[key] == nil {
					t.Errorf("%s is not in the English catalogue", key)
				}
			}
			for key, want := range english {
				got := here[key]
				if got == nil {
					t.Errorf("%s is missing", key)
					continue
				}
				checkText(t, code, key, want, got)
			}
		})
	}
}

func checkText(t *testing.T, code, key string, want, got map[string]string) {
	t.Helper()
	_, single := want[""]
	if _, s := got[""]; s != single {
		t.Errorf("%s: with or without plural forms, as in English", key)
		return
	}
	all := placeholders(want[""] + want["other"])
	for form, s := range got {
		if strings.TrimSpace(s) == "" || s != strings.TrimSpace(s) {
			t.Errorf("%s %s: empty, or with blanks around it", key, form)
		}
		if strings.ContainsAny(placeholder.ReplaceAllString(s, ""), "{}<>⟦⟧") {
			t.Errorf("%s %s: stray brackets in %q", key, form, s)
		}
		has := placeholders(s)
		if form == "" || form == "other" {
			if !slices.Equal(has, all) {
				t.Errorf("%s %s: want the placeholders %q, got %q", key, form, all, has)
			}
			continue
		}
		for _, p := range has { // "two doors" may do without {count}, but nothing else may come in
			if !slices.Contains(all, p) {
				t.Errorf("%s %s: a placeholder %s that English does not have", key, form, p)
			}
		}
	}
	if !single {
		if forms := slices.Sorted(maps.Keys(got)); !slices.Equal(forms, pluralForms(code)) {
			t.Errorf("%s: want the plural forms %q, got %q", key, pluralForms(code), forms)
		}
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
	for _, part := range placeholder.Split(text, -1) {
		if !strings.Contains(page, part) {
			return false
		}
	}
	return true
}

// TestEveryRecordIsToldOrPassedOver: a kind of record that comes later must have its words, or be named here as a step
// that tells a technician nothing.
func TestEveryRecordIsToldOrPassedOver(t *testing.T) {
	passed := regexp.MustCompile(`^(session|setup|look|recall|sequence)\.|^technician\.(invitation|pin|code)_|^(parcel\.(recipient_given|period_began|status)|` +
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

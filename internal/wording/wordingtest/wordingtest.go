// Package wordingtest holds the catalogues of several languages against each other: kiosk, couriers' page and office alike.
package wordingtest

import (
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
)

// Placeholder is a place in a text.
var Placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// Texts are a language's, as key, plural form ("" for a text without), text. Folders have a file of it each; the first names the
// language and its direction, no other does.
func Texts(t testing.TB, code string, folders ...string) map[string]map[string]string {
	t.Helper()
	all := make(map[string]map[string]string)
	for i, folder := range folders {
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
		if named != (i == 0) {
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

func placeholders(s string) []string {
	found := Placeholder.FindAllString(s, -1)
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

// Compare says where a language's texts are not those of English: one is missing or too many, lacks a plural form of its language or a
// place, or is empty.
func Compare(t testing.TB, code string, english, here map[string]map[string]string) {
	t.Helper()
	for key := range here {
		if english[key] == nil {
			t.Errorf("%s: %s is not in the English catalogue", code, key)
		}
	}
	for key, want := range english {
		got := here[key]
		if got == nil {
			t.Errorf("%s: %s is missing", code, key)
			continue
		}
		compare(t, code, key, want, got)
	}
}

func compare(t testing.TB, code, key string, want, got map[string]string) {
	t.Helper()
	_, single := want[""]
	if _, s := got[""]; s != single {
		t.Errorf("%s: %s: with or without plural forms, as in English", code, key)
		return
	}
	all := placeholders(want[""] + want["other"])
	for form, s := range got {
		if strings.TrimSpace(s) == "" || s != strings.TrimSpace(s) {
			t.Errorf("%s: %s %s: empty, or with blanks around it", code, key, form)
		}
		if strings.ContainsAny(Placeholder.ReplaceAllString(s, ""), "{}<>⟦⟧") {
			t.Errorf("%s: %s %s: stray brackets in %q", code, key, form, s)
		}
		has := placeholders(s)
		if form == "" || form == "other" {
			if !slices.Equal(has, all) {
				t.Errorf("%s: %s %s: want the placeholders %q, got %q", code, key, form, all, has)
			}
			continue
		}
		for _, p := range has { // "two doors" may do without {count}, but nothing else may come in
			if !slices.Contains(all, p) {
				t.Errorf("%s: %s %s: a placeholder %s that English does not have", code, key, form, p)
			}
		}
	}
	if !single {
		if forms := slices.Sorted(maps.Keys(got)); !slices.Equal(forms, pluralForms(code)) {
			t.Errorf("%s: %s: want the plural forms %q, got %q", code, key, pluralForms(code), forms)
		}
	}
}

// Package wording keeps texts in several languages, with their plural forms and what fills their places, and has the words for what
// cabinets record: the kiosk tells a technician of it, lockerdesk its operator. It shows nothing.
package wording

import (
	"embed"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed log/*.toml state/*.toml
var files embed.FS

// Records are the words for what cabinets record, States those for how a cabinet and its doors stand.
var (
	Records = Folder{Files: files, Path: "log"}
	States  = Folder{Files: files, Path: "state"}
)

// Folder is where a part of each language's texts lies, one file a language: "de.toml".
type Folder struct {
	Files fs.FS
	Path  string
}

// Languages are the languages that a folder has texts in, as "en", in alphabetical order.
func (f Folder) Languages() []string {
	files, err := fs.ReadDir(f.Files, f.Path)
	if err != nil {
		panic(fmt.Sprintf("wording: embedded languages: %v", err))
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".toml"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Catalogue is every text in one language.
type Catalogue struct {
	tag   language.Tag
	Code  string // as "ar"
	Name  string // in the language itself: "العربية"
	right bool   // written from right to left
	texts map[string]text
}

// text is one text: in one form, or one for each plural form that the language has.
type text map[string]phrase

// phrase is a text, escaped and cut up once: what stands in it, and in every second place the name of what fills it.
type phrase []string

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func newPhrase(s string) (p phrase) {
	at := 0
	for _, found := range placeholder.FindAllStringIndex(s, -1) {
		p = append(p, html.EscapeString(s[at:found[0]]), s[found[0]+1:found[1]-1])
		at = found[1]
	}
	return append(p, html.EscapeString(s[at:]))
}

// filled is the phrase with its places filled; one that a does not fill stays to be seen.
func (p phrase) filled(a Args) template.HTML {
	if len(p) == 1 {
		return template.HTML(p[0])
	}
	var b strings.Builder
	for i, part := range p {
		value, fills := a[part]
		switch {
		case i%2 == 0:
			b.WriteString(part)
		case fills:
			b.WriteString(filling(value))
		default:
			b.WriteString("{" + part + "}")
		}
	}
	return template.HTML(b.String())
}

// forms are the names of plural forms in the catalogues (CLDR's).
var forms = map[plural.Form]string{
	plural.Other: "other", plural.Zero: "zero", plural.One: "one",
	plural.Two: "two", plural.Few: "few", plural.Many: "many",
}

// Load reads the texts of all languages that the first folder has; each of the others must have them too.
func Load(first Folder, others ...Folder) (map[string]*Catalogue, error) {
	all := make(map[string]*Catalogue)
	for _, code := range first.Languages() {
		tag, err := language.Parse(code)
		if err != nil {
			return nil, fmt.Errorf("wording: language %s: %w", code, err)
		}
		c := &Catalogue{tag: tag, Code: code, texts: make(map[string]text)}
		for _, folder := range append([]Folder{first}, others...) {
			data, err := fs.ReadFile(folder.Files, path.Join(folder.Path, code+".toml"))
			if err != nil {
				return nil, fmt.Errorf("wording: read language %s: %w", code, err)
			}
			if err := c.add(data); err != nil {
				return nil, fmt.Errorf("wording: %s of language %s: %w", folder.Path, code, err)
			}
		}
		all[code] = c
	}
	return all, nil
}

// add takes the texts of a file.
func (c *Catalogue) add(data []byte) error {
	var file struct {
		Name      string
		Direction string
		Text      map[string]map[string]any
	}
	if err := toml.Unmarshal(data, &file); err != nil {
		return err
	}
	if file.Name != "" {
		c.Name, c.right = file.Name, file.Direction == "rtl"
	}
	for group, entries := range file.Text {
		for key, value := range entries {
			key = group + "." + key
			if c.texts[key] != nil {
				return fmt.Errorf("text %s is there twice", key)
			}
			switch v := value.(type) {
			case string:
				c.texts[key] = text{"other": newPhrase(v)}
			case map[string]any:
				t := make(text)
				for form, one := range v {
					s, _ := one.(string)
					t[form] = newPhrase(s)
				}
				c.texts[key] = t
			default:
				return fmt.Errorf("text %s is neither a text nor plural forms", key)
			}
		}
	}
	return nil
}

// Direction is "rtl" for a language that is written from right to left, else "ltr".
func (c *Catalogue) Direction() string {
	if c.right {
		return "rtl"
	}
	return "ltr"
}

// Args are what fills a text's placeholders. "count" also chooses the plural form.
type Args map[string]any

// Has says that there is a text of a key.
func (c *Catalogue) Has(key string) bool { return c.texts[key] != nil }

// Say is a text with its placeholders filled. A missing text shows its key in double brackets, so that tests and people
// notice it.
func (c *Catalogue) Say(key string, a Args) template.HTML {
	t, ok := c.texts[key]
	if !ok {
		return template.HTML("⟦" + html.EscapeString(key) + "⟧")
	}
	one := t["other"]
	if n, ok := a["count"].(int); ok {
		if s, ok := t[forms[plural.Cardinal.MatchPlural(c.tag, n, 0, 0, 0, 0)]]; ok {
			one = s
		}
	}
	return one.filled(a)
}

// filling is a value as HTML. Text is kept apart from the direction of what is around it: a parcel's number reads from
// left to right in an Arabic sentence too.
func filling(v any) string {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v)
	case string:
		return "<bdi>" + html.EscapeString(v) + "</bdi>"
	case template.HTML:
		return string(v)
	}
	panic(fmt.Sprintf("wording: a text cannot be filled with %T", v))
}

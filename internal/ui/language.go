package ui

import (
	"embed"
	"fmt"
	"html"
	"html/template"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// A language has four files: texts for everybody, for technicians, for commissioning, and for the event log.
//
//go:embed languages/*.toml languages/service/*.toml languages/setup/*.toml languages/log/*.toml
var languageFiles embed.FS

// languageFolders are where a language's files lie.
var languageFolders = []string{"languages", "languages/service", "languages/setup", "languages/log"}

// Languages are the languages with a catalogue, as "en", in alphabetical order.
func Languages() []string {
	files, err := languageFiles.ReadDir("languages")
	if err != nil {
		panic(fmt.Sprintf("ui: embedded languages: %v", err))
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".toml"); ok {
			names = append(names, name)
		}
	}
	return names
}

// catalogue is every text in one language.
type catalogue struct {
	tag   language.Tag
	code  string // as "ar"
	name  string // in the language itself: "العربية"
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
func (p phrase) filled(a args) template.HTML {
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

func loadCatalogues() (map[string]*catalogue, error) {
	all := make(map[string]*catalogue)
	for _, code := range Languages() {
		tag, err := language.Parse(code)
		if err != nil {
			return nil, fmt.Errorf("ui: language %s: %w", code, err)
		}
		c := &catalogue{tag: tag, code: code, texts: make(map[string]text)}
		for _, folder := range languageFolders {
			data, err := languageFiles.ReadFile(path.Join(folder, code+".toml"))
			if err != nil {
				return nil, fmt.Errorf("ui: read language %s: %w", code, err)
			}
			if err := c.add(data); err != nil {
				return nil, fmt.Errorf("ui: %s of language %s: %w", folder, code, err)
			}
		}
		all[code] = c
	}
	return all, nil
}

// add takes the texts of a file.
func (c *catalogue) add(data []byte) error {
	var file struct {
		Name      string
		Direction string
		Text      map[string]map[string]any
	}
	if err := toml.Unmarshal(data, &file); err != nil {
		return err
	}
	if file.Name != "" {
		c.name, c.right = file.Name, file.Direction == "rtl"
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

func (c *catalogue) direction() string {
	if c.right {
		return "rtl"
	}
	return "ltr"
}

// args are what fills a text's placeholders. "count" also chooses the plural form.
type args map[string]any

// say is a text with its placeholders filled. A missing text shows its key in double brackets, so that tests and people
// notice it.
func (c *catalogue) say(key string, a args) template.HTML {
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
	panic(fmt.Sprintf("ui: a text cannot be filled with %T", v))
}

package office

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/locker"
	"lockerd/internal/wording"
)

// visit is one request.
type visit struct {
	o      *Office
	w      http.ResponseWriter
	r      *http.Request
	from   string       // the address of the browser
	person books.Person // who asks; without a name: nobody is signed in
	secret string       // of their session
	words  *wording.Catalogue
	notice template.HTML // what has just become of something
	bad    bool          // it went wrong
}

// cookie is the session's name: behind TLS one that only this host can set.
func (o *Office) cookie() string {
	if o.secure {
		return "__Host-desk"
	}
	return "desk"
}

// tongue is the name of the cookie with the language.
const tongue = "desk-language"

// language is what a page is written in: as its reader has chosen, as their browser asks for, or the operator's.
func (o *Office) language(r *http.Request) *wording.Catalogue {
	if c, err := r.Cookie(tongue); err == nil && o.words[c.Value] != nil {
		return o.words[c.Value]
	}
	if asked, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language")); err == nil && len(asked) > 0 {
		tag, _, _ := o.matcher.Match(asked...)
		base, _ := tag.Base()
		if c := o.words[base.String()]; c != nil {
			return c
		}
	}
	if c := o.words[o.Language]; c != nil {
		return c
	}
	return o.words["en"]
}

// put sets a cookie for the desk alone, which no script reads and no other site causes to be sent. An age of 0 lasts as long as the
// browser; below it removes.
func (v *visit) put(name, value string, age time.Duration, mode http.SameSite) {
	http.SetCookie(v.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(age / time.Second), HttpOnly: true, Secure: v.o.secure, SameSite: mode})
}

// to leads on to a page of the desk.
func (v *visit) to(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// say is a text in the reader's language, with names and values that fill it.
func (v *visit) say(key string, pairs ...any) template.HTML {
	a := wording.Args{}
	for i := 0; i+1 < len(pairs); i += 2 {
		value := pairs[i+1]
		switch known := value.(type) {
		case int, string, template.HTML:
		case fmt.Stringer:
			value = known.String()
		default:
			value = fmt.Sprint(known)
		}
		a[fmt.Sprint(pairs[i])] = value
	}
	return v.words.Say(key, a)
}

// word is the text for one of a few known values; another value is shown as it is.
func (v *visit) word(group string, value any) template.HTML {
	key := group + "." + strings.NewReplacer(".", "_", "-", "_").Replace(fmt.Sprint(value))
	if !v.words.Has(key) {
		return template.HTML("<bdi>" + template.HTMLEscapeString(fmt.Sprint(value)) + "</bdi>")
	}
	return v.say(key)
}

// tell has the page say what became of something.
func (v *visit) tell(bad bool, key string, pairs ...any) { v.notice, v.bad = v.say(key, pairs...), bad }

// page is what the templates see.
type page struct {
	*visit
	Name string // of the page: texts are under it
	Data any
}

// show writes a page. Its texts are in the catalogue under name, as name.title.
func (v *visit) show(status int, file, name string, data any) error {
	return v.write(status, file, "layout", page{v, name, data})
}

func (v *visit) write(status int, file, name string, p page) error {
	var out bytes.Buffer
	if err := v.o.pages[file].ExecuteTemplate(&out, name, p); err != nil {
		return fmt.Errorf("office: write page %s: %w", file, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(out.Bytes()) // who went away misses nothing
	return nil
}

// With is the page with other data, for a part of it.
func (p page) With(data any) page { return page{p.visit, p.Name, data} }

// Blocks are why a door may be set aside.
func (p page) Blocks() []locker.BlockReason { return locker.BlockReasons() }

// Say is a text.
func (p page) Say(key string, pairs ...any) template.HTML { return p.say(key, pairs...) }

// Word is the text for a known value.
func (p page) Word(group string, value any) template.HTML { return p.word(group, value) }

// When is a time as people read it.
func (p page) When(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(p.o.zone()).Format(string(p.say("date.format")))
}

func (o *Office) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// Machine is a time as machines read it.
func (p page) Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// May says that the reader has the rights of a role.
func (p page) May(role string) bool { return p.person.Role.May(desk.Role(role)) }

// Person is the reader.
func (p page) Person() books.Person { return p.person }

// Notice is what has just become of something.
func (p page) Notice() template.HTML { return p.notice }

// Bad says that it went wrong.
func (p page) Bad() bool { return p.bad }

// Operator is the operator's name.
func (p page) Operator() string { return p.o.Operator }

// Lang and Dir are those of the page.
func (p page) Lang() string { return p.words.Code }

// Dir is the direction that the language is written in.
func (p page) Dir() string { return p.words.Direction() }

// Here is the path of the page.
func (p page) Here() string { return p.r.URL.Path }

// Tongues are the languages to choose from.
func (p page) Tongues() []*wording.Catalogue {
	var list []*wording.Catalogue
	for _, code := range p.o.languages {
		list = append(list, p.o.words[code])
	}
	return list
}

// Menu are the pages that the reader may see.
func (p page) Menu() []entry {
	var list []entry
	for _, e := range menu {
		if p.person.Name != "" && p.person.Role.May(e.Role) {
			here := p.r.URL.Path
			e.Current = strings.HasPrefix(here, e.Path) && (e.Path != Prefix || here == Prefix || strings.HasPrefix(here, Prefix+"cabinets"))
			list = append(list, e)
		}
	}
	return list
}

// field is a value of a form, without blanks at its ends.
func (v *visit) field(name string) string { return strings.TrimSpace(v.r.PostFormValue(name)) }

// keypad writes digits as a keypad has them: phones that write Arabic, Persian or Chinese also have keys for ٠ to ٩, ۰ to ۹ and ０ to ９, and ٫
// before cents.
var keypad = func() *strings.Replacer {
	var pairs []string
	for d := range rune(10) {
		for _, zero := range []rune{'٠', '۰', '０'} {
			pairs = append(pairs, string(zero+d), string('0'+d))
		}
	}
	return strings.NewReplacer(append(pairs, "٫", ".", "＋", "+")...)
}()

// number is a value of a form that people type digits into.
func (v *visit) number(name string) string { return keypad.Replace(v.field(name)) }

// form reads the form of a request.
func (v *visit) form() error {
	if err := v.r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	return nil
}

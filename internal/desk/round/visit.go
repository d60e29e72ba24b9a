package round

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/wording"
)

// visit is one request.
type visit struct {
	round   *Round
	w       http.ResponseWriter
	r       *http.Request
	courier books.Courier
	words   *wording.Catalogue
	notice  template.HTML // what has just become of something
}

// by is who stands in the audit for a courier's orders.
func (v *visit) by() string { return "courier:" + v.courier.ID }

// to is a path of this courier's pages.
func (v *visit) to(parts ...string) string {
	path := Prefix + url.PathEscape(v.r.PathValue("link"))
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

// on leads on to a page.
func (v *visit) on(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// say is a text in the courier's language, with names and values that fill it.
func (v *visit) say(key string, pairs ...any) template.HTML {
	a := wording.Args{}
	for i := 0; i+1 < len(pairs); i += 2 {
		a[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return v.words.Say(key, a)
}

// page is what the templates see.
type page struct {
	*visit
	Data any
}

// show writes a page.
func (v *visit) show(status int, name string, data any) error {
	var out bytes.Buffer
	if err := v.round.pages.ExecuteTemplate(&out, name, page{v, data}); err != nil {
		return fmt.Errorf("round: write page %s: %w", name, err)
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(out.Bytes()) // who went away misses nothing
	return nil
}

// failed answers with what went wrong, in words; what is our own fault stands in the log alone.
func (v *visit) failed(err error) {
	status, key := http.StatusServiceUnavailable, "error.broken"
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, errNotFound):
		status, key = http.StatusNotFound, "error.not_found"
	case errors.Is(err, errWait):
		v.w.Header().Set("Retry-After", "60")
		status, key = http.StatusTooManyRequests, "error.wait"
	case errors.As(err, &large), errors.Is(err, errForm):
		status, key = http.StatusBadRequest, "error.form"
	case v.r.Context().Err() != nil:
		return // they went away
	default:
		v.round.Log.Error("a courier's page cannot be shown", "err", err)
	}
	if err := v.show(status, "error.html", key); err != nil {
		v.round.Log.Error("the page of an error cannot be shown", "err", err)
	}
}

// Say is a text.
func (p page) Say(key string, pairs ...any) template.HTML { return p.say(key, pairs...) }

// To is a path of this courier's pages.
func (p page) To(parts ...string) string { return p.to(parts...) }

// Operator is the operator's name.
func (p page) Operator() string { return p.round.Operator }

// Courier is whose page it is.
func (p page) Courier() books.Courier { return p.courier }

// Notice is what has just become of something.
func (p page) Notice() template.HTML { return p.notice }

// Lang and Dir are those of the page.
func (p page) Lang() string { return p.words.Code }

// Dir is the direction that the language is written in.
func (p page) Dir() string { return p.words.Direction() }

// Tongues are the languages to choose from.
func (p page) Tongues() (list []*wording.Catalogue) {
	for _, code := range p.round.languages {
		list = append(list, p.round.words[code])
	}
	return list
}

// When is a time as people read it.
func (p page) When(t time.Time) string {
	zone := p.round.Zone
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format(string(p.say("date.format")))
}

// Machine is a time as machines read it.
func (p page) Machine(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Age is how long ago a time was, in words.
func (p page) Age(t time.Time) template.HTML {
	switch age := time.Since(t); {
	case age < 2*time.Minute:
		return p.say("age.now")
	case age < 2*time.Hour:
		return p.say("age.minutes", "count", int(age.Minutes()))
	case age < 48*time.Hour:
		return p.say("age.hours", "count", int(age.Hours()))
	default:
		return p.say("age.days", "count", int(age.Hours())/24)
	}
}

// With is the page with other data, for a part of it.
func (p page) With(data any) page { return page{p.visit, data} }

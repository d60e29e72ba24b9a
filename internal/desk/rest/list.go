package rest

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lockerd/internal/desk/books"
)

// Paging is what a request for a list may say.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many entries at most."`
	Cursor string `query:"cursor" maxLength:"512" doc:"The next of the page before: this one goes on behind it."`
}

// List is a page of a list.
type List[T any] struct {
	Items []T `json:"items" nullable:"false"`
	// Next is the cursor of the next page; without it this is the last one.
	Next string `json:"next,omitempty" doc:"The cursor of the next page. Without it this page is the last."`
}

// listed is the answer with a page.
type listed[T any] struct{ Body List[T] }

// place is a cursor as it is written.
type place struct {
	At   int64  `json:"a,omitempty"`
	Name string `json:"n"`
}

// after is where the page before ended; nil: there was none.
func (p Paging) after() (*books.Place, error) {
	if p.Cursor == "" {
		return nil, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	var at place
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("cursor: it is none that a page has named")
	}
	found := &books.Place{Name: at.Name}
	if at.At != 0 {
		found.At = time.UnixMilli(at.At)
	}
	return found, nil
}

// show makes a page of what was found: one entry more than is shown says that there is more.
func show[T, E any](p Paging, found []E, of func(E) T, where func(E) *books.Place) *listed[T] {
	out := &listed[T]{Body: List[T]{Items: []T{}}}
	for i, e := range found {
		if i == p.Limit {
			at := where(found[i-1])
			p := place{Name: at.Name}
			if !at.At.IsZero() {
				p.At = at.At.UnixMilli()
			}
			text, _ := json.Marshal(p) // a number and a text
			out.Body.Next = base64.RawURLEncoding.EncodeToString(text)
			break
		}
		out.Body.Items = append(out.Body.Items, of(e))
	}
	return out
}

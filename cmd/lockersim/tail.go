package main

import (
	"bytes"
	"io"
	"sync"
)

// A Tail is a list that only grows, of which the newest are kept. Items are named by their number, from 1, so that
// whoever reads knows where to go on and what was missed.
type Tail[T any] struct {
	mu    sync.Mutex
	items []T
	first uint64 // the number of items[0], less one
	most  int
}

// NewTail keeps the newest most items.
func NewTail[T any](most int) *Tail[T] { return &Tail[T]{most: most} }

// Add adds an item and gives its number.
func (t *Tail[T]) Add(item T) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.items) >= 2*t.most { // seldom, so that adding is cheap
		gone := len(t.items) - t.most
		t.items = append(t.items[:0:0], t.items[gone:]...)
		t.first += uint64(gone)
	}
	t.items = append(t.items, item)
	return t.first + uint64(len(t.items))
}

// After gives what came after the item of that number, as far as it is kept, and the number of the newest.
func (t *Tail[T]) After(number uint64) (items []T, newest uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	newest = t.first + uint64(len(t.items))
	from := max(number, t.first, newest-min(newest, uint64(t.most)))
	if from < newest {
		items = append(items, t.items[from-t.first:]...)
	}
	return items, newest
}

// Lines is a writer that hands on whole lines and keeps the newest of them. Its users may write at the same time.
type Lines struct {
	mu   sync.Mutex
	to   io.Writer
	rest []byte
	tail *Tail[string]
}

// NewLines hands on to w.
func NewLines(w io.Writer, most int) *Lines { return &Lines{to: w, tail: NewTail[string](most)} }

// Write is io.Writer's.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte{'\n'})
		if !whole {
			break
		}
		l.tail.Add(string(line))
		l.rest = rest
	}
	return l.to.Write(p)
}

// After is Tail's.
func (l *Lines) After(number uint64) ([]string, uint64) { return l.tail.After(number) }

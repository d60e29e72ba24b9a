package remote

import (
	"context"
	"log/slog"
	"time"

	"lockerd/internal/locker"
)

// Guard is what an address that a name leads to must pass.
var Guard = guard

// Judge is a trial's verdict: "kept", "failed" or "".
func (t *Trial) Judge(lasted time.Duration, s Seen) (string, locker.ConfigEnd, string) {
	v, why, detail := t.judge(lasted, s)
	return map[verdict]string{kept: "kept", failed: "failed"}[v], why, detail
}

// BackOff is the pause after so many failed attempts.
var BackOff = backOff

// Hurry makes the pauses of uploads short.
func (u *Uploads) Hurry(pause time.Duration) { u.pause = func(int) time.Duration { return pause } }

// Limits that tests reach.
const (
	MostTexts  = mostTexts
	MostPhotos = mostPhotos
	TusPart    = tusPart
)

// Hurry makes the pauses of playlists short.
func (p *Playlists) Hurry(pause time.Duration) { p.pause = func(int) time.Duration { return pause } }

// Play puts drawn pictures on a disk, shows them until ctx ends, and returns. Each is known by its first byte.
func Play(ctx context.Context, dir string, pngs [][]byte, as []locker.Picturing, show func(png []byte, tag string)) error {
	g := gallery(dir)
	list := hung{Order: "o-1"}
	for i, png := range pngs {
		name, err := g.keep(Hash(png), png)
		if err != nil {
			return err
		}
		list.Pictures = append(list.Pictures, hang{name, as[i]})
	}
	if err := g.swap(list); err != nil {
		return err
	}
	p := &player{dir: g, show: show, changed: make(chan struct{}, 1), log: slog.New(slog.DiscardHandler)}
	p.run(ctx)
	return nil
}

package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"lockerd/internal/durable"
	"lockerd/internal/locker"
)

// PlaylistParts are what Playlists works with.
type PlaylistParts struct {
	Dir   string // for what must survive a power cut
	Hosts Hosts
	Proxy func(*http.Request) (*url.URL, error) // nil: none
	// Draw makes a PNG for the screen of a file that somebody else has made.
	Draw func(ctx context.Context, file io.Reader) ([]byte, error)
	// Show puts a PNG on the idle screen, and a tag that names it; nothing where there is none.
	Show func(png []byte, tag string)
	Tell func(context.Context, locker.Input) error
	Log  *slog.Logger
}

// Playlists fetches the pictures that an order wants on the idle screen, and shows them in turn. Run owns it, and its folder.
type Playlists struct {
	PlaylistParts
	dir    gallery
	player *player
	pause  func(tries int) time.Duration

	news chan struct{} // of size 1: there is another order

	mu     sync.Mutex
	newest *locker.PlaylistAsked // that is to be fetched; nil: none is
	stop   context.CancelFunc    // ends the attempt that is under way; nil: none is
}

// NewPlaylists makes one.
func NewPlaylists(p PlaylistParts) *Playlists {
	g := gallery(p.Dir)
	return &Playlists{PlaylistParts: p, dir: g, pause: backOff, news: make(chan struct{}, 1),
		player: &player{dir: g, show: p.Show, tell: p.Tell, log: p.Log, changed: make(chan struct{}, 1)}}
}

// Beneath says what is shown where no picture of a playlist is: a poster, or nothing. Anybody may call it at any time.
func (p *Playlists) Beneath(png []byte, tag string) { p.player.beneath(png, tag) }

// Offer checks and keeps the addresses of an order, before the order is judged. A refusal is a text; an error says that the disk did not
// take it.
func (p *Playlists) Offer(order string, o *locker.PlaylistOrder) (refusal string, err error) {
	for i, one := range o.Pictures {
		host, bad := p.Hosts.Check(one.URL, PictureHosts)
		if bad != nil {
			return fmt.Sprintf("%s (picture %d)", bad, i+1), nil
		}
		if !slices.Contains(o.Hosts, host) {
			o.Hosts = append(o.Hosts, host)
		}
	}
	if err := os.MkdirAll(string(p.dir), 0o700); err != nil {
		return "", fmt.Errorf("remote: keep playlist: %w", err)
	}
	data, err := json.Marshal(o.Pictures)
	if err == nil {
		err = durable.Write(p.target(order), 0o600, data)
	}
	if err != nil {
		return "", fmt.Errorf("remote: keep playlist: %w", err)
	}
	return "", nil
}

// target is the file of what only the order said; it is removed when the order is over.
func (p *Playlists) target(order string) string {
	return p.dir.path("order-" + Hash([]byte(order))[:32] + ".json")
}

// add takes a request that was recorded, in the place of the one before. It never blocks.
func (p *Playlists) add(e locker.PlaylistAsked) {
	p.mu.Lock()
	p.newest = &e
	if p.stop != nil {
		p.stop()
	}
	p.mu.Unlock()
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// Run shows what there is to be shown, and fetches what is asked for, until ctx ends. What was interrupted continues in the next run.
func (p *Playlists) Run(ctx context.Context) error {
	p.clear()
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() { p.player.run(ctx) })
	tries := 0
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.news:
			tries = 0
		case <-retry.C:
		}
		again := p.work(ctx, &tries)
		if retry.Stop(); again > 0 {
			retry.Reset(again)
		}
	}
}

// clear removes what belonged to orders that nobody fetches for any more.
func (p *Playlists) clear() {
	paths, _ := filepath.Glob(p.dir.path("order-*"))
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > staleUpload {
			_ = os.Remove(path) // again at the next start
		}
	}
}

// begin is the order that is to be fetched now, and a context that ends with a newer one.
func (p *Playlists) begin(ctx context.Context) (context.Context, *locker.PlaylistAsked) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.newest == nil {
		return ctx, nil
	}
	ctx, p.stop = context.WithCancel(ctx)
	return ctx, p.newest
}

// end is over with an order, unless there is a newer one.
func (p *Playlists) end(of *locker.PlaylistAsked, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop()
	p.stop = nil
	if over && p.newest == of {
		p.newest = nil
	}
}

// work makes one attempt, and says after what time the next is due; 0: after none.
func (p *Playlists) work(ctx context.Context, tries *int) (again time.Duration) {
	run, job := p.begin(ctx)
	if job == nil {
		return 0
	}
	over := false
	defer func() { p.end(job, over) }()
	err := p.attempt(run, job)
	told := locker.PlaylistEnded{Order: job.Order}
	var no unshown
	switch {
	case run.Err() != nil: // the end, or a newer order: news comes
		return 0
	case err == nil:
	case errors.As(err, &no):
		told.Why, told.Detail = no.why, no.detail
	case errors.Is(err, errOther) && *tries > 0:
		told.Why, told.Detail = locker.PlaylistHash, err.Error()
	case !time.Now().Before(job.Expires):
		told.Why, told.Detail = locker.PlaylistExpired, err.Error()
	default:
		*tries++
		pause := p.pause(*tries)
		p.Log.Warn("pictures are not here yet", "order", job.Order, "again_in", pause, "because", err)
		return pause
	}
	told.Detail = Short(told.Detail)
	if p.Tell(ctx, told) != nil {
		return tellAgain
	}
	over = true
	if err := os.Remove(p.target(job.Order)); err != nil {
		p.Log.Warn("an order's file stays until it is too old", "order", job.Order, "err", err)
	}
	return 0
}

// attempt brings in what is missing of an order's pictures and then has them shown.
func (p *Playlists) attempt(ctx context.Context, job *locker.PlaylistAsked) error {
	now, err := p.dir.list()
	if err == nil && now.Order == job.Order { // shown already: only nobody was told
		return nil
	}
	if job.Pictures > 0 && !time.Now().Before(job.Expires) {
		return unshown{locker.PlaylistExpired, "not all of it had come"}
	}
	var wanted []locker.Picturing
	data, err := os.ReadFile(p.target(job.Order))
	if err == nil {
		err = json.Unmarshal(data, &wanted)
	}
	if err != nil {
		return unshown{locker.PlaylistLost, "the order's addresses are not on the disk any more"}
	}
	list, total := hung{Order: job.Order}, int64(0)
	for i, one := range wanted {
		name, size, err := p.bring(ctx, one)
		if err != nil {
			return numbered(i+1, err)
		}
		if total += size; total > mostDrawn {
			return unshown{locker.PlaylistTooMuch, fmt.Sprintf("drawn, they take more than %d MB", mostDrawn>>20)}
		}
		list.Pictures = append(list.Pictures, hang{name, one})
		list.Pictures[i].URL = "" // it may be secret, and nobody needs it any more
	}
	if err := p.dir.swap(list); err != nil {
		return onDisk(err)
	}
	p.player.nudge()
	return nil
}

// bring is one picture as it is drawn, fetched if it is not on the disk.
func (p *Playlists) bring(ctx context.Context, one locker.Picturing) (name string, size int64, err error) {
	if name, size, ok := p.dir.drawn(one.SHA256); ok {
		return name, size, nil
	}
	if err := p.dir.room(one.Bytes); err != nil {
		return "", 0, err
	}
	if err := p.fetch(ctx, one); err != nil {
		return "", 0, err
	}
	return p.draw(ctx, one)
}

// numbered says which picture an error is about.
func numbered(n int, err error) error {
	var over unshown
	if errors.As(err, &over) {
		return unshown{over.why, fmt.Sprintf("picture %d: %s", n, over.detail)}
	}
	return fmt.Errorf("picture %d: %w", n, err)
}

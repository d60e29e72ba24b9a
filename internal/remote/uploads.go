package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lockerd/internal/durable"
	"lockerd/internal/locker"
)

// UploadParts are what Uploads works with.
type UploadParts struct {
	Dir    string // for what must survive a power cut
	Hosts  Hosts
	Proxy  func(*http.Request) (*url.URL, error) // nil: none
	Photos Photos
	Seal   func([]byte) locker.Box // to the operator
	Tell   func(context.Context, locker.Input) error
	Log    *slog.Logger
}

// Uploads sends photos to where the operator wants them, sealed to the operator: whoever has the URL learns nothing. Run owns it.
type Uploads struct {
	UploadParts
	asked chan locker.EvidenceAsked
	pause func(tries int) time.Duration
	jobs  []*job
}

// NewUploads makes one.
func NewUploads(p UploadParts) *Uploads {
	return &Uploads{UploadParts: p, asked: make(chan locker.EvidenceAsked, 32), pause: backOff}
}

// Times of uploads.
const (
	firstPause  = 10 * time.Second
	longPause   = 10 * time.Minute
	slowest     = 4 << 10 // bytes a second: slower is a server that hangs
	staleUpload = 8 * 24 * time.Hour
)

// backOff is the pause after some failed attempts.
func backOff(tries int) time.Duration {
	pause := firstPause
	for range tries - 1 {
		pause = min(2*pause, longPause)
	}
	return pause
}

// target is what only the order said: the file of it is removed when the upload has ended.
type target struct {
	URL    string              `json:"url"`
	Method locker.UploadMethod `json:"method"`
	// SHA256 is of the file that is being uploaded, once it is made.
	SHA256 string `json:"sha256,omitempty"`
	Photos int    `json:"photos,omitempty"`
	Gone   int    `json:"gone,omitempty"`
}

// job is an upload that is under way.
type job struct {
	locker.EvidenceAsked
	tries int
	next  time.Time
	over  *locker.UploadEnded // it has ended, and nobody was told
}

// Offer checks and keeps an order's address, before the order is judged. A refusal is a text; an error says that the disk did not take
// it.
func (u *Uploads) Offer(order string, o *locker.UploadOrder) (refusal string, err error) {
	host, bad := u.Hosts.Check(o.URL, UploadHosts)
	if bad != nil {
		return bad.Error(), nil
	}
	o.Host = host
	if err := os.MkdirAll(u.Dir, 0o700); err != nil {
		return "", fmt.Errorf("remote: keep upload: %w", err)
	}
	if t, err := u.read(order); err == nil && t.SHA256 != "" { // it has come again: what was begun goes on with the same bytes
		return "", nil
	}
	return "", u.write(order, target{URL: o.URL, Method: o.Method})
}

func (u *Uploads) path(order, ends string) string {
	return filepath.Join(u.Dir, Hash([]byte(order))[:32]+ends)
}

func (u *Uploads) write(order string, t target) error {
	data, err := json.Marshal(t)
	if err == nil {
		err = durable.Write(u.path(order, ".json"), 0o600, data)
	}
	if err != nil {
		return fmt.Errorf("remote: keep upload: %w", err)
	}
	return nil
}

func (u *Uploads) read(order string) (t target, err error) {
	data, err := os.ReadFile(u.path(order, ".json"))
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	return t, err
}

// add takes a request that was recorded. It never blocks.
func (u *Uploads) add(e locker.EvidenceAsked) {
	select {
	case u.asked <- e:
	default:
		u.Log.Error("more uploads are asked for than there is room for", "order", e.Order)
	}
}

// Run uploads what is asked for until ctx ends. An upload that was interrupted continues in the next run.
func (u *Uploads) Run(ctx context.Context) error {
	u.clear()
	for {
		wake := time.NewTimer(u.wait())
		select {
		case <-ctx.Done():
			wake.Stop()
			return nil
		case e := <-u.asked:
			if !slices.ContainsFunc(u.jobs, func(j *job) bool { return j.Order == e.Order }) { // else the journal has come back
				u.jobs = append(u.jobs, &job{EvidenceAsked: e})
			}
		case <-wake.C:
			u.work(ctx, u.soonest())
		}
		wake.Stop()
	}
}

// clear removes what nobody asks for any more: what belonged to orders that were refused.
func (u *Uploads) clear() {
	paths, _ := filepath.Glob(filepath.Join(u.Dir, "*"))
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > staleUpload {
			_ = os.Remove(path) // again at the next start
		}
	}
}

func (u *Uploads) soonest() *job {
	if len(u.jobs) == 0 {
		return nil
	}
	return slices.MinFunc(u.jobs, func(a, b *job) int { return a.next.Compare(b.next) })
}

func (u *Uploads) wait() time.Duration {
	if j := u.soonest(); j != nil {
		return max(0, time.Until(j.next))
	}
	return time.Hour
}

// work makes one attempt at an upload.
func (u *Uploads) work(ctx context.Context, j *job) {
	if j == nil {
		return
	}
	if j.over != nil {
		u.tell(ctx, j)
		return
	}
	told, err := u.attempt(ctx, j)
	var no refused
	var over ending
	switch {
	case ctx.Err() != nil:
		return
	case err == nil:
	case errors.As(err, &over):
		told.Why, told.Detail = over.why, over.detail
	case errors.As(err, &no):
		told.Why, told.Detail = locker.EvidenceRefused, no.why
	case !time.Now().Before(j.Expires):
		told.Why, told.Detail = locker.EvidenceExpired, err.Error()
	default:
		j.tries++
		pause := u.pause(j.tries)
		j.next = time.Now().Add(pause)
		u.Log.Warn("an upload has not succeeded", "order", j.Order, "host", j.Host, "again_in", pause, "because", err)
		return
	}
	told.Detail = Short(told.Detail)
	j.over = &told
	u.tell(ctx, j)
}

// tell tells how an upload has ended. What cannot be recorded is told again; it is not uploaded again.
func (u *Uploads) tell(ctx context.Context, j *job) {
	if err := u.Tell(ctx, *j.over); err != nil {
		j.next = time.Now().Add(tellAgain)
		return
	}
	u.jobs = slices.DeleteFunc(u.jobs, func(k *job) bool { return k == j })
	for _, ends := range []string{".json", ".box"} {
		if err := os.Remove(u.path(j.Order, ends)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			u.Log.Warn("an upload's file stays until it is too old", "order", j.Order, "err", err)
		}
	}
}

// attempt makes the file, if there is none yet, and sends it.
func (u *Uploads) attempt(ctx context.Context, j *job) (locker.UploadEnded, error) {
	told := locker.UploadEnded{Order: j.Order}
	if !time.Now().Before(j.Expires) {
		return told, ending{locker.EvidenceExpired, fmt.Sprintf("after %d attempts", j.tries)}
	}
	t, file, err := u.file(ctx, j)
	if err != nil {
		return told, err
	}
	told.Photos, told.Gone, told.SHA256, told.Bytes = t.Photos, t.Gone, t.SHA256, int64(len(file))
	if _, err := u.Hosts.Check(t.URL, UploadHosts); err != nil { // the list has changed since
		return told, refused{err.Error()}
	}
	to, err := url.Parse(t.URL)
	if err != nil {
		return told, refused{"the url cannot be read"}
	}
	ctx, end := context.WithTimeout(ctx, 2*answerWait+time.Duration(len(file)/slowest)*time.Second)
	defer end()
	return told, send(ctx, client(to, u.Proxy), t.Method, t.URL, file)
}

// file is what is uploaded, as it was made at the first attempt: an upload that is continued must have the same bytes.
func (u *Uploads) file(ctx context.Context, j *job) (t target, file []byte, err error) {
	t, err = u.read(j.Order)
	if err != nil {
		return t, nil, ending{locker.EvidenceLost, "the order's address is not on the disk any more"}
	}
	if t.SHA256 != "" {
		if file, err = os.ReadFile(u.path(j.Order, ".box")); err == nil && Hash(file) == t.SHA256 {
			return t, file, nil
		}
		if t.Method == locker.UploadTus { // made again it would have other bytes
			return t, nil, ending{locker.EvidenceLost, "the file that was being uploaded is damaged"}
		}
	}
	plain, photos, gone, err := u.Photos.bundle(ctx, j.EvidenceAsked)
	if err != nil {
		return t, nil, err
	}
	file = u.Seal(plain)
	t.Photos, t.Gone, t.SHA256 = photos, gone, Hash(file)
	if err := durable.Write(u.path(j.Order, ".box"), 0o600, file); err != nil {
		return t, nil, fmt.Errorf("remote: keep upload: %w", err)
	}
	return t, file, u.write(j.Order, t)
}

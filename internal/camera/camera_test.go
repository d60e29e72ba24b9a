package camera_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/camera"
	"lockerd/internal/locker"
)

var (
	back   = locker.CameraBack{Name: "front"}
	wanted = locker.PhotoWanted{Parcel: "p1", Door: 7, Moment: locker.MomentPickup}
)

func lost(why string) locker.CameraLost { return locker.CameraLost{Name: "front", Why: why} }

// TestStill: what is told of a still is what lies on disk, and its key opens it to what the camera saw.
func TestStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		picture := scene()
		b := newBench(t, good(picture))
		b.wantHeard("at the start", back)

		b.camera.Take(wanted)
		taken := b.taken(1)[0]
		if taken.Wanted != wanted {
			t.Errorf("want it for %v, got %v", wanted, taken.Wanted)
		}
		file, err := os.ReadFile(filepath.Join(b.dir, taken.Photo))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(file); taken.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("the hash is not the file's")
		}
		if bytes.Contains(file, picture[:16]) {
			t.Errorf("the file is not sealed")
		}
		got, err := camera.Open(b.dir, taken.Photo, taken.Key)
		if err != nil || !bytes.Equal(got, picture) {
			t.Errorf("want the picture, got %d bytes, %v", len(got), err)
		}
		if strings.Contains(b.log.String(), hex.EncodeToString(taken.Key)) {
			t.Errorf("the key is in the log")
		}
	})
}

// taken are the stills told since last asked; nothing else may have been told.
func (b *bench) taken(want int) []locker.PhotoTaken {
	b.t.Helper()
	var all []locker.PhotoTaken
	for _, in := range b.heard() {
		p, ok := in.(locker.PhotoTaken)
		if !ok {
			b.t.Fatalf("told %#v", in)
		}
		all = append(all, p)
	}
	if len(all) != want {
		b.t.Fatalf("want %d stills, got %d\n%s", want, len(all), &b.log)
	}
	return all
}

// TestLostAndBackOnce: whatever is wrong is told once, for as long as it lasts, and so is its end.
func TestLostAndBackOnce(t *testing.T) {
	huge := append(scene(), make([]byte, 8<<20)...)
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		why    string
	}{
		{"never answers", silent, "no answer"},
		{"stops in the middle", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(scene()[:100])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, "no answer"},
		{"more bytes than a still has", good(huge), "too large"},
		{"more pixels than fit in memory", good(claiming(scene(), 60000, 60000)), "too large"},
		{"no pixels", good(claiming(scene(), 0, 240)), "no picture"},
		{"not a JPEG", good([]byte("<html>login</html>")), "no picture"},
		{"nothing", good(nil), "no picture"},
		{"half a JPEG", good(scene()[:len(scene())/2]), "no picture"},
		{"a stream", status(200, "Content-Type", "multipart/x-mixed-replace; boundary=x"), "no picture"},
		{"wrong password", status(401, "WWW-Authenticate", "Basic realm=x"), "refused"},
		{"digest authentication", status(401, "WWW-Authenticate", "Digest realm=x"), "refused"},
		{"moved", status(302, "Location", "http://elsewhere.test/still.jpg"), "refused"},
		{"broken", status(500), "refused"},
		{"dark behind tape", good(tape(2)), "covered"},
		{"white behind paper", good(tape(220)), "covered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, c.answer)
				b.pass(6 * time.Second)
				b.wantHeard("at the first look", lost(c.why))
				b.pass(3 * time.Minute)
				b.wantHeard("as long as it lasts")
				b.becomes(good(scene()))
				b.pass(time.Minute)
				b.wantHeard("when it is good again", back)
				b.pass(10 * time.Minute)
				b.wantHeard("as long as it is good")
			})
		})
	}
}

// claiming changes what size a JPEG says it has (ITU-T T.81, B.2.2: SOF0 is FF C0, length, precision, height, width).
func claiming(picture []byte, width, height int) []byte {
	at := bytes.Index(picture, []byte{0xFF, 0xC0})
	copy(picture[at+5:], []byte{byte(height >> 8), byte(height), byte(width >> 8), byte(width)})
	return picture
}

// TestAFailedStillIsTold: nobody waits for the next look when a still was wanted and there is none.
func TestAFailedStillIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, good(scene()))
		b.wantHeard("at the start", back)
		b.becomes(status(503))
		b.camera.Take(wanted)
		b.wantHeard("after a still that failed", lost("refused"))
	})
}

// TestACoveredStillIsKept: that the camera was covered is evidence as well.
func TestACoveredStillIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, good(tape(2)))
		b.wantHeard("at the start", lost("covered"))
		b.camera.Take(wanted)
		b.taken(1)
	})
}

// TestMailbox: Take never blocks; what is too much is dropped, and so is what had to wait until it would show another
// moment.
func TestMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, silent) // Run waits for the first look
		for door := range 6 {
			b.camera.Take(locker.PhotoWanted{Parcel: "p", Door: door})
		}
		if n := strings.Count(b.log.String(), "too many wait"); n != 2 {
			t.Fatalf("want 2 dropped at once, got %d", n)
		}
		b.pass(6 * time.Second) // the look has failed, and so will the first still; the others are then too late
		b.becomes(good(scene()))
		b.pass(5 * time.Second)
		if n := strings.Count(b.log.String(), "too late"); n != 3 {
			t.Fatalf("want 3 too late, got %d\n%s", n, &b.log)
		}
		b.wantHeard("stills that nobody waited for", lost("no answer"))
		b.camera.Take(wanted)
		if got := b.heard(); len(got) != 2 || got[1] != back {
			t.Fatalf("want a still and that it is back, got %#v", got)
		}
	})
}

// TestWhatIsNotRecordedIsToldAgain: the journal may be out of order for a while.
func TestWhatIsNotRecordedIsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, good(scene()))
		b.wantHeard("at the start", back)
		b.refuse(errors.New("out of order"))
		b.camera.Take(wanted)
		b.pass(time.Second)
		b.becomes(status(500))
		b.pass(2 * time.Minute)
		b.refuse(nil)
		b.pass(time.Minute)
		b.wantHeard("when it is in order again", lost("refused"))
	})
}

// TestDiskGone: a camera whose stills cannot be kept gives no evidence. It is lost until one could be.
func TestDiskGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, good(scene()))
		b.wantHeard("at the start", back)
		if err := os.Remove(b.dir); err != nil {
			t.Fatal(err)
		}
		write(t, b.dir, []byte("not a folder"))
		b.camera.Take(wanted)
		b.wantHeard("without a disk", lost("photo not kept"))
		b.pass(3 * time.Minute)
		b.wantHeard("as long as there is none")
		if err := os.Remove(b.dir); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Minute)
		b.wantHeard("with a disk", back)
		b.camera.Take(wanted)
		b.taken(1)
	})
}

// TestStops: also while a camera is silent.
func TestStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, silent)
		b.stop()
		synctest.Wait()
		select {
		case err := <-b.ended:
			if err != nil {
				t.Errorf("want nil, got %v", err)
			}
		default:
			t.Fatal("it goes on")
		}
		b.wantHeard("of a look that was broken off")
	})
}

// TestPassword: it is read for each still, so that it can be changed, and given to the camera alone.
func TestPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "password")
		asks := func(right string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := r.BasicAuth(); user != "lockerd" || password != right {
					status(401)(w, r)
					return
				}
				good(scene())(w, r)
			}
		}
		cfg := camera.Config{Name: "front", URL: "http://lockerd@camera.test/still.jpg", PasswordFile: file}
		b := newBenchWith(t, cfg, asks("secret"))
		b.wantHeard("without the file", lost("no password"))
		if err := os.WriteFile(file, []byte("secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Minute)
		b.wantHeard("with the password", back)
		b.becomes(asks("changed"))
		b.pass(time.Minute)
		b.wantHeard("with an old one", lost("refused"))
		if strings.Contains(b.log.String(), "secret") {
			t.Errorf("the password is in the log:\n%s", &b.log)
		}
	})
}

func TestNoSuchDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := make(chan locker.Input, 8)
		c := camera.New(camera.Config{Name: "front", Device: filepath.Join(t.TempDir(), "video0")},
			newStore(camera.StoreConfig{Dir: t.TempDir()}, wallClock), collect(told), discard())
		go c.Run(t.Context()) //nolint:errcheck // it never says one
		time.Sleep(5 * time.Minute)
		if got := <-told; got != lost("device gone") || len(told) != 0 {
			t.Errorf("want that it is gone, once; got %#v and %d more", got, len(told))
		}
	})
}

func TestValidate(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"url", ""}, {"device", ""},
		{"neither", "either url or device"}, {"both", "either url or device"},
		{"no name", "name"}, {"a path for a name", "name"}, {"a password in the url", "password_file"},
		{"no scheme", "url: must be"}, {"nobody's password", "whose"}, {"not a device", "under /dev/"},
		{"a size for a url", "width and height"}, {"no size", "between"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := map[string]camera.Config{
				"url":                   {Name: "front", URL: "http://me@192.0.2.7/still.jpg", PasswordFile: "/x"},
				"device":                {Name: "front", Device: "/dev/video0", Width: 640, Height: 480},
				"neither":               {Name: "front"},
				"both":                  {Name: "front", URL: "http://192.0.2.7/", Device: "/dev/video0"},
				"no name":               {Device: "/dev/video0"},
				"a path for a name":     {Name: "../front", Device: "/dev/video0"},
				"a password in the url": {Name: "front", URL: "http://me:secret@192.0.2.7/"},
				"no scheme":             {Name: "front", URL: "192.0.2.7/still.jpg"},
				"nobody's password":     {Name: "front", URL: "http://192.0.2.7/", PasswordFile: "/x"},
				"not a device":          {Name: "front", Device: "/etc/passwd"},
				"a size for a url":      {Name: "front", URL: "http://192.0.2.7/", Width: 640},
				"no size":               {Name: "front", Device: "/dev/video0", Width: -1},
			}[c.name]
			err := cfg.Validate()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the password is repeated: %v", err)
			}
		})
	}
}

package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"time"

	"lockerd/internal/form"
	"lockerd/internal/sim"
)

//go:embed bench
var benchFiles embed.FS

// Numbers of the bench.
const (
	benchWait  = 10 * time.Second // for whatever a request asks for
	benchBody  = 64 << 10         // bytes of a request at most
	benchGrace = 2 * time.Second  // for requests under way when we stop
)

// A Bench is the page and the HTTP API with which people and tests lay hands on the simulated cabinet. What it offers
// is described in docs/simulator.md.
type Bench struct {
	Cabinet *Cabinet
	Desk    *Desk // nil: there is none
	Mailbox *Mailbox
	Link    *Link
	Daemon  *Daemon // nil: started by somebody else
	Phone   *Phone  // the technician's
	Till    *Till   // the payment terminal; nil: there is none
	Log     *Lines
	Kiosk   string // its address, for the page
	Listen  string // host and port under which the bench may be asked
}

// State is everything on the bench that changes, but for the lists that have an address of their own.
type State struct {
	Cabinet string       `json:"cabinet"`
	Kiosk   string       `json:"kiosk"`
	Lockerd *DaemonState `json:"lockerd"` // null: not ours to start and kill
	Link    struct {
		Cut       bool `json:"cut"`
		Connected bool `json:"connected"`
	} `json:"link"`
	Lines   []LineState `json:"lines"`
	Scanner struct {
		Unplugged bool `json:"unplugged"`
	} `json:"scanner"`
	Breakdowns int                `json:"breakdowns"` // of the locks' supply, which feeds one at a time
	Camera     CameraState        `json:"camera"`
	Terminal   *sim.TerminalState `json:"terminal"` // null: there is none
	Boards     []BoardMetal       `json:"boards"`
	Doors      []DoorMetal        `json:"doors"`
	Desk       *DeskState         `json:"desk"` // null: there is none
	Mails      []Mail             `json:"mails"`
	Examples   []Example          `json:"examples"`   // texts to scan
	Technician AppCode            `json:"technician"` // what her app shows
}

// Example is something to hold before the scanner.
type Example struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// unannounced are parcels' numbers that the cloud has not told of: a well-formed S10 number (UPU) and a carrier's own.
var unannounced = []string{"RR123456785DE", "JD014600006281230704"}

// examples are the badges, and parcels that nobody has announced.
func examples() (all []Example) {
	for _, p := range couriers {
		all = append(all, Example{p.Name + "'s badge", p.Badge})
	}
	for _, tracking := range unannounced {
		all = append(all, Example{"parcel " + tracking, tracking})
	}
	return all
}

// State is how everything stands now.
func (b *Bench) State() State {
	s := State{
		Cabinet: cabinetName, Kiosk: b.Kiosk, Mails: b.Mailbox.Mails(), Examples: examples(), Technician: b.Phone.Show(time.Now()),
		Lines: b.Cabinet.Lines(), Breakdowns: b.Cabinet.supply.Breakdowns(),
		Camera: b.Cabinet.camera.State(), Boards: b.Cabinet.Boards(), Doors: b.Cabinet.Doors(),
	}
	s.Scanner.Unplugged = b.Cabinet.scanner.outlet.Unplugged()
	var connected int
	s.Link.Cut, connected = b.Link.State()
	s.Link.Connected = connected > 0
	if b.Daemon != nil {
		d := b.Daemon.State()
		s.Lockerd = &d
	}
	if b.Till != nil {
		t := b.Till.State()
		s.Terminal = &t
	}
	if b.Desk != nil {
		d := b.Desk.State()
		s.Desk = &d
	}
	return s
}

// Handler serves the page and the API.
func (b *Bench) Handler() http.Handler {
	mux := http.NewServeMux()
	b.looks(mux)
	b.hands(mux)
	b.troubles(mux)
	b.tills(mux)
	page, err := fs.Sub(benchFiles, "bench")
	if err != nil {
		panic("lockersim: embedded bench: " + err.Error())
	}
	mux.Handle("GET /", http.FileServerFS(page))
	// A page from elsewhere must not be able to lay hands on the cabinet, not even by a name that points at loopback.
	return b.hosts(http.NewCrossOriginProtection().Handler(mux))
}

// hosts answers only who asks for the bench by its own name.
func (b *Bench) hosts(next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(b.Listen)
	own := map[string]bool{b.Listen: true, "localhost:" + port: true}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !own[r.Host] {
			http.Error(w, "this is not the bench's name", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// looks are the addresses that only show.
func (b *Bench) looks(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/state", func(w http.ResponseWriter, _ *http.Request) { answer(w, b.State()) })
	mux.HandleFunc("GET /api/pulses", func(w http.ResponseWriter, _ *http.Request) { answer(w, b.Cabinet.Pulses()) })
	mux.HandleFunc("GET /api/mails", func(w http.ResponseWriter, _ *http.Request) { answer(w, b.Mailbox.Mails()) })
	mux.HandleFunc("GET /mails/{number}/{$}", b.letter)
	mux.HandleFunc("GET /mails/{number}/qr.png", b.letterQR)
	mux.HandleFunc("GET /api/frames", func(w http.ResponseWriter, r *http.Request) {
		items, newest := b.Cabinet.frames.After(number(r, "after"))
		answer(w, Page[Frame]{orNone(items), newest})
	})
	mux.HandleFunc("GET /api/log", func(w http.ResponseWriter, r *http.Request) {
		items, newest := b.Log.After(number(r, "after"))
		answer(w, Page[string]{orNone(items), newest})
	})
	mux.HandleFunc("GET /api/stream", b.stream)
	mux.Handle("GET /camera.jpg", b.Cabinet.camera)
}

// Page is a part of a list that only grows.
type Page[T any] struct {
	Items  []T    `json:"items"`
	Newest uint64 `json:"newest"` // the number of the newest: ask for what comes after it
}

func orNone[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// number reads a number from the address; what is none counts as 0.
func number(r *http.Request, name string) uint64 {
	n, _ := strconv.ParseUint(r.FormValue(name), 10, 64)
	return n
}

// switchOn is the body of everything that is put on or off.
type switchOn struct {
	On *bool `json:"on"` // missing: on
}

func (s switchOn) on() bool { return s.On == nil || *s.On }

// hands are the addresses that do something.
func (b *Bench) hands(mux *http.ServeMux) {
	c := b.Cabinet
	for name, do := range map[string]func(door int) error{"push": c.Push, "force": c.Force} {
		mux.Handle("POST /api/doors/{number}/"+name, hand(func(r *http.Request, _ struct{}) (any, error) {
			return nil, do(pathNumber(r))
		}))
	}
	for name, do := range map[string]func(number int, on bool) error{
		"doors/{number}/jam": c.Jam, "doors/{number}/cut": c.Cut, "doors/{number}/stick": c.Stick,
		"boards/{number}/mute": c.Mute, "boards/{number}/dead": c.Dead,
	} {
		mux.Handle("POST /api/"+name, hand(func(r *http.Request, s switchOn) (any, error) {
			return nil, do(pathNumber(r), s.on())
		}))
	}
	for name, do := range map[string]func(l *Line, on bool){
		"echo": (*Line).Echo, "noise": (*Line).Noise, "unplug": (*Line).Unplug,
	} {
		mux.Handle("POST /api/lines/{line}/"+name, hand(func(r *http.Request, s switchOn) (any, error) {
			l, err := c.line(r.PathValue("line"))
			if err == nil {
				do(l, s.on())
			}
			return nil, err
		}))
	}
	for name, do := range map[string]func(on bool){
		"scanner/unplug": c.scanner.outlet.Unplug,
		"camera/cover":   c.camera.Cover, "camera/unplug": c.camera.Unplug,
	} {
		mux.Handle("POST /api/"+name, hand(func(_ *http.Request, s switchOn) (any, error) {
			do(s.on())
			return nil, nil
		}))
	}
	b.outside(mux)
}

// outside are hands at what stands around the cabinet: what is held before the scanner, the link, the cloud, the programs and the disk.
func (b *Bench) outside(mux *http.ServeMux) {
	mux.Handle("POST /api/scan", hand(func(r *http.Request, s struct {
		Text string `json:"text"`
	}) (any, error) {
		return nil, b.Cabinet.scanner.Scan(r.Context(), s.Text)
	}))
	mux.Handle("POST /api/link", hand(func(_ *http.Request, s struct {
		Cut bool `json:"cut"`
	}) (any, error) {
		b.Link.Cut(s.Cut)
		return nil, nil
	}))
	mux.Handle("POST /api/mails/{number}/scan", hand(func(r *http.Request, _ struct{}) (any, error) {
		m, err := b.Mailbox.mail(pathNumber(r))
		if err != nil {
			return nil, err
		}
		text, err := m.Scanned()
		if err != nil {
			return nil, err
		}
		return nil, b.Cabinet.scanner.Scan(r.Context(), text)
	}))
	mux.Handle("POST /api/orders", hand(func(_ *http.Request, o json.RawMessage) (any, error) {
		if b.Desk == nil {
			return nil, errNoDesk
		}
		id, err := b.Desk.Order(o)
		return map[string]string{"id": id}, err
	}))
	mux.Handle("POST /api/lockerd/kill", b.process((*Daemon).Kill))
	mux.Handle("POST /api/lockerd/start", b.process((*Daemon).Start))
	mux.Handle("POST /api/lockerdesk/kill", b.deskProcess((*Daemon).Kill))
	mux.Handle("POST /api/lockerdesk/start", b.deskProcess((*Daemon).Start))
	mux.Handle("POST /api/lockerdesk/invite", hand(func(*http.Request, struct{}) (any, error) {
		if b.Desk == nil {
			return nil, errNoDesk
		}
		link, err := b.Desk.Invite()
		return map[string]string{"link": link}, err
	}))
	mux.Handle("POST /api/disk/full", hand(func(_ *http.Request, s switchOn) (any, error) {
		if b.Daemon == nil {
			return nil, errNoDaemon
		}
		return nil, b.Daemon.FillDisk(s.on())
	}))
}

var errNoDesk = errors.New("there is no desk: no lockerdesk was found, or the cabinet is at a broker of yours (--broker), where the cloud is yours, too")

func (b *Bench) deskProcess(do func(*Daemon, context.Context) error) http.Handler {
	return hand(func(r *http.Request, _ struct{}) (any, error) {
		if b.Desk == nil {
			return nil, errNoDesk
		}
		return nil, do(b.Desk.Daemon, r.Context())
	})
}

var errNoDaemon = errors.New("lockersim did not start a lockerd (--no-daemon, --in-process): there is no process to kill, start or keep from writing")

func (b *Bench) process(do func(*Daemon, context.Context) error) http.Handler {
	return hand(func(r *http.Request, _ struct{}) (any, error) {
		if b.Daemon == nil {
			return nil, errNoDaemon
		}
		return nil, do(b.Daemon, r.Context())
	})
}

// pathNumber reads the number from the path; what is none is 0, which is no door and no board.
func pathNumber(r *http.Request) int {
	n, _ := strconv.Atoi(r.PathValue("number"))
	return n
}

// hand makes a handler of something to do: the body is JSON or empty, the answer is JSON or 204.
func hand[Body any](do func(*http.Request, Body) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), benchWait)
		defer cancel()
		var body Body
		err := form.ReadAll(http.MaxBytesReader(w, r.Body, benchBody), &body)
		if err != nil && !errors.Is(err, form.ErrMissing) {
			refuse(w, http.StatusBadRequest, fmt.Errorf("body: %w", err))
			return
		}
		out, err := do(r.WithContext(ctx), body)
		switch {
		case errors.Is(err, ErrNoSuch):
			refuse(w, http.StatusNotFound, err)
		case err != nil:
			refuse(w, http.StatusConflict, err)
		case out == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			answer(w, out)
		}
	})
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": err.Error()}) //nolint:errcheck // whoever asked is gone
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) //nolint:errcheck // whoever asked is gone
}

// Run serves the bench until ctx is cancelled.
func (b *Bench) Run(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           b.Handler(),
		ReadHeaderTimeout: benchWait,
		BaseContext:       func(net.Listener) context.Context { return ctx }, // so that streams end with us
	}
	go func() { // ends with ctx
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), benchGrace)
		defer cancel()
		server.Shutdown(grace) //nolint:errcheck // what is still open is closed by the process ending
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("bench: serve: %w", err)
	}
	return nil
}

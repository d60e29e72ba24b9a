package ui

import (
	"errors"
	"mime"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"lockerd/internal/form"
	"lockerd/internal/locker"
)

// maxPress is the largest accepted press, in bytes. A real one has about a hundred.
const maxPress = 4 << 10

// policy lets the page load only files of this server, and prevents framing by others.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// forEver lets a browser cache a file for ever: its name contains its content's hash.
const forEver = "public, max-age=31536000, immutable"

// Handler serves the kiosk: the page at /, its stream at /events, presses at /press, the page's own assets, and photos at
// /photo.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("POST /press", s.press)
	mux.HandleFunc("GET /static/{name}", s.static)
	mux.HandleFunc("GET /poster/{tag}", s.posterPNG)
	mux.HandleFunc("GET /photo/{seq}", s.photo)
	return s.guard(mux)
}

// guard refuses requests that are not from our own page: a name that was rebound to loopback, or another site's page.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Frame-Options", "DENY")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if !ours(r) {
			s.refused.warn("kiosk refuses a foreign request", "method", r.Method, "path", r.URL.Path,
				"host", r.Host, "origin", r.Header.Get("Origin"))
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerWithin)) // a test's writer has none
		next.ServeHTTP(w, r)
	})
}

// ours says that a request names a loopback host with our port, and comes from our own page. A press must carry its origin,
// which every browser sends; opening the page by hand has none.
func ours(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return false
	}
	_, ourPort, err := net.SplitHostPort(local.String())
	if err != nil {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil { // browsers leave out the port of http
		host, port = r.Host, "80"
	}
	if port != ourPort || !isLoopback(host) {
		return false
	}
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	switch {
	case origin != "" && origin != "http://"+r.Host:
		return false
	case site != "" && site != "same-origin" && (site != "none" || r.URL.Path != "/"):
		return false
	case r.Method == http.MethodPost:
		return origin != "" || site != ""
	}
	return true
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	f, _, err := s.frame(r.Context())
	if err == nil {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		err = s.pages.writePage(w, f)
	}
	if err != nil {
		s.log.Error("kiosk cannot draw the screen", "err", err)
		http.Error(w, "one moment", http.StatusInternalServerError)
	}
}

func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	a, ok := s.pages.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", forEver)
	w.Header().Set("Content-Type", a.kind)
	_, _ = w.Write(a.data) // a browser that went away misses nothing
}

// photo serves a photo, but only to a technician who is signed in, and only those that they may choose from.
func (s *Server) photo(w http.ResponseWriter, r *http.Request) {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 64)
	v := s.now().view
	shown := func(p locker.Photo) bool { return p.Seq == seq }
	if err != nil || v == nil || v.Technician == "" || !slices.ContainsFunc(v.Photos, shown) {
		http.NotFound(w, r)
		return
	}
	jpeg, err := s.instruments.Photo(r.Context(), seq)
	if err != nil {
		s.log.Warn("kiosk cannot show a still", "seq", seq, "err", err)
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(jpeg) // a browser that went away misses nothing
}

func (s *Server) press(w http.ResponseWriter, r *http.Request) {
	p, err := s.readPress(w, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.desk.Press(r.Context(), p); err != nil {
		s.log.Warn("kiosk press is lost", "press", p, "err", err)
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

var (
	digits = regexp.MustCompile(`^[0-9]{1,12}$`)    // longest: a PIN
	phones = regexp.MustCompile(`^\+?[0-9]{6,15}$`) // E.164: at most 15 digits; fewer than six are nobody's
	parcel = regexp.MustCompile(`^[0-9A-Z-]{4,35}$`)
)

// actions are the buttons that there are.
var actions = []locker.Action{
	locker.ActionPickup, locker.ActionCourier, locker.ActionLanguage, locker.ActionBack, locker.ActionFinish,
	locker.ActionForgot, locker.ActionCard, locker.ActionNotOpen, locker.ActionTryAgain, locker.ActionDone, locker.ActionSize,
	locker.ActionLarger, locker.ActionSmaller, locker.ActionOccupied, locker.ActionCancel, locker.ActionCancelYes,
	locker.ActionSignOut, locker.ActionNextParcel, locker.ActionWrong, locker.ActionNoPhone, locker.ActionLow,

	locker.ActionTechnician, locker.ActionDoors, locker.ActionDoor, locker.ActionOpen, locker.ActionBlock,
	locker.ActionReason, locker.ActionUnblock, locker.ActionEmpty, locker.ActionSelfTest, locker.ActionSkip,
	locker.ActionScans, locker.ActionLines, locker.ActionLog, locker.ActionPhotos, locker.ActionAbout,
	locker.ActionClockRight,

	locker.ActionResend, locker.ActionRecall, locker.ActionRecallOpen, locker.ActionVisit, locker.ActionReopen, locker.ActionMissing, locker.ActionType, locker.ActionItOpened,
	locker.ActionAgree, locker.ActionDisagree, locker.ActionWeight, locker.ActionHeavier, locker.ActionTold, locker.ActionStanding,
	locker.ActionRefuse, locker.ActionPackaging, locker.ActionGoods, locker.ActionNotOrdered, locker.ActionOtherReason, locker.ActionKeep,
	locker.ActionInventory, locker.ActionInventoryYes, locker.ActionParcel, locker.ActionOther,
	locker.ActionOpenEmpty, locker.ActionOpenEmptyYes, locker.ActionOpenAll, locker.ActionOpenAllYes, locker.ActionStop,

	locker.ActionSetup, locker.ActionSurvey, locker.ActionLayout, locker.ActionAddDoor, locker.ActionAddColumn,
	locker.ActionRemoveDoor, locker.ActionWire, locker.ActionNoneMoved, locker.ActionAgain, locker.ActionNext,
	locker.ActionNoContact, locker.ActionRewire, locker.ActionRewireYes, locker.ActionSave, locker.ActionSaveEmpty, locker.ActionSaveAsIs,
	locker.ActionDiscard, locker.ActionDiscardYes, locker.ActionUndo, locker.ActionUndoYes,
}

// readPress reads a press and checks its form. Its errors never repeat the request, which may contain a code.
func (s *Server) readPress(w http.ResponseWriter, r *http.Request) (p Press, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return p, errors.New("a press is JSON")
	}
	if err := form.ReadAll(http.MaxBytesReader(w, r.Body, maxPress), &p); err != nil {
		return p, errors.New("not a press")
	}
	return p, s.check(p)
}

// check says what is wrong with a press.
func (s *Server) check(p Press) error {
	said := 0
	for _, is := range []bool{p.Action != "", p.Code != "", p.Phone != "", p.Tracking != "", p.Present} {
		if is {
			said++
		}
	}
	switch {
	case said != 1:
		return errors.New("a press says one thing")
	case p.Action != "" && !slices.Contains(actions, p.Action):
		return errors.New("no such action")
	case (p.Size != "") != (p.Action == locker.ActionSize || p.Action == locker.ActionAddDoor) || len(p.Size) > 32:
		return errors.New("a size goes with its action")
	case (p.Language != "") != (p.Action == locker.ActionLanguage):
		return errors.New("a language goes with its action")
	case p.Language != "" && s.pages.catalogues[p.Language] == nil:
		return errors.New("no such language")
	case (p.Door > 0) != (p.Action == locker.ActionDoor || p.Action == locker.ActionReopen) || p.Door < 0:
		return errors.New("a door goes with its action")
	case (p.Weight > 0) != (p.Action == locker.ActionWeight) || p.Weight < 0:
		return errors.New("a weight goes with its action")
	case (p.Reason != "") != (p.Action == locker.ActionReason):
		return errors.New("a reason goes with its action")
	case p.Reason != "" && !slices.Contains(locker.BlockReasons(), p.Reason):
		return errors.New("no such reason")
	case (p.Board != locker.Board{}) != (p.Action == locker.ActionRewire) || len(p.Board.Bus) > 64 || p.Board.Board < 0:
		return errors.New("a board goes with its action")
	case p.Tracking != "" && !parcel.MatchString(p.Tracking):
		return errors.New("a parcel's number is digits and capitals")
	case p.Code != "" && !digits.MatchString(p.Code):
		return errors.New("a code is digits")
	case p.Phone != "" && !phones.MatchString(p.Phone):
		return errors.New("a phone number is digits")
	}
	return nil
}

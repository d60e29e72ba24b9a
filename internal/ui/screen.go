package ui

import (
	"html/template"
	"maps"
	"slices"
	"strconv"

	"lockerd/internal/locker"
	"lockerd/internal/money"
)

// screen is a View as the templates want it: one question, one picture, and what can be touched.
type screen struct {
	*locker.View
	Title, Help template.HTML
	Chips       []chip        // facts about the parcel in hand, or a test under way
	Count       template.HTML // of parcels stored in this session
	Plate       bool          // the door's number, huge
	Picture     string        // "cabinet", or the name of a pictogram
	Mark        string        // a pictogram for how it went: "check", "alert", "pause"
	Cabinet     *cabinet
	Plan        *plan
	Poster      string // the tag of the poster in the picture's place
	Panel       *panel
	Code        *qrCode // where what is owed is paid, or a receipt
	Progress    *progress
	Notice      line
	Keypad      *keypad
	Cards       []card
	Buttons     []button
	Tongues     []tongue
	Corner      bool     // the hidden corner that lets technicians in
	Moments     []moment // "one moment", in more languages than one: it is shown when nothing can be chosen
	Others      []moment // the question in the other languages, likewise

	Brand   brand
	Call    bool          // somebody may be stuck: who can help, and what to tell them, is said large
	Posted  *posted       // the operator's notice; nil: none is up
	Privacy template.HTML // that stills are taken of people, before any are
	Visit   *visit

	pieces   []piece // of the picture, in their order
	all      map[string]*catalogue
	words    *catalogue
	place    Place
	fillings args
}

// chip is a short fact.
type chip struct {
	Name  template.HTML
	Value string
}

// line is the notice.
type line struct {
	Text template.HTML
	Tone string // "good" or "bad": with a pictogram each, since colour alone says nothing
	// Said is the revision at which it was said: the same words, said once more, are another notice. 0: it just holds.
	Said uint64
}

// keypad is the on-screen keypad.
type keypad struct {
	Kind  string // "code", "pin", "phone", "digits" or "tracking": how what is typed is shown; the last has letters, too
	Label template.HTML
	Least int // characters before it can be sent
	Most  int
}

// card is a size to choose.
type card struct {
	Action locker.Action
	Name   string
	Off    bool // it cannot be chosen
	Label  template.HTML
	Height int  // of the drawing, in hundredths of the tallest
	Chosen bool // the size that was asked for
}

// button is something to touch.
type button struct {
	ID     string
	Action locker.Action
	Reason locker.BlockReason // with ActionReason
	Board  locker.Board       // with ActionRewire
	Door   int                // with ActionReopen
	Grams  int                // with ActionWeight
	Label  template.HTML
	Icon   string
	Weight string // "primary", "strong" or "quiet"
}

// tongue is a language to choose, named in itself.
type tongue struct {
	Code, Name, Direction string
	Chosen                bool
}

// moment is a screen in one language.
type moment struct {
	Code, Direction string
	Title, Help     template.HTML
}

// face is how a step looks. What a screen says is in the catalogues, under the step's and its stage's name.
type face struct {
	picture string
	mark    string
	plate   bool
	scans   bool // a scanner can be used here: the help differs without one
	parcel  bool // the parcel in hand is named
	keypad  *keypad
}

var faces = map[locker.Step]face{
	"":                       {picture: "cabinet"},
	locker.StepHome:          {picture: "cabinet", scans: true},
	locker.StepCode:          {picture: "qr", scans: true, keypad: &keypad{Kind: "code", Least: 4, Most: 10}},
	locker.StepPickup:        {picture: "cabinet", plate: true},
	locker.StepPress:         {picture: "cabinet", plate: true},
	locker.StepKeep:          {picture: "cabinet", plate: true},
	locker.StepThanks:        {picture: "cabinet", mark: "check"}, // of a sender: it names the parcel
	locker.StepTrouble:       {picture: "cabinet", mark: "alert"},
	locker.StepWrong:         {picture: "cabinet", parcel: true},
	locker.StepPIN:           {picture: "badge", scans: true, keypad: &keypad{Kind: "pin", Least: 4, Most: 12}},
	locker.StepScan:          {scans: true},
	locker.StepVisit:         {picture: "cabinet"},
	locker.StepTracking:      {keypad: &keypad{Kind: "tracking", Least: 4, Most: 35}}, // GS1's and the carriers' longest: 34
	locker.StepPhone:         {picture: "phone", parcel: true, keypad: &keypad{Kind: "phone", Least: 6, Most: 15}},
	locker.StepResend:        {picture: "phone", keypad: &keypad{Kind: "phone", Least: 6, Most: 15}},
	locker.StepLastDigits:    {picture: "phone", keypad: &keypad{Kind: "digits", Least: 4, Most: 4}},
	locker.StepSecond:        {picture: "badge", keypad: &keypad{Kind: "pin", Least: 4, Most: 8}},
	locker.StepPay:           {picture: "phone", mark: "pause"},
	locker.StepCard:          {picture: "card"},
	locker.StepCardBusy:      {picture: "card", mark: "pause"},
	locker.StepUnclear:       {picture: "card", mark: "alert"},
	locker.StepNotTaken:      {mark: "pause", parcel: true},
	locker.StepAgree:         {picture: "about", parcel: true},
	locker.StepWeight:        {picture: "parcel"},
	locker.StepConsent:       {picture: "phone", parcel: true},
	locker.StepConfirm:       {picture: "phone", mark: "pause"},
	locker.StepRefuse:        {picture: "cabinet"},
	locker.StepPutBack:       {picture: "cabinet", plate: true},
	locker.StepRecall:        {picture: "cabinet", plate: true},
	locker.StepRecallDoor:    {picture: "cabinet", plate: true},
	locker.StepSize:          {parcel: true},
	locker.StepNoDoor:        {mark: "alert", parcel: true},
	locker.StepHere:          {picture: "cabinet", plate: true, parcel: true},
	locker.StepDrop:          {picture: "cabinet", plate: true, parcel: true, scans: true},
	locker.StepDropPress:     {picture: "cabinet", plate: true, parcel: true},
	locker.StepCancel:        {picture: "cabinet", plate: true, parcel: true},
	locker.StepTakeOut:       {picture: "cabinet", plate: true, parcel: true},
	locker.StepLook:          {picture: "cabinet", plate: true, parcel: true},
	locker.StepBadge:         {picture: "badge", scans: true, keypad: &keypad{Kind: "pin", Least: 4, Most: 12}},
	locker.StepOutOfOrder:    {mark: "pause"},
	locker.StepTested:        {picture: "cabinet"},
	locker.StepDoor:          {plate: true},
	locker.StepBlock:         {picture: "cabinet"},
	locker.StepTest:          {picture: "cabinet", plate: true},
	locker.StepInventory:     {picture: "cabinet", mark: "alert"},
	locker.StepInventoryDoor: {picture: "cabinet", plate: true},
	locker.StepInventoryOver: {mark: "check"},
	locker.StepOpenEmpty:     {picture: "cabinet", mark: "alert"},
	locker.StepOpenAll:       {picture: "cabinet", mark: "alert"},
	locker.StepRewire:        {picture: "wire", mark: "alert"},
	locker.StepSequence:      {picture: "cabinet", plate: true},
	locker.StepSurvey:        {picture: "lines"},
	locker.StepWireClose:     {plate: true},
	locker.StepDiscard:       {picture: "undo", mark: "alert"},
	locker.StepUndo:          {picture: "undo", mark: "alert"},

	locker.StepTechPIN:     {picture: "badge", keypad: &keypad{Kind: "pin", Least: 6, Most: 12}}, // an invitation: 12
	locker.StepTechCode:    {picture: "phone", keypad: &keypad{Kind: "app", Least: 6, Most: 10}}, // a recovery code: 10
	locker.StepNewPIN:      {picture: "badge", keypad: &keypad{Kind: "pin", Least: 6, Most: 8}},
	locker.StepNewPINAgain: {picture: "badge", keypad: &keypad{Kind: "pin", Least: 6, Most: 8}},
	locker.StepNewCode:     {picture: "phone", keypad: &keypad{Kind: "app", Least: 6, Most: 10}},
	locker.StepSecondPIN:   {picture: "badge", keypad: &keypad{Kind: "pin", Least: 6, Most: 8}},
	locker.StepSecondCode:  {picture: "phone", keypad: &keypad{Kind: "app", Least: 6, Most: 10}},
}

// stage is where a step stands: a part of its texts' names, or empty.
func stage(v *locker.View) string {
	switch v.Step {
	case locker.StepCode, locker.StepPIN, locker.StepBadge, locker.StepLastDigits, locker.StepSecond:
		if v.LockedFor > 0 {
			return "locked"
		}
		if v.Aim == locker.AimRecall || v.Aim == locker.AimVisit || v.Aim == locker.AimLook {
			return "asked" // behind no door is there certain to be something
		}
	case locker.StepPickup, locker.StepDrop, locker.StepTakeOut, locker.StepRecallDoor, locker.StepPutBack:
		return doorStage(v)
	case locker.StepLook:
		switch {
		case v.Aim != locker.AimLook:
			return "shut"
		case v.Opening:
			return "opening"
		case v.WasOpen:
			return "open"
		}
		return waits(v)
	case locker.StepWrong:
		return wrongStage(v)
	case locker.StepTrouble:
		return string(v.Trouble)
	case locker.StepPress, locker.StepDropPress:
		switch v.Trouble {
		case locker.TroubleUnknown, locker.TroubleUnsent, locker.TroubleSilent, locker.TroubleAside:
			return string(v.Trouble)
		case locker.TroubleStuck, locker.TroubleHeld: // pressing may help
		}
	case locker.StepNoDoor:
		return noDoorStage(v)
	case locker.StepScan:
		switch {
		case v.NoCodes:
			return "no_codes"
		case !v.Brings:
			return "no_drop"
		}
	case locker.StepTest:
		if v.Opening {
			return "opening"
		}
		return "open"
	case locker.StepPay:
		return payStage(v.Fee)
	case locker.StepNotTaken, locker.StepConsent:
		return takenStage(v)
	case locker.StepInventoryDoor, locker.StepInventoryOver:
		return placeStage(v)
	case locker.StepSequence:
		return string(v.Sequence.Ended)
	default: // the step says it all, unless it is of a commissioning
	}
	return setupStage(v)
}

// takenStage is why something was not taken in, or what is known of its recipient's consent.
func takenStage(v *locker.View) string {
	if v.Step == locker.StepConsent && v.Denied {
		return "denied"
	}
	return string(v.NotTaken)
}

// doorStage is how far somebody has got with a door that was opened for them.
func doorStage(v *locker.View) string {
	switch {
	case v.DoorState == locker.Open:
		return "open"
	case v.Opening:
		return "opening"
	case v.Step == locker.StepTakeOut || v.Step == locker.StepRecallDoor || v.Step == locker.StepPutBack || !v.WasOpen: // it was open before, but not for taking out
		return waits(v)
	case v.DoorState == locker.Closed:
		return "closed"
	}
	return "open" // nobody saw it close
}

// noDoorStage is whether there is another size, and which one there was no door of: the rules keep one that was announced, and none that was touched.
func noDoorStage(v *locker.View) string {
	switch {
	case !slices.ContainsFunc(v.Sizes, func(z locker.SizeChoice) bool { return z.Free > 0 || z.Lack == locker.LackLook }):
		return "full"
	case v.Size == "":
		return "chosen"
	}
	return ""
}

// waits is the stage of a courier at a door that was not seen to open: once it was tried again there is no trying.
func waits(v *locker.View) string {
	if (v.Step == locker.StepRecallDoor || v.Step == locker.StepLook) && !slices.Contains(v.Actions, locker.ActionTryAgain) {
		return "tried"
	}
	return "waiting"
}

// addCount says how many parcels the courier has stored, or may take back.
func (s *screen) addCount() {
	switch {
	case s.Step == locker.StepRecall && (s.Collects || s.Recallable == 0): // its board is silent
	case s.Step == locker.StepRecall:
		s.Count = s.words.Say("recallable.count", args{"count": s.Recallable})
	case s.Turns > 0:
		s.Count = s.Say("pickup.turn")
	case s.Stored > 0 && !s.crowded():
		s.Count = s.Say("stored.count")
	}
}

// fillingsOf are the names and numbers that a view puts into its texts.
func fillingsOf(v *locker.View) args {
	filled := args{
		"door": v.Door, "size": v.Size, "courier": v.Courier, "technician": v.Technician, "count": v.Stored,
		"turn": v.Turn, "turns": v.Turns,
		"board": v.Setup.Lock.Bus + "/" + strconv.Itoa(v.Setup.Lock.Board), "lock": v.Setup.Lock.Channel,
		"other": v.Setup.Other.String(), "what": v.Setup.Failed,
	}
	maps.Copy(filled, counts)
	if v.Fee.Currency != "" {
		filled["fee"] = verbatim(money.Text(v.Fee.Amount, v.Fee.Currency, v.Language))
	}
	if v.Step == locker.StepRewire {
		filled["board"] = v.Setup.Board.String()
	}
	if v.Step == locker.StepOpenAll || v.Step == locker.StepOpenEmpty {
		filled["count"] = v.Sequence.Total
	}
	if v.Step == locker.StepInventory || v.Step == locker.StepInventoryOver {
		filled["count"] = v.Inventory.Total
	}
	if v.Enrolling != "" {
		filled["technician"] = v.Enrolling
	}
	return filled
}

func newScreen(v *locker.View, c *catalogue, p *pages, cfg *Config, m Measured) *screen {
	f := faces[v.Step]
	if v.Step == locker.StepSequence {
		about := *v
		about.Door = v.Sequence.Door
		v = &about
	}
	s := &screen{
		View: v, all: p.catalogues, words: c, place: cfg.Screen, Plate: f.plate && v.Door > 0, Picture: f.picture, Mark: f.mark,
		fillings: fillingsOf(v),
	}
	if v.Courier == "" {
		s.fillings["courier"] = s.Say("action.courier")
	}
	s.addQuestion(f)
	s.addPicture(cfg)
	if draw := panels[v.Step]; draw != nil {
		s.Panel = draw(s, m)
	}
	if f.parcel || s.Sends && v.Step == locker.StepThanks {
		s.addParcel()
	}
	s.addFee()
	switch v.Step {
	case locker.StepTest:
		s.addProgress()
	case locker.StepInventoryDoor, locker.StepInventoryOver:
		s.addInventory()
	case locker.StepSequence:
		s.addSequence()
	default:
		s.addSetup(m)
	}
	s.addCount()
	if f.keypad != nil && !locked(v) {
		k := *f.keypad
		k.Label = s.keypadLabel(k.Kind)
		s.Keypad = &k
	}
	s.addNotice()
	if s.Mark == "check" && s.failed() {
		s.Mark = "alert"
	}
	s.Posted = s.post()
	s.addOperator(cfg, p.mark)
	s.addButtons()
	s.addTongues()
	s.Moments = s.elsewhere("start", 4) // as many as fit
	if v.Step == locker.StepOutOfOrder {
		s.Others = s.elsewhere(textsOf(v), len(s.Languages))[1:]
	}
	return s
}

// addPicture chooses what is in the picture's place.
func (s *screen) addPicture(cfg *Config) {
	switch receipt := cfg.receipt(s.View); {
	case receipt != "" && s.addCode(receipt, "sent_receipt.code"):
		s.Picture, s.Help = "", s.Say("sent_receipt.help")
	case s.Step == locker.StepScan && s.Brings:
		s.Visit = s.newVisit()
	case s.Step == locker.StepScan:
		s.Picture = "cabinet"
	case s.NotTaken == locker.NotTakenUnwatched && s.Step == locker.StepNotTaken:
		s.Picture = "camera"
	}
	if s.Picture == "cabinet" {
		s.Cabinet = newCabinet(s.View, s)
	}
}

// keypadLabel says what is typed.
func (s *screen) keypadLabel(kind string) template.HTML {
	if s.Senders {
		kind += "_any"
	}
	return s.Say("keypad." + kind)
}

// addQuestion says what is asked, and how to answer.
func (s *screen) addQuestion(f face) {
	key := textsOf(s.View)
	s.Title, s.Help = s.Say(key+".title"), s.Say(key+".help")
	if f.scans && !s.Sends && unheard(s.View) {
		s.Help = s.Say(key + ".help_no_scanner")
	}
	if s.Waits > 0 && s.DoorState != locker.Open {
		s.Help = until("opens", s.Say("opens.first"), s.Help)
	}
}

// counts are the places where the page counts down.
var counts = args{"locked": countdown("locked"), "forgot": countdown("forgot"), "ends": countdown("ends"), "opens": countdown("opens")}

// countdown is a place where the page counts down. It holds no number itself, or the region would change each second.
func countdown(of string) template.HTML {
	return template.HTML(`<span class="count" data-count="` + of + `"></span>`)
}

// until is a text that holds until a countdown is over, and what is said then: the page changes them by itself.
func until(of string, first, then template.HTML) template.HTML {
	return `<span data-until="` + template.HTML(of) + `">` + first + `</span><span data-from="` + template.HTML(of) + `" hidden>` + then + `</span>`
}

// Say is a text of the screen's language.
func (s *screen) Say(key string) template.HTML { return s.words.Say(key, s.fillings) }

// Direction is how the screen's language is written.
func (s *screen) Direction() string { return s.words.Direction() }

func (s *screen) addParcel() {
	if s.Tracking != "" {
		s.Chips = append(s.Chips, chip{s.Say("detail.parcel"), s.Tracking})
	}
	if s.Mask != "" {
		s.Chips = append(s.Chips, chip{s.Say("detail.phone"), s.Mask})
	}
	if s.Low {
		s.Chips = append(s.Chips, chip{s.Say("detail.low"), string(s.Say("detail.low_yes"))})
	}
}

// good are the notices that bring no trouble.
var good = []locker.Notice{
	locker.NoticeStored, locker.NoticeCancelled, locker.NoticeTested, locker.NoticeFound, locker.NoticeWired,
	locker.NoticeAllWired, locker.NoticeSaving, locker.NoticeEnrolled, locker.NoticeResent,
	locker.NoticeRecalled, locker.NoticeTakenAlong,
}

// addNotice chooses the one line about what just happened; doors left open are told where nothing else is.
func (s *screen) addNotice() {
	switch {
	case len(s.sprung()) > 0:
		s.leftOpen(s.sprung())
	case s.Turns > 0 && s.View.Notice == locker.NoticeNone && len(s.LeftOpen) > 0: // one of theirs may have sprung open
		s.leftOpen(s.LeftOpen)
	case s.View.Notice != locker.NoticeNone:
		tone := "bad"
		if slices.Contains(good, s.View.Notice) {
			tone = "good"
		}
		s.Notice = line{s.Say("notice." + string(said(s.View))), tone, s.Revision}
	case s.Step == locker.StepHome && len(s.LeftOpen) > 0:
		s.leftOpen(s.LeftOpen)
	}
	if s.OverIn > 0 {
		s.addOver()
	}
}

// addOver says that the session ends whatever is touched: where something has just happened, which is no less to be known, in the place of
// how to answer.
func (s *screen) addOver() {
	who := "recipient"
	switch {
	case s.Technician != "":
		who = "technician"
	case isCourier(s.View):
		who = "courier"
	}
	over := s.Say("over." + who)
	if s.Notice.Text == "" {
		s.Notice = line{Text: over, Tone: "bad"}
		return
	}
	s.Help = over
}

// failed says that what the screen is about has not gone well.
func (s *screen) failed() bool {
	return s.Step == locker.StepTrouble || s.Step == locker.StepUnclear || s.Inventory.Differences > 0 || s.Notice.Said != 0 && s.Notice.Tone == "bad"
}

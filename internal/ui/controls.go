package ui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lockerd/internal/locker"
)

// quiet are the actions that are never the primary one, however first they stand.
var quiet = []locker.Action{
	locker.ActionBack, locker.ActionNotOpen, locker.ActionLarger, locker.ActionSmaller,
	locker.ActionOccupied, locker.ActionCancel, locker.ActionSignOut, locker.ActionSkip, locker.ActionItOpened,
	locker.ActionDiscard, locker.ActionUndo, locker.ActionNext, locker.ActionRemoveDoor, locker.ActionResend,
	locker.ActionWrong, locker.ActionNoPhone, locker.ActionLow, locker.ActionRefuse, locker.ActionKeep, locker.ActionVisit,
}

// level are the steps whose answers are all alike: none of them is the primary one.
var level = []locker.Step{locker.StepAgree, locker.StepWeight, locker.StepConsent, locker.StepMenu, locker.StepBlock, locker.StepTest, locker.StepInventoryDoor, locker.StepLook, locker.StepVisit, locker.StepLayout, locker.StepWireClose}

// asks are the steps that ask whether something is really meant: to leave it is the primary answer.
var asks = []locker.Step{locker.StepCancel, locker.StepWrong, locker.StepRefuse, locker.StepInventory, locker.StepOpenEmpty, locker.StepOpenAll, locker.StepRewire,
	locker.StepDiscard, locker.StepUndo}

// icons are the pictograms on buttons, by label.
var icons = map[string]string{
	"pickup":      "parcel",
	"keep":        "check",
	"later":       "back",
	"courier":     "van",
	"back":        "back",
	"finish":      "check",
	"forgot":      "again",
	"card":        "card",
	"not_open":    "shut",
	"try_again":   "again",
	"done":        "check",
	"larger":      "larger",
	"smaller":     "smaller",
	"occupied":    "parcel",
	"cancel":      "cross",
	"cancel_yes":  "cross",
	"sign_out":    "leave",
	"next_parcel": "barcode",
	"doors":       "doors",
	"open":        "open",
	"block":       "pause",
	"reason":      "pause",
	"unblock":     "check",
	"empty":       "check",
	"self_test":   "again",
	"skip":        "skip",
	"scans":       "barcode",
	"lines":       "lines",
	"log":         "list",
	"photos":      "camera",
	"about":       "about",
	"clock_right": "check",

	"agree":             "check",
	"disagree":          "cross",
	"weight":            "parcel",
	"heavier":           "cross",
	"consent_told":      "phone",
	"consent_standing":  "check",
	"not_in_here":       "back",
	"resend":            "again",
	"is_in":             "check",
	"not_in":            "cross",
	"not_sending":       "cross",
	"missing":           "cross",
	"refuse":            "cross",
	"packaging_damaged": "parcel",
	"goods_damaged":     "alert",
	"not_ordered":       "cross",
	"other_reason":      "about",
	"visit":             "list",
	"reopen":            "open",
	"keep_it":           "check",
	"have_it":           "check",
	"collect":           "van",
	"pickup_or_send":    "parcel",
	"recall":            "van",
	"recall_open":       "open",

	"leave_it":     "back",
	"is_empty":     "check",
	"not_empty":    "parcel",
	"look_again":   "again",
	"keep_door":    "check",
	"all_out":      "leave",
	"go_on":        "skip",
	"another_door": "skip",
	"all_empty":    "check",
	"type":         "keyboard",
	"it_opened":    "open",
	"open_empty":   "open",
	"wrong":        "alert",
	"all_well":     "back",
	"am_done":      "leave",
	"leave":        "leave",
	"no_phone":     "cross",
	"low":          "low",
	"take_along":   "back",
	"stop_looking": "back",
	"stop_test":    "stop",
	"rewire_yes":   "cross",

	"open_empty_yes": "open",
	"inventory":      "list",
	"inventory_yes":  "list",
	"a_parcel":       "parcel",
	"something":      "about",

	"open_all":     "open",
	"open_all_yes": "open",
	"stop":         "stop",
	"setup":        "tools",
	"survey":       "lines",
	"layout":       "doors",
	"add_column":   "column",
	"remove_door":  "cross",
	"wire":         "wire",
	"open_lock":    "open",
	"none_moved":   "shut",
	"again":        "again",
	"next":         "skip",
	"no_contact":   "blind",
	"rewire":       "again",
	"save":         "check",
	"save_now":     "check",
	"save_empty":   "check",
	"save_as_is":   "skip",
	"discard":      "cross",
	"discard_yes":  "cross",
	"undo":         "undo",
	"undo_yes":     "undo",
}

// Asks says that the screen asks whether something is really meant: no answer but "back" may lie under the finger that has
// asked, which the page sees to.
func (s *screen) Asks() bool { return s.Step == locker.StepSave || slices.Contains(asks, s.Step) }

// addButtons makes what can be touched of the View's actions, and of nothing else.
func (s *screen) addButtons() {
	primary := s.Keypad == nil && !slices.Contains(level, s.Step) // a keypad's own "OK" is the primary action
	next := nexts[stage(s.View)]
	for _, a := range s.inOrder() {
		switch a {
		case locker.ActionLanguage:
			continue // in the bar
		case locker.ActionDoor:
			primary = false
			continue // the doors themselves
		case locker.ActionTechnician:
			s.Corner = true
			continue
		case locker.ActionReason:
			s.addReasons()
			continue
		case locker.ActionSize, locker.ActionAddDoor:
			s.Cards = s.sizeCards(a)
			primary = false
			continue
		case locker.ActionReopen:
			s.addVisit()
			continue
		case locker.ActionWeight:
			s.addWeights()
			continue
		case locker.ActionRewire:
			continue // beside each board
		default:
		}
		name := s.label(a)
		b := button{ID: "b-" + string(a), Action: a, Label: s.Say("action." + name), Icon: icons[name], Weight: "strong"}
		switch {
		case s.Step == locker.StepSetup:
			if a == next {
				b.Weight = "primary"
			} else if slices.Contains(quiet, a) {
				b.Weight = "quiet"
			}
		case slices.Contains(asks, s.Step): // the answers weigh alike
			if a == locker.ActionBack {
				b.Weight = "primary"
			}
		case (s.Step == locker.StepTest || s.Step == locker.StepInventoryDoor) && a == locker.ActionStop, a == locker.ActionType && s.Scanner:
			b.Weight = "quiet"
		case (s.Step == locker.StepTest || s.Step == locker.StepLook) && a == locker.ActionOccupied: // it must be seen from the door
		case slices.Contains(quiet, a):
			b.Weight = "quiet"
		case primary:
			b.Weight, primary = "primary", false
		}
		s.Buttons = append(s.Buttons, b)
	}
}

// inOrder are the View's actions as their buttons stand. The answer that changes nothing comes last: it lies under the finger
// that has asked.
func (s *screen) inOrder() []locker.Action {
	if !slices.Contains(asks, s.Step) {
		return s.Actions
	}
	list := slices.DeleteFunc(slices.Clone(s.Actions), func(a locker.Action) bool { return a == locker.ActionBack })
	return append(list, locker.ActionBack)
}

// addVisit makes a button of each parcel of this visit: the end of its number, and its door.
func (s *screen) addVisit() {
	const end = 6 // what a person compares with a label
	for _, p := range s.Visited {
		number := []rune(p.Tracking)
		s.Buttons = append(s.Buttons, button{
			ID: "v-" + strconv.Itoa(p.Door), Action: locker.ActionReopen, Door: p.Door, Weight: "strong", Icon: icons["reopen"],
			Label: s.words.Say("action.reopen", args{"number": verbatim("…" + string(number[max(0, len(number)-end):])), "door": p.Door}),
		})
	}
}

// addWeights makes a button of each weight that a sender may say.
func (s *screen) addWeights() {
	for _, grams := range s.Weights {
		kilograms := strconv.FormatFloat(float64(grams)/1000, 'f', -1, 64)
		if s.words.Code == "de" {
			kilograms = strings.Replace(kilograms, ".", ",", 1)
		}
		s.Buttons = append(s.Buttons, button{
			ID: "w-" + strconv.Itoa(grams), Action: locker.ActionWeight, Grams: grams, Weight: "strong", Icon: icons["weight"],
			Label: s.words.Say("action.weight", args{"weight": verbatim(kilograms)}),
		})
	}
}

// addReasons makes the reasons to set a door aside.
func (s *screen) addReasons() {
	for _, r := range locker.BlockReasons() {
		s.Buttons = append(s.Buttons, button{
			ID: "r-" + string(r), Action: locker.ActionReason, Reason: r,
			Label: s.Say("reason." + string(r)), Icon: icons["reason"], Weight: "strong",
		})
	}
}

// label is an action's text: its own name, but for the places where it means something else.
func (s *screen) label(a locker.Action) string {
	switch {
	case s.Step == locker.StepKeep:
		return s.keepLabel(a)
	case s.Step == locker.StepConsent && a == locker.ActionBack:
		return "not_in_here"
	case s.Sends && sendLabels[a] != "" && (a != locker.ActionWrong || s.DoorState != locker.Open):
		return sendLabels[a]
	case s.Senders && a == locker.ActionPickup:
		return "pickup_or_send"
	case s.Collects && a == locker.ActionRecall:
		return "collect"
	case s.Step == locker.StepLook && a == locker.ActionEmpty && slices.Contains(s.Actions, locker.ActionMissing):
		return "have_it"
	case s.Step == locker.StepWrong && a == locker.ActionBack:
		return "all_well"
	case (s.Step == locker.StepWrong || s.Step == locker.StepPutBack) && a == locker.ActionFinish:
		return "am_done"
	case a == locker.ActionFinish && s.Step != locker.StepPress && s.failed(): // it has not gone well: a tick would say that it has
		return "leave"
	case s.Step == locker.StepTest && a == locker.ActionStop:
		return "stop_test"
	case (s.Step == locker.StepTakeOut || s.Step == locker.StepLook) && a == locker.ActionCancel:
		return "take_along"
	case s.Step == locker.StepInventoryDoor && a == locker.ActionEmpty:
		return "is_empty"
	case a == locker.ActionParcel:
		return "a_parcel"
	case s.Step == locker.StepRefuse && a == locker.ActionBack:
		return string(a)
	case s.Step == locker.StepCancel && a == locker.ActionBack:
		return "keep"
	case slices.Contains(asks, s.Step) && a == locker.ActionBack:
		return "leave_it"
	case s.Step == locker.StepWire && a == locker.ActionOpen:
		return "open_lock"
	case s.Step == locker.StepSave && a == locker.ActionSaveAsIs && len(s.Setup.Wired) == 0:
		return "save_now"
	case s.Step == locker.StepPress && a == locker.ActionFinish:
		return "later"
	case s.Step == locker.StepTested && a == locker.ActionEmpty:
		return "all_empty"
	case (s.Step == locker.StepTakeOut || s.Step == locker.StepRecallDoor) && s.DoorState == locker.Open && a == locker.ActionSkip:
		return "go_on"
	case s.Step == locker.StepLook:
		return s.lookLabel(a)
	}
	return string(a)
}

// sendLabels are the texts of actions that mean something else to a sender.
var sendLabels = map[locker.Action]string{
	locker.ActionDone: "is_in", locker.ActionWrong: "not_in", locker.ActionCancel: "not_sending", locker.ActionAgain: "look_again",
}

// lookLabel is the text of an answer to whether a door is empty.
func (s *screen) lookLabel(a locker.Action) string {
	switch a {
	case locker.ActionEmpty:
		return "is_empty"
	case locker.ActionOccupied:
		return "not_empty"
	case locker.ActionSkip:
		return "another_door"
	case locker.ActionBack:
		return "stop_looking"
	case locker.ActionTryAgain:
		if s.Aim != locker.AimLook {
			return "look_again"
		}
	default: // as everywhere
	}
	return string(a)
}

// sizeCards are the sizes, drawn to scale: to choose with an action, or to look at.
func (s *screen) sizeCards(a locker.Action) (cards []card) {
	tallest := 1
	for _, z := range s.Sizes {
		tallest = max(tallest, z.Height)
	}
	for _, z := range s.Sizes {
		c := card{Action: a, Name: z.Name, Height: max(8, 100*z.Height/tallest), Chosen: a != "" && z.Name == s.Size}
		switch {
		case a == locker.ActionAddDoor:
			c.Label = verbatim(strconv.Itoa(z.Height) + " mm")
		case z.Free > 0:
			c.Label = s.words.Say("size_card.free", args{"count": z.Free})
		default:
			lack := cmp.Or(z.Lack, locker.LackFull)
			c.Off, c.Label = lack != locker.LackLook, s.words.Say("size_card."+string(lack), nil)
		}
		cards = append(cards, c)
	}
	return cards
}

// addTongues makes the language buttons.
func (s *screen) addTongues() {
	if !slices.Contains(s.Actions, locker.ActionLanguage) {
		return
	}
	for _, code := range s.Languages {
		if c := s.all[code]; c != nil {
			s.Tongues = append(s.Tongues, tongue{c.Code, c.Name, c.Direction(), c == s.words})
		}
	}
}

// elsewhere is a question in at most so many of the languages offered, the screen's own first.
func (s *screen) elsewhere(key string, most int) []moment {
	var list []moment
	add := func(c *catalogue) {
		list = append(list, moment{c.Code, c.Direction(), c.Say(key+".title", nil), c.Say(key+".help", nil)})
	}
	add(s.words)
	for _, code := range s.Languages {
		if c := s.all[code]; c != nil && c != s.words && len(list) < most {
			add(c)
		}
	}
	return list
}

// Y, Knob and KnobHeight draw a size's door on the ground that all sizes stand on.
func (c card) Y() int { return 102 - c.Height }

// Knob is where the door's handle begins.
func (c card) Knob() int { return 102 - c.Height*6/10 }

// KnobHeight is the handle's length.
func (c card) KnobHeight() int { return max(3, c.Height/5) }

// Digits are the keypad's digits in the order of its keys.
func (controlsRegion) Digits() []string {
	return []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "0"}
}

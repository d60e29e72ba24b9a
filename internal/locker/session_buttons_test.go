package locker_test

import (
	"slices"
	"testing"

	"lockerd/internal/locker"
)

// manyButtons are the screens that offer a choice among many things: what is rare lies there, behind one button.
var manyButtons = []locker.Step{locker.StepWrong, locker.StepInventoryDoor, locker.StepMenu, locker.StepBlock, locker.StepSetup, locker.StepDoor, locker.StepWire}

// buttons counts what a screen asks to be touched. The languages have their own bar, the technicians a corner, and doors and
// sizes are a choice that lies in the picture.
func buttons(v locker.View) (n int) {
	for _, a := range v.Actions {
		switch a {
		case locker.ActionLanguage, locker.ActionTechnician, locker.ActionSize, locker.ActionAddDoor, locker.ActionDoor:
		default:
			n++
		}
	}
	return n
}

// few says that a screen has what it is about and two buttons beside it at the most, whatever led to it: laws of
// TestWhateverComes ask it of every screen that there is.
func few(v locker.View) bool { return buttons(v) <= 3 || slices.Contains(manyButtons, v.Step) }

// TestFew: what is counted is a button, and what is not is none.
func TestFew(t *testing.T) {
	v := locker.View{Step: locker.StepPickup, Actions: []locker.Action{locker.ActionFinish, locker.ActionNotOpen, locker.ActionBack,
		locker.ActionLanguage, locker.ActionTechnician}}
	if !few(v) {
		t.Error("want three buttons to be few")
	}
	v.Actions = append(v.Actions, locker.ActionWrong)
	if few(v) {
		t.Error("want four buttons to be many")
	}
	if v.Step = locker.StepWrong; !few(v) {
		t.Error("want a list to have many")
	}
}

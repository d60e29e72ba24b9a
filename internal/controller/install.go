package controller

import (
	"time"

	"lockerd/internal/locker"
)

// Installer changes how the cabinet is wired. None of its methods blocks.
type Installer interface {
	// Survey looks for boards on all lines; the answers return as an input.
	Survey()
	// Install puts a setup in force and restarts the cabinet with it, or reports that it could not.
	Install(locker.Setup)
	// Undo does the same with the previous wiring.
	Undo()
}

// install carries out a record of a commissioning.
func (c *Controller) install(e locker.Event, decided time.Time) {
	switch e := e.(type) {
	case locker.LockTried:
		c.parts.Board.Release(locker.Release{Unlock: e.Unlock, Lock: e.Lock,
			Until: decided.Add(time.Duration(e.Within) * time.Millisecond)})
	case locker.SetupEnded:
		c.parts.Board.Recheck() // of doors that were being wired anew nothing was believed
	case locker.SetupSurveyAsked:
		c.parts.Installer.Survey()
	case locker.SetupSaved:
		c.parts.Installer.Install(locker.Setup{Doors: e.Doors})
	case locker.SetupUndone:
		c.parts.Installer.Undo()
	default:
		c.charge(e)
	}
}

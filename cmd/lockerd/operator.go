package main

import (
	"slices"
	"time"

	"lockerd/internal/ui"
)

// kiosk is what the screen is told of the cabinet and of whoever runs it.
func (c *config) kiosk() ui.Config {
	k := c.Kiosk
	k.Cabinet, k.Operator = c.Cabinet, c.Operator
	if len(c.Cameras) > 0 {
		k.Stills = time.Duration(c.Photos.Keep)
	}
	return k
}

// operator looks at what people see of the operator.
func (k *checkup) operator(cfg *config) {
	o := cfg.Operator
	if o.Mark != "" {
		k.say(o.CheckMark(), "operator's mark %s", o.Mark)
	}
	if o.Colour != "" {
		if shown, changed := o.Darkened(); changed {
			k.note("operator's colour %s is shown as %s: white text on the other could not be read by everybody", o.Colour, shown)
		}
	}
	if o.Hotline == "" {
		k.note("no hotline is configured (operator.hotline): whoever is stuck is told that the number is on the cabinet")
	}
	if len(cfg.Cameras) > 0 && (o.Name == "" || o.Privacy == "") {
		k.note("stills are taken of people: the law wants your name and where to ask on the screen (operator.name, operator.privacy)")
	}
	if p := cfg.Kiosk.Screen; p.Under > 0 && !slices.ContainsFunc(cfg.Doors, func(d door) bool {
		return d.Number == p.Under && d.Column == p.Column
	}) {
		k.note("kiosk.screen: there is no door %d in column %d: the screen is drawn at the top of that column", p.Under, p.Column)
	}
}

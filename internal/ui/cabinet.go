package ui

import (
	"fmt"
	"html/template"

	"lockerd/internal/locker"
)

// The cabinet is drawn in millimetres, as it stands: never mirrored, whatever the language.
const (
	doorWidth = 420 // of a column; a usual one, since the plan has no widths
	gap       = 10  // between doors
	frameEdge = 36  // of the cabinet's body
	foot      = 46  // what it stands on
)

// cabinet is the picture of the cabinet.
type cabinet struct {
	Width, Height int // of the drawing, with room for the pin
	Top           int // of the body
	BodyHeight    int
	Foot          int
	Doors         []drawnDoor
	Pin           *pin // at the door that the screen is about
	Text          template.HTML
	Where         template.HTML // the same door in words
}

// drawnDoor is a door in the picture.
type drawnDoor struct {
	Number     int
	X, Y, W, H int
	Target     bool
	Open       bool
	Out        bool
	Font       int // of the number
}

// pin points at a door: its tip is at (X, Y), its head with the number at (X, HeadY).
type pin struct {
	Number        int
	X, Y          int
	HeadY, Radius int
	Left, Right   int // where its sides leave the head
	SideY         int
	Font          int
}

// Leaf is the outline of the door itself, swung out on its left hinge.
func (d drawnDoor) Leaf() string {
	out, drop := d.W*34/100, min(40, d.H/5)
	return fmt.Sprintf("M%d %dl%d %dv%dl%d %dz", d.X, d.Y, out, drop, d.H, -out, -drop)
}

// TextX and TextY are where the number stands: in the middle, on the leaf where it is open.
func (d drawnDoor) TextX() int {
	if d.Open {
		return d.X + d.W*17/100
	}
	return d.X + d.W/2
}

// TextY is the number's baseline.
func (d drawnDoor) TextY() int {
	y := d.Y + d.H/2 + d.Font*36/100
	if d.Open {
		y += min(40, d.H/5) / 2
	}
	return y
}

// Path is the pin's outline: a round head that runs into a tip.
func (p *pin) Path() string {
	return fmt.Sprintf("M%d %dL%d %dA%d %d 0 1 1 %d %dz", p.X, p.Y, p.Left, p.SideY, p.Radius, p.Radius, p.Right, p.SideY)
}

// TextY is the number's baseline.
func (p *pin) TextY() int { return p.HeadY + p.Font*36/100 }

// FootRight is where the right foot stands.
func (c *cabinet) FootRight() int { return c.Width - 60 }

func newCabinet(v *locker.View, s *screen) *cabinet {
	place, tallest := make(map[int]int), 0 // how far down each column is filled
	for _, d := range v.Doors {
		place[d.Column] += d.Height + gap
		tallest = max(tallest, place[d.Column])
	}
	columns := 0
	for c := range place {
		columns = max(columns, c)
	}
	c := &cabinet{Width: columns*(doorWidth+gap) - gap + 2*frameEdge}
	c.BodyHeight = tallest - gap + 2*frameEdge
	if columns == 0 {
		return c
	}
	radius := max(c.Width, c.BodyHeight) / 13
	c.Top = radius // a pin at the uppermost doors stands out above the body
	c.Foot = c.Top + c.BodyHeight
	c.Height = c.Foot + foot
	clear(place)
	rows := make(map[int]int)
	for _, d := range v.Doors {
		rows[d.Column]++
		at := drawnDoor{
			Number: d.Number,
			X:      frameEdge + (d.Column-1)*(doorWidth+gap), Y: c.Top + frameEdge + place[d.Column],
			W: doorWidth, H: d.Height,
			Target: d.Number == v.Door && v.Door > 0, Out: d.Out, Open: d.State == locker.Open,
			Font: min(120, d.Height*6/10),
		}
		place[d.Column] += d.Height + gap
		c.Doors = append(c.Doors, at)
		if at.Target {
			c.pointAt(at, radius)
			c.Where = s.words.say("map.where", args{"column": d.Column, "row": rows[d.Column]})
		}
	}
	c.Text = c.alternative(v, s)
	return c
}

// pointAt puts a pin on a door, its head above.
func (c *cabinet) pointAt(d drawnDoor, radius int) {
	tip := d.Y + d.H/2
	if d.H > 3*radius {
		tip = d.Y + d.H*2/3 // the whole pin lies on a large door
	}
	head := max(radius, tip-radius*17/10)
	c.Pin = &pin{
		Number: d.Number, X: d.X + d.W*6/10, Y: tip, HeadY: head, Radius: radius, Font: radius * 11 / 10,
	}
	c.Pin.Left, c.Pin.Right = c.Pin.X-radius*8/10, c.Pin.X+radius*8/10
	c.Pin.SideY = head + radius*6/10
}

// alternative is the picture in words.
func (c *cabinet) alternative(v *locker.View, s *screen) template.HTML {
	if c.Pin != nil {
		return s.words.say("map.door", args{"door": v.Door, "where": c.Where})
	}
	return s.words.say("map.doors", args{"count": len(c.Doors)})
}

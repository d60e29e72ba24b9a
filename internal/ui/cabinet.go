package ui

import (
	"fmt"
	"html/template"

	"lockerd/internal/locker"
)

// The cabinet is drawn in millimetres, as it stands: never mirrored, whatever the language.
const (
	doorWidth = 420 // of a column; a usual one, since the plan has no widths
	fullWidth = 5   // columns: where there are more, they are drawn narrower, or nobody could read their numbers
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
	return fmt.Sprintf("M%d %dL%d %dA%d %d 0 1 1 %d %dz",
		p.X, p.Y, p.Left, p.SideY, p.Radius, p.Radius, p.Right, p.SideY)
}

// TextY is the number's baseline.
func (p *pin) TextY() int { return p.HeadY + p.Font*36/100 }

// FootRight is where the right foot stands.
func (c *cabinet) FootRight() int { return c.Width - 60 }

func newCabinet(v *locker.View, s *screen) *cabinet {
	c := &cabinet{}
	down, row := make(map[int]int), make(map[int]int) // of each column: how far it is filled, and with how many doors
	columns, target, wide := 0, -1, doorWidth
	for _, d := range v.Doors {
		columns = max(columns, d.Column)
	}
	if columns > fullWidth {
		wide = doorWidth * fullWidth / columns
	}
	for _, d := range v.Doors {
		row[d.Column]++
		if d.Number == v.Door {
			target = len(c.Doors)
			c.Where = s.words.say("map.where", args{"column": d.Column, "row": row[d.Column]})
		}
		c.Doors = append(c.Doors, drawnDoor{
			Number: d.Number,
			X:      frameEdge + (d.Column-1)*(wide+gap), Y: frameEdge + down[d.Column],
			W: wide, H: d.Height,
			Target: d.Number == v.Door, Out: d.Out, Open: d.State == locker.Open,
			Font: min(120, d.Height*6/10),
		})
		down[d.Column] += d.Height + gap
		c.BodyHeight = max(c.BodyHeight, down[d.Column]-gap+2*frameEdge)
	}
	if len(c.Doors) == 0 {
		return nil
	}
	c.Width = columns*(wide+gap) - gap + 2*frameEdge
	if target >= 0 {
		c.Pin = newPin(c.Doors[target], max(c.Width, c.BodyHeight)/15)
		c.lower(max(0, c.Pin.Radius*11/10-c.Pin.HeadY)) // a pin at the uppermost doors stands out above the body
	}
	c.Foot = c.Top + c.BodyHeight
	c.Height = c.Foot + foot
	c.Text = c.alternative(v, s)
	return c
}

// newPin is a pin on a door, its head above its tip.
func newPin(d drawnDoor, radius int) *pin {
	p := &pin{Number: d.Number, X: d.X + d.W*67/100, Y: d.Y + d.H/2, Radius: radius, Font: radius * 11 / 10}
	if d.H > 3*radius {
		p.Y = d.Y + d.H/2 + radius*27/20 // the whole pin lies on a large door
	}
	p.HeadY = p.Y - radius*17/10
	p.Left, p.Right, p.SideY = p.X-radius*8/10, p.X+radius*8/10, p.HeadY+radius*6/10
	return p
}

// lower makes room above the cabinet.
func (c *cabinet) lower(by int) {
	c.Top += by
	for i := range c.Doors {
		c.Doors[i].Y += by
	}
	c.Pin.Y, c.Pin.HeadY, c.Pin.SideY = c.Pin.Y+by, c.Pin.HeadY+by, c.Pin.SideY+by
}

// alternative is the picture in words.
func (c *cabinet) alternative(v *locker.View, s *screen) template.HTML {
	if c.Pin != nil {
		return s.words.say("map.door", args{"door": v.Door, "where": c.Where})
	}
	return s.words.say("map.doors", args{"count": len(c.Doors)})
}

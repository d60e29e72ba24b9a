package ui

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"lockerd/internal/locker"
)

// The cabinet is drawn in millimetres, as it is built: never mirrored, whatever the language.
const (
	doorWidth = 420 // of a column; a usual one, since the plan has no widths
	fullWidth = 5   // columns: where there are more, they are drawn narrower, or nobody could read their numbers
	gap       = 10  // between doors
	frameEdge = 36  // of the cabinet's body
	foot      = 46  // what it stands on

	glassWidth, glassHeight = 230, 390 // of the screen: one of some 19 inches, upright
	scannerSize             = 90
	panelEdge               = 20 // around both

	largestNumber = 120 // of a door, its height
	digitWidth    = 58  // of a digit, in hundredths of its height
)

// Place is the position of the screen in the cabinet. The zero value is the column without doors, if there is one.
type Place struct {
	Column int `toml:"column"` // from 1, as in [[door]]; 0: the one without doors, if there is one; else nobody knows
	Under  int `toml:"under"`  // the door of that column that is right above the screen; 0: none
	// Scanner is where the scanner is, seen from the screen: "above", "below", "left" or "right"; empty: it is not shown.
	Scanner string `toml:"scanner"`
}

// Validate says what is wrong with the place.
func (p Place) Validate() error {
	switch {
	case p.Column < 0 || p.Under < 0:
		return fmt.Errorf("ui: screen: columns and doors are counted from 1")
	case p.Under > 0 && p.Column == 0:
		return fmt.Errorf("ui: screen: under = %d wants its column as well", p.Under)
	case !slices.Contains([]string{"", "above", "below", "left", "right"}, p.Scanner):
		return fmt.Errorf(`ui: screen: scanner = %q: want "above", "below", "left" or "right"`, p.Scanner)
	}
	return nil
}

// cabinet is the picture of the cabinet.
type cabinet struct {
	Width, Height int // of the drawing, with room for the pin
	Top           int // of the body
	BodyHeight    int
	Foot          int
	Doors         template.HTML // the holes that the doors' pieces go into
	Pin           *pin          // at the door that the screen is about
	Glass         *glass        // where its reader stands
	Text          template.HTML
	Where         template.HTML // the same door in words
}

// drawnDoor is a door in the picture, where it stands in the cabinet's body: the pin lowers the body, and no door in it.
type drawnDoor struct {
	Number     int
	X, Y, W, H int
	Target     bool
	Open       bool
	Out        bool
}

// glass is the screen in the picture, and its scanner.
type glass struct {
	X, Y, W, H int
	Column     int
	Scanner    *spot
}

// spot is a square in the picture.
type spot struct{ X, Y, Size int }

// pin points at a door: its tip is at (X, Y), its head with the number is above the cabinet, at (HeadX, HeadY), where it
// hides no other door's number.
type pin struct {
	Number       int
	X, Y         int
	HeadX, HeadY int
	Radius, Font int
}

// ID is the door's in the page.
func (d drawnDoor) ID() string { return "m-" + strconv.Itoa(d.Number) }

// Font is the height of the number: as large as the door, or the leaf that it stands on, has room for.
func (d drawnDoor) Font() int {
	wide := d.W * 9 / 10
	if d.Open {
		wide = d.leaf() * 9 / 10
	}
	return min(largestNumber, d.H*9/10, wide*100/(digitWidth*len(strconv.Itoa(d.Number))))
}

// leaf is how wide the door itself is, swung out.
func (d drawnDoor) leaf() int { return d.W * 34 / 100 }

// Leaf is the outline of the door itself, swung out on its left hinge.
func (d drawnDoor) Leaf() string {
	out, drop := d.leaf(), min(40, d.H/5)
	return fmt.Sprintf("M%d %dl%d %dv%dl%d %dz", d.X, d.Y, out, drop, d.H, -out, -drop)
}

// TextX and TextY are where the number stands: in the middle, on the leaf where it is open.
func (d drawnDoor) TextX() int {
	if d.Open {
		return d.X + d.leaf()/2
	}
	return d.X + d.W/2
}

// TextY is the number's baseline.
func (d drawnDoor) TextY() int {
	y := d.Y + d.H/2 + d.Font()*36/100
	if d.Open {
		y += min(40, d.H/5) / 2
	}
	return y
}

// Path is the pin's needle.
func (p *pin) Path() string { return fmt.Sprintf("M%d %dV%d", p.X, p.HeadY, p.Y) }

// Head is the pin's head: a drop around the needle's upper end.
func (p *pin) Head() string {
	side, low := p.Radius*8/10, p.HeadY+p.Radius*6/10
	return fmt.Sprintf("M%d %dL%d %dA%d %d 0 1 1 %d %dz",
		p.HeadX, p.HeadY+p.Radius*17/10, p.HeadX-side, low, p.Radius, p.Radius, p.HeadX+side, low)
}

// TextY is the number's baseline.
func (p *pin) TextY() int { return p.HeadY + p.Font*36/100 }

// MarkX, MarkY and MarkSize are where "you are here" stands: in the middle of the glass.
func (g *glass) MarkX() int { return g.X + g.W/2 - g.MarkSize()/2 }

// MarkY is the mark's upper edge.
func (g *glass) MarkY() int { return g.Y + g.H/2 - g.MarkSize()/2 }

// MarkSize is the mark's side.
func (g *glass) MarkSize() int { return min(g.W, g.H) * 7 / 10 }

// FootRight is where the right foot stands.
func (c *cabinet) FootRight() int { return c.Width - 60 }

// newCabinet draws the doors of a View, and the screen in its place.
func newCabinet(v *locker.View, s *screen) *cabinet {
	if len(v.Doors) == 0 {
		return nil
	}
	c := &cabinet{}
	var holes strings.Builder
	at := s.place.within(v.Doors)
	columns := at.Column
	for i := range v.Doors {
		columns = max(columns, v.Doors[i].Column)
	}
	wide := doorWidth
	var target *drawnDoor
	if columns > fullWidth {
		wide = doorWidth * fullWidth / columns
	}
	down, row := make([]int, columns+1), make([]int, columns+1) // of each column: how far it is filled, and with how many doors
	left := func(column int) int { return frameEdge + (column-1)*(wide+gap) }
	if at.Column > 0 && at.Under == 0 {
		c.Glass = newGlass(at, left(at.Column), frameEdge, wide)
		down[at.Column] = at.height() + gap
	}
	for i := range v.Doors {
		d := &v.Doors[i]
		row[d.Column]++
		drawn := drawnDoor{Number: d.Number, X: left(d.Column), Y: frameEdge + down[d.Column], W: wide, H: d.Height,
			Target: d.Number == v.Door, Out: d.Out, Open: d.State == locker.Open}
		if drawn.Target {
			target = &drawn
			c.Where = s.words.Say("map.where", args{"column": d.Column, "row": row[d.Column]})
		}
		holes.WriteString(string(s.hole(drawn)))
		down[d.Column] += d.Height + gap
		if at.Under == d.Number && at.Column == d.Column {
			c.Glass = newGlass(at, left(d.Column), frameEdge+down[d.Column], wide)
			down[d.Column] += at.height() + gap
		}
	}
	c.BodyHeight = slices.Max(down) - gap + 2*frameEdge
	c.Width = columns*(wide+gap) - gap + 2*frameEdge
	c.Doors = template.HTML(holes.String())
	if target != nil {
		c.lower(*target)
	}
	c.Foot = c.Top + c.BodyHeight
	c.Height = c.Foot + foot
	c.Text = c.alternative(v, s)
	return c
}

// within is the place among these doors: of its own if none was named, or if the door above it is not there.
func (p Place) within(doors []locker.DoorView) Place {
	under := false
	full := make(map[int]bool) // columns with doors
	for i := range doors {
		full[doors[i].Column] = true
	}
	for i := range doors {
		if before := doors[i].Column - 1; p.Column == 0 && before > 0 && !full[before] {
			p.Column = before
		}
	}
	for i := range doors {
		under = under || doors[i].Column == p.Column && doors[i].Number == p.Under
	}
	if !under {
		p.Under = 0
	}
	return p
}

// height is how much of its column the screen takes, with its scanner.
func (p Place) height() int {
	if p.Scanner == "above" || p.Scanner == "below" {
		return glassHeight + scannerSize + 3*panelEdge
	}
	return glassHeight + 2*panelEdge
}

// newGlass is the screen in a part of a column that begins at (x, y).
func newGlass(p Place, x, y, wide int) *glass {
	g := &glass{W: min(glassWidth, wide*7/10), H: glassHeight, Column: p.Column}
	g.X, g.Y = x+(wide-g.W)/2, y+panelEdge
	size := min(scannerSize, (wide-g.W)/2)
	beside := spot{X: x + (wide-size)/2, Y: g.Y + (g.H-size)/2, Size: size}
	switch p.Scanner {
	case "above":
		beside.Y = g.Y
		g.Y += scannerSize + panelEdge
	case "below":
		beside.Y = g.Y + g.H + panelEdge
	case "left":
		beside.X = x
	case "right":
		beside.X = x + wide - size
	default:
		return g
	}
	g.Scanner = &beside
	return g
}

// lower makes room above the cabinet for the pin on a door, and sticks it there.
func (c *cabinet) lower(d drawnDoor) {
	radius := max(c.Width, c.BodyHeight) / 16
	c.Top = radius*27/10 + 2*gap
	if c.Glass != nil {
		c.Glass.Y += c.Top
		if c.Glass.Scanner != nil {
			c.Glass.Scanner.Y += c.Top
		}
	}
	// The needle passes the numbers of the doors above at their right.
	x := d.X + d.W*92/100
	c.Pin = &pin{Number: d.Number, X: x, Y: d.Y + c.Top + d.H/2, HeadX: min(x, c.Width-radius-gap), HeadY: radius * 11 / 10,
		Radius: radius, Font: radius * 11 / 10}
}

// alternative is the picture in words.
func (c *cabinet) alternative(v *locker.View, s *screen) template.HTML {
	text := s.words.Say("map.doors", args{"count": len(v.Doors)})
	if c.Pin != nil {
		text = s.words.Say("map.door", args{"door": v.Door, "where": c.Where})
	}
	if c.Glass != nil {
		text += " " + s.words.Say("map.screen", args{"column": c.Glass.Column})
	}
	return text
}

package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// A Camera looks at the cabinet's front and gives a still to whoever asks, as cameras do over HTTP. Hands cover its
// lens and pull its plug.
type Camera struct {
	doors            func() []DoorMetal
	covered, without atomic.Bool // without power
}

// CameraState is how the camera is.
type CameraState struct {
	Covered   bool `json:"covered"`
	Unplugged bool `json:"unplugged"`
}

// State is how the camera is.
func (c *Camera) State() CameraState { return CameraState{c.covered.Load(), c.without.Load()} }

// Cover holds a hand before the lens, or takes it away.
func (c *Camera) Cover(on bool) { c.covered.Store(on) }

// Unplug pulls the camera's plug, or puts it in.
func (c *Camera) Unplug(on bool) { c.without.Store(on) }

// ServeHTTP answers with a still.
func (c *Camera) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if c.without.Load() {
		panic(http.ErrAbortHandler) // the connection ends without a word
	}
	var still image.Image = front(c.doors(), time.Now())
	if c.covered.Load() {
		still = dark()
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, still, nil); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(out.Bytes()) //nolint:errcheck // whoever asked is gone
}

// What the camera sees, in pixels.
const (
	stillWidth, stillHeight = 640, 480
	edge                    = 16 // of the wall around the cabinet
	gap                     = 4  // between doors
	caption                 = 32 // the line with the time
)

var (
	wall  = color.RGBA{0x5a, 0x63, 0x6b, 0xff}
	steel = color.RGBA{0xd5, 0xd9, 0xdc, 0xff}
	hole  = color.RGBA{0x17, 0x19, 0x1c, 0xff} // a compartment whose door is open
	leaf  = color.RGBA{0x9a, 0xa1, 0xa7, 0xff} // the open door itself, seen from its edge
	ink   = color.RGBA{0x1d, 0x21, 0x26, 0xff}
	light = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

func fill(img *image.RGBA, r image.Rectangle, c color.Color) {
	draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// front draws the cabinet: its columns side by side, the doors as high as they are to each other, and the time below.
func front(doors []DoorMetal, at time.Time) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, stillWidth, stillHeight))
	fill(img, img.Bounds(), wall)
	total := make(map[int]int) // height of each column, in millimetres
	for _, d := range doors {
		total[d.Column] += d.Height
	}
	width := (stillWidth - 2*edge) / max(len(total), 1)
	const height = stillHeight - 2*edge - caption
	above := make(map[int]int)
	for _, d := range doors {
		x := edge + (d.Column-1)*width
		y := edge + height*above[d.Column]/total[d.Column]
		above[d.Column] += d.Height
		box := image.Rect(x, y, x+width-gap, edge+height*above[d.Column]/total[d.Column]-gap)
		drawDoor(img, box, d)
	}
	write(img, image.Pt(edge, stillHeight-edge-5*3), 3, light, at.UTC().Format("2006-01-02 15:04:05"))
	return img
}

func drawDoor(img *image.RGBA, box image.Rectangle, d DoorMetal) {
	face, number := steel, ink
	if d.Open {
		face, number = hole, light
	}
	fill(img, box, face)
	if d.Open {
		hinge := box
		hinge.Max.X = box.Min.X + 8
		fill(img, hinge, leaf)
	}
	write(img, box.Min.Add(image.Pt(14, 4)), 2, number, strconv.Itoa(d.Number))
}

// glyphs are digits of three by five dots: five rows from the top, the left dot in the highest of three bits.
var glyphs = map[rune][5]byte{
	'0': {7, 5, 5, 5, 7}, '1': {2, 6, 2, 2, 7}, '2': {7, 1, 7, 4, 7}, '3': {7, 1, 7, 1, 7}, '4': {5, 5, 7, 1, 1},
	'5': {7, 4, 7, 1, 7}, '6': {7, 4, 7, 5, 7}, '7': {7, 1, 1, 2, 2}, '8': {7, 5, 7, 5, 7}, '9': {7, 5, 7, 1, 7},
	'-': {0, 0, 7, 0, 0}, ':': {0, 2, 0, 2, 0},
}

// write writes digits, each dot so many pixels wide.
func write(img *image.RGBA, at image.Point, dot int, c color.Color, text string) {
	for _, r := range text {
		for y, row := range glyphs[r] {
			for x := range 3 {
				if row&(4>>x) != 0 {
					p := at.Add(image.Pt(x*dot, y*dot))
					fill(img, image.Rectangle{p, p.Add(image.Pt(dot, dot))}, c)
				}
			}
		}
		at.X += 4 * dot
	}
}

// dark is what a camera sees behind a hand: nearly nothing, and the noise of its own sensor.
func dark() *image.Gray {
	img := image.NewGray(image.Rect(0, 0, stillWidth, stillHeight))
	for i := range img.Pix {
		img.Pix[i] = byte(8 + rand.IntN(12))
	}
	return img
}

package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"text/template"

	"lockerd/internal/credential"
)

// The demo cabinet: what its builder chose.
const (
	cabinetName = "demo-1"
	lineBaud    = 9600
	inspector   = "the builder of the simulated cabinet"
)

// Size is a size of door with its height in millimetres.
type Size struct {
	Name   string
	Height int
}

var sizes = []Size{{"S", 80}, {"M", 190}, {"L", 410}}

// BoardPlan is a lock board: its address, which no other board of the cabinet has, and how its contacts are wired.
type BoardPlan struct {
	Family     string
	Address    int
	Locks      int
	Doors      int    // that hang on its locks, from the first on
	ClosedWhen string // "shorted" or "open": the contact of a closed lock
	Inverted   []int  // locks that are wired the other way round
}

// LinePlan is a line with lock boards.
type LinePlan struct {
	Name   string
	Baud   int
	Family string // of its boards, where lockerd is told
	Server bool   // it is reached through a serial server, not on a serial port
	Boards []BoardPlan
}

// DoorPlan is a door and the lock that holds it.
type DoorPlan struct {
	Number  int    `json:"door"`
	Size    string `json:"size"`
	Height  int    `json:"height"` // in millimetres
	Column  int    `json:"column"` // from 1
	Low     bool   `json:"low"`
	Line    string `json:"line"`
	Board   int    `json:"board"`
	Channel int    `json:"channel"` // from 1
}

// CabinetPlan is how a cabinet is built.
type CabinetPlan struct {
	Lines []LinePlan
	Doors []DoorPlan
	Bare  bool // lockerd knows the ports alone
}

func (p CabinetPlan) boards() (n int) {
	for _, l := range p.Lines {
		n += len(l.Boards)
	}
	return n
}

// Plan is the demo cabinet: doors numbered down the columns, the first half on board 1 and the rest on board 2, which
// are wired the two ways that are met in the field.
func Plan() CabinetPlan {
	return build(false, []string{"SSMSMSL", "MSSMSSL", "LMLS", "LMLS"}, LinePlan{
		Name: "main", Baud: lineBaud, Family: "8A", Boards: []BoardPlan{
			{Family: "8A", Address: 1, Locks: 12, Doors: 11, ClosedWhen: "shorted"},
			{Family: "8A", Address: 2, Locks: 12, Doors: 11, ClosedWhen: "open"},
		},
	})
}

// BarePlan is a cabinet for a technician to set up: three families on two lines, one of them behind a serial server, and
// cables that were plugged in as it happened. The one board that tells of more locks than it has doors for is found last,
// so that few locks without a door come to hand.
func BarePlan() CabinetPlan {
	p := build(true, []string{"SSML", "SSML", "SSML"}, LinePlan{
		Name: "left", Baud: lineBaud, Boards: []BoardPlan{
			{Family: "WKLY", Address: 1, Locks: 3, Doors: 3, ClosedWhen: "shorted", Inverted: []int{2}},
			{Family: "MODBUS-WAVESHARE", Address: 2, Locks: 8, Doors: 6, ClosedWhen: "open"},
		},
	}, LinePlan{
		Name: "right", Baud: lineBaud, Family: "8A", Server: true, Boards: []BoardPlan{
			{Family: "8A", Address: 3, Locks: 12, Doors: 3, ClosedWhen: "open"},
		},
	})
	// Chance, but the same at every start: the cabinet is kept between runs.
	was := slices.Clone(p.Doors)
	for i, from := range rand.New(rand.NewPCG(1, 2)).Perm(len(was)) {
		d := &p.Doors[i]
		d.Line, d.Board, d.Channel = was[from].Line, was[from].Board, was[from].Channel
	}
	return p
}

// build hangs the doors on the boards, one after the other. columns are the doors' sizes from top to bottom; the two lowest
// of a column can be reached from a wheelchair.
func build(bare bool, columns []string, lines ...LinePlan) CabinetPlan {
	heights := map[string]int{}
	for _, s := range sizes {
		heights[s.Name] = s.Height
	}
	p := CabinetPlan{Lines: lines, Bare: bare}
	for column, stack := range columns {
		for row, size := range stack {
			p.Doors = append(p.Doors, DoorPlan{
				Number: len(p.Doors) + 1, Size: string(size), Height: heights[string(size)],
				Column: column + 1, Low: row >= len(stack)-2,
			})
		}
	}
	next := 0
	for _, l := range lines {
		for _, b := range l.Boards {
			for channel := 1; channel <= b.Doors; channel++ {
				d := &p.Doors[next]
				d.Line, d.Board, d.Channel = l.Name, b.Address, channel
				next++
			}
		}
	}
	return p
}

// Person is a courier of the demo. Badge and PIN are printed at the start; the configuration has only their keyed
// hashes.
type Person struct {
	ID, Name, Company, Badge, PIN string
}

var couriers = []Person{
	{"c1", "Ada", "Example Parcel", "COURIER-ADA", "246813"},
	{"c2", "Omar", "Second Post", "COURIER-OMAR", "975310"},
}

// technician looks after the demo: a chief. Badge and Company mean nothing here. Her PIN is chosen at the kiosk.
var technician = Person{ID: "t1", Name: "Grace", PIN: "864209"}

//go:embed lockerd.toml.tmpl
var configText string

var configTemplate = template.Must(template.New("lockerd.toml").Parse(configText))

// Settings fill the configuration file.
type Settings struct {
	Cabinet, Dir        string
	Operator            string // public key, base64
	Issuer              credential.Issuer
	Kiosk, Broker, User string
	PasswordFile        string
	CAFile              string            // of the broker's certificate; empty: the system's
	Packed              bool              // the cloud is ours, which reads both forms; a cloud of somebody else's may read one alone
	Ports               map[string]string // of the lines, by their names
	ScannerPort         string
	ScannerBaud         int
	Camera              string   // URL
	Terminal            []string // what speaks with the payment terminal
	Plan                CabinetPlan
	Sizes               []Size
	Couriers            []HashedCourier
	Technician          Person
}

// HashedCourier is a courier as the configuration knows them.
type HashedCourier struct {
	Person
	BadgeHash, PINHash string // hex
}

// Text is the configuration file.
func (s Settings) Text() ([]byte, error) {
	var b bytes.Buffer
	if err := configTemplate.Execute(&b, s); err != nil {
		return nil, fmt.Errorf("lockersim: write configuration: %w", err)
	}
	return b.Bytes(), nil
}

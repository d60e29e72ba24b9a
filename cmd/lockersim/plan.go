package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"
)

// The demo cabinet: what its builder chose.
const (
	cabinetName = "demo-1"
	busName     = "main"
	lineBaud    = 9600
	boardLocks  = 12
	inspector   = "the builder of the simulated cabinet"
)

// Size is a size of door with its height in millimetres.
type Size struct {
	Name   string
	Height int
}

var sizes = []Size{{"S", 80}, {"M", 190}, {"L", 410}}

// columns are the doors of each column from top to bottom. The two lowest of a column can be reached from a wheelchair.
var columns = []string{"SSMSMSL", "MSSMSSL", "LMLS", "LMLS"}

// BoardPlan is a lock board: its address on the line and how its contacts are wired.
type BoardPlan struct {
	Address    int
	Locks      int
	ClosedWhen string // "shorted" or "open": the contact of a closed lock
}

// Two boards, wired the two ways that are met in the field.
var boards = []BoardPlan{{1, boardLocks, "shorted"}, {2, boardLocks, "open"}}

// DoorPlan is a door and the lock that holds it.
type DoorPlan struct {
	Number  int    `json:"door"`
	Size    string `json:"size"`
	Height  int    `json:"height"` // in millimetres
	Column  int    `json:"column"` // from 1
	Low     bool   `json:"low"`
	Board   int    `json:"board"`
	Channel int    `json:"channel"` // from 1
}

// Plan lists the doors: numbered down the columns, the first half on board 1 and the rest on board 2.
func Plan() []DoorPlan {
	total := 0
	for _, c := range columns {
		total += len(c)
	}
	heights := map[string]int{}
	for _, s := range sizes {
		heights[s.Name] = s.Height
	}
	var doors []DoorPlan
	for column, stack := range columns {
		for row, size := range stack {
			n := len(doors)
			doors = append(doors, DoorPlan{
				Number: n + 1, Size: string(size), Height: heights[string(size)],
				Column: column + 1, Low: row >= len(stack)-2,
				Board: 1 + n/((total+1)/2), Channel: 1 + n%((total+1)/2),
			})
		}
	}
	return doors
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

// technician looks after the demo; Badge and Company mean nothing here.
var technician = Person{ID: "t1", Name: "Grace", PIN: "864209"}

//go:embed lockerd.toml.tmpl
var configText string

var configTemplate = template.Must(template.New("lockerd.toml").Parse(configText))

// Settings fill the configuration file.
type Settings struct {
	Cabinet, Dir, Bus     string
	Baud                  int
	Operator              string // public key, base64
	Kiosk, Broker, User   string
	PasswordFile          string
	LockPort, ScannerPort string
	Camera                string // URL
	Boards                []BoardPlan
	Sizes                 []Size
	Doors                 []DoorPlan
	Couriers              []HashedCourier
	Technician            HashedCourier
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

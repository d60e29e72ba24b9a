package locker

import "slices"

// Which door a parcel gets is decided by one pure function of facts, choose: it orders the doors that may be given. What
// the facts are, State.offered gathers; whether a door may be given at all, State.ready and State.mayLook decide.

// offered is a door as the choice sees it.
type offered struct {
	number int
	// ready says that it may be given: it is proven empty and can be opened. Of a door to look into: that it may be asked for.
	ready  bool
	booked bool // for this parcel
	size   int  // rank, smallest 0
	low    bool
	zone   string // empty: an ordinary door
	proof  int    // rank of the proof that it is empty, strongest 0; none: the last
	failed int    // unlocks in a row that did not open it
	apart  int    // millimetres from the nearest door that the parcel's recipient has already; 0: they have none
	pulses int    // over the life of its lock
}

// wish is what is looked for.
type wish struct {
	size  int // rank of the size that was announced or chosen
	suits suits
	low   bool   // its recipient, or whoever stands there, needs a low door
	zone  string // the zone that it must lie in; empty: none
	keep  []int  // by rank of size: how many free doors are kept for what was announced or booked
	kept  bool   // this parcel is what they are kept for
}

// suits says whether a door of one size rank fits a parcel of another.
type suits func(door, parcel int) bool

func fits(door, parcel int) bool     { return door >= parcel }
func sameSize(door, parcel int) bool { return door == parcel }
func larger(door, parcel int) bool   { return door > parcel }
func smaller(door, parcel int) bool  { return door < parcel }

// choose orders the doors that a parcel may be given, the best first. Never among them is a door that is not ready, that does not
// suit in size, that lies outside of the zone that is needed, or that is kept for others. Before each other come:
//
//  1. low doors, if one is needed;
//  2. doors that are booked for this parcel;
//  3. ordinary doors before those of a zone that nobody asked for;
//  4. doors of sizes of which more are free than are kept;
//  5. doors that are not low, if none is needed: low ones stay for those who need them;
//  6. the nearest size;
//  7. the stronger proof that it is empty;
//  8. the fewer failures to open;
//  9. the nearer to what the recipient has already;
//  10. the less worn lock;
//  11. the earlier in the plan.
func choose(doors []offered, w wish) []int {
	free := make([]int, len(w.keep))
	for _, o := range doors {
		if o.ready && !o.booked && o.size < len(free) {
			free[o.size]++
		}
	}
	scarce := func(o offered) bool { return !o.booked && o.size < len(free) && free[o.size] <= w.keep[o.size] }
	type ranked struct {
		number int
		rank   [10]int
	}
	list := make([]ranked, 0, len(doors))
	for _, o := range doors {
		switch {
		case !o.ready, !w.suits(o.size, w.size), w.zone != "" && o.zone != w.zone, scarce(o) && !w.kept:
			continue
		}
		list = append(list, ranked{o.number, [10]int{
			one(w.low && !o.low), one(!o.booked), one(o.zone != w.zone), one(scarce(o)), one(o.low && !w.low),
			max(o.size-w.size, w.size-o.size), o.proof, o.failed, o.apart, o.pulses}})
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return slices.Compare(a.rank[:], b.rank[:]) })
	numbers := make([]int, len(list))
	for i, r := range list {
		numbers[i] = r.number
	}
	return numbers
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// wish is what the courier's parcel needs, of a size.
func (s *State) wish(size string, ok suits) wish {
	n := &s.Session
	return wish{size: s.rank(size), suits: ok, low: n.Low, zone: n.Zone, keep: s.keep(), kept: n.Order != ""}
}

// keep is how many free doors of each size are kept for what was announced; nil: none.
func (s *State) keep() []int {
	var keep []int
	for rank, size := range s.plan.Sizes {
		if size.Keep > 0 && keep == nil {
			keep = make([]int, len(s.plan.Sizes))
		}
		if keep != nil {
			keep[rank] = size.Keep
		}
	}
	return keep
}

// offered are the facts about all doors, of which those may be given that a condition holds of.
func (s *State) offered(holds func(door int) bool) []offered {
	theirs := s.theirs()
	doors := make([]offered, len(s.plan.Doors))
	for turn := range doors {
		p, d := &s.plan.Doors[turn], s.at(turn)
		doors[turn] = offered{number: p.Number, ready: holds(p.Number), booked: s.forThis(d), size: s.index.sizes[turn],
			low: p.Low, zone: p.Zone, proof: d.Holds.Proof.rank(), failed: d.Failed, apart: s.index.apart(turn, theirs), pulses: d.Pulses}
	}
	return doors
}

// pick finds the best free door for the courier's parcel. 0 is none.
func (s *State) pick(size string, ok suits) int { return s.best(size, ok, s.free) }

// best is the best of the doors that a condition holds of; 0 is none.
func (s *State) best(size string, ok suits, holds func(door int) bool) int {
	w := s.wish(size, ok)
	if list := choose(s.offered(holds), w); len(list) > 0 {
		return list[0]
	}
	return 0
}

// countFree counts the doors of each rank of size that the courier's parcel may be given.
func (s *State) countFree() []int {
	counts := make([]int, len(s.plan.Sizes))
	every := func(int, int) bool { return true }
	for _, number := range choose(s.offered(s.free), s.wish("", every)) {
		counts[s.rank(s.built(number).Size)]++
	}
	return counts
}

// proofs are all proofs, the strongest first.
var proofs = []Proof{ProofSensor, ProofTechnician, ProofCourier, ProofSaid, ProofPickup}

// rank is a proof's position among them; of none it is the last.
func (p Proof) rank() int {
	if i := slices.Index(proofs, p); i >= 0 {
		return i
	}
	return len(proofs)
}

// columnWidth is about how wide a column of doors is, in millimetres: for the distance between doors.
const columnWidth = 450

// spot is where the middle of a door is on the front, in millimetres from the top left.
type spot struct{ x, y int }

// spots are those of all doors of the plan, by turn: within a column they stand from top to bottom in the plan's order.
func (x *index) spotsOf(plan *Config) []spot {
	spots, high := make([]spot, len(plan.Doors)), map[int]int{}
	for turn := range plan.Doors {
		p, height := &plan.Doors[turn], 0
		if rank := x.sizes[turn]; rank >= 0 {
			height = plan.Sizes[rank].Height
		}
		spots[turn] = spot{p.Column * columnWidth, high[p.Column] + height/2}
		high[p.Column] += height
	}
	return spots
}

// apart is how far the door of a turn is from the nearest of some others, along the edges; 0 if there are none.
func (x *index) apart(turn int, others []int) int {
	nearest := 0
	for i, other := range others {
		a, b := x.spots[turn], x.spots[other]
		far := max(a.x-b.x, b.x-a.x) + max(a.y-b.y, b.y-a.y)
		if i == 0 || far < nearest {
			nearest = far
		}
	}
	return nearest
}

package metrics

// What tests look at from outside.
var (
	Temperatures = temperatures
	MostOf       = mostOf
	Fresh        = fresh
	Stuck        = stuck
)

type Page = page

func (p page) Text() []byte { return p.text() }

// Family is a family's line of the document.
type Family struct {
	Name, Kind, Help string
	Labels           []string
}

// Families are all of them.
func Families() (list []Family) {
	for _, f := range families {
		list = append(list, Family{f.name, string(f.kind), f.help, f.labels})
	}
	return list
}

// Text is the page as of now, and Samples how many unlocks are being followed.
func (m *Meter) Text() string { return string(m.render()) }

// Following is how many unlocks are followed.
func (m *Meter) Following() int { return len(m.unlocks) }

// Notices are how many recipients wait, as of record j has now.
func Notices(n *NoticeList, j Journal) (int, error) {
	err := n.look(j)
	return len(n.list), err
}

type NoticeList = notices

package metrics

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// kind is the type of a family, as the text format names it.
type kind string

const (
	gauge     kind = "gauge"
	counter   kind = "counter"
	histogram kind = "histogram"
)

// family is a metric with its labels: a line of docs/metrics.md, and a block of the page.
type family struct {
	name   string
	kind   kind
	help   string
	labels []string
}

// page is an answer to a scrape under way: the lines of each family.
type page map[*family]*bytes.Buffer

// put adds a sample of a family; values are those of its labels, in their order.
func (p page) put(f *family, value float64, values ...string) {
	p.line(f, f.name, f.labels, values, value)
}

// truth is put for what is either so or not.
func (p page) truth(f *family, is bool, values ...string) {
	if is {
		p.put(f, 1, values...)
	} else {
		p.put(f, 0, values...)
	}
}

// spread adds a histogram.
func (p page) spread(f *family, s spread, values ...string) {
	labels, sum := append(slices.Clip(f.labels), "le"), uint64(0)
	for i, n := range s.counts {
		bound := math.Inf(1)
		if i < len(s.bounds) {
			bound = s.bounds[i]
		}
		sum += n
		p.line(f, f.name+"_bucket", labels, append(slices.Clip(values), number(bound)), float64(sum))
	}
	p.line(f, f.name+"_sum", f.labels, values, s.sum)
	p.line(f, f.name+"_count", f.labels, values, float64(sum))
}

func (p page) line(f *family, name string, labels, values []string, value float64) {
	if len(labels) != len(values) {
		panic(fmt.Sprintf("metrics: %s has the labels %q, not %d", name, labels, len(values)))
	}
	b := p[f]
	if b == nil {
		b = &bytes.Buffer{}
		p[f] = b
	}
	b.WriteString(name)
	for i, label := range labels {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(label)
		b.WriteString(`="`)
		b.WriteString(escaped.Replace(values[i]))
		b.WriteByte('"')
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	b.WriteByte(' ')
	b.WriteString(number(value))
	b.WriteByte('\n')
}

// escaped is how the text format writes the value of a label.
var escaped = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// number writes a value as short as it can be read back; +Inf for infinity.
func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// text is the page in Prometheus' text format, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
func (p page) text() []byte {
	var b bytes.Buffer
	for _, f := range families {
		if lines := p[f]; lines != nil {
			fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
			b.Write(lines.Bytes())
		}
	}
	return b.Bytes()
}

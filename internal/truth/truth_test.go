package truth_test

import (
	"testing"

	"lockerd/internal/truth"
)

// BenchmarkCabinetDay lives one cabinet-day with 24 doors and 20 parcels, on one core.
func BenchmarkCabinetDay(b *testing.B) {
	for _, p := range truth.Profiles() {
		b.Run(p.Name, func(b *testing.B) {
			ignored := make([]string, 0, 16)
			for _, q := range truth.Questions() {
				ignored = append(ignored, string(q))
			}
			sum := truth.Run(b.Context(), truth.Options{Seed: 1, Days: b.N, Workers: 1, Ignored: ignored,
				Profiles: []truth.Profile{p}})
			b.ReportMetric(sum.Days/sum.Took.Seconds(), "days/s")
		})
	}
}

package cabinet

import (
	"log/slog"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/metrics"
	"lockerd/internal/scanner"
)

// TestTheLastScansShowNoSecret: of what may be somebody's code or badge, with its prefix or without, a technician sees nothing.
func TestTheLastScansShowNoSecret(t *testing.T) {
	t.Parallel()
	labels := scanner.NewLabels(scanner.Barcodes{Badges: []string{"BADGE-"}}, func(string) locker.Hash { return locker.Hash{} })
	for text, tail := range map[string]string{
		"JJD014600003889949517": "517", "]C100340434188193642037": "037", "1Z999AA10123456784": "784",
		"LD1:1234567890": "", "1234567890": "", "12345678": "", "BADGE-K7QX2M9PW4TZ": "", "K7QX2M9PW4TZ": "", "847261950372": "",
	} {
		i := &instruments{meter: metrics.New(metrics.Config{}, metrics.Sources{Plan: &locker.Config{}}, slog.New(slog.DiscardHandler))}
		i.scanned("front", text, labels.Read(text))
		if got := i.scans[0]; got.Tail != tail || got.Length != len(text) {
			t.Errorf("%s: want its length and %q shown, got %+v", text, tail, got)
		}
	}
}

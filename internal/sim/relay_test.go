package sim_test

import (
	"testing"
	"time"

	"lockerd/internal/sim"
)

// What lockerd never asks is answered as by metal. Bytes: the vendor's wiki (Modbus RTU Relay, IO 8CH) as public projects
// quote it, and the LC-Tech seller's text; exceptions by the layout.
func TestARelayBoardAnswersWhatNobodyAsks(t *testing.T) {
	for _, tt := range []struct {
		name, family string
		asks         [][2]string
	}{
		{"Waveshare", "MODBUS-WAVESHARE", [][2]string{
			{"01 01 00 00 00 08 3D CC", "01 01 01 00 51 88"},
			{"01 05 00 00 FF 00 8C 3A", "01 05 00 00 FF 00 8C 3A"}, // relay 1 on, and it stays on
			{"01 01 00 00 00 08 3D CC", "01 01 01 01 90 48"},
			{"01 05 00 00 00 00 CD CA", "01 05 00 00 00 00 CD CA"},
			{"01 01 00 00 00 08 3D CC", "01 01 01 00 51 88"},
			{"01 0F 00 00 00 08 01 FF BE D5", "01 0F 00 00 00 08 54 0D"},
			{"01 01 00 00 00 08 3D CC", "01 01 01 FF 11 C8"},
			{"01 03 40 00 00 01 91 CA", "01 03 02 00 01 79 84"},
			{"01 02 00 00 00 10 79 C6", "01 82 02 C1 61"}, // sixteen inputs of eight
			{"01 05 00 08 FF 00 0D F8", "01 85 02 C3 51"}, // relay 9 of eight
			{"01 04 00 00 00 01 31 CA", "01 84 01 82 C0"}, // no such function
		}},
		{"LC-Tech", "MODBUS-LCTECH", [][2]string{
			{"FF 05 00 00 FF 00 99 E4", "FF 05 00 00 FF 00 99 E4"},
			{"FF 05 00 00 00 00 D8 14", "FF 05 00 00 00 00 D8 14"},
			{"FF 0F 00 00 00 08 01 FF 30 1D", "FF 0F 00 00 00 08 41 D3"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := map[string]int{"MODBUS-WAVESHARE": 1, "MODBUS-LCTECH": 255}[tt.family]
			plugged(t, 9600, []sim.Board{{Family: tt.family, Address: address, Locks: 8}}, func(h *host) {
				for _, ask := range tt.asks {
					h.asks(ask[0], ask[1])
					time.Sleep(time.Second)
				}
				if s := h.line.State(address, 8); s.On == 0 || !s.Open {
					t.Errorf("want the last relay left on, got %+v", s)
				}
			})
		})
	}
}

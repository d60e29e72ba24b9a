package sms

import "testing"

func TestNumbers(t *testing.T) {
	for _, test := range []struct{ country, typed, want string }{
		{"", "+4915112345678", "+4915112345678"},
		{"", "+49 (151) 123-456/78", "+4915112345678"},
		{"", "004915112345678", "+4915112345678"},
		{"", "015112345678", ""}, // of which country nobody knows
		{"49", "0151 12345678", "+4915112345678"},
		{"48", "512 345 678", "+48512345678"}, // where numbers have no such zero
		{"49", "+48512345678", "+48512345678"},
		{"49", "0048512345678", "+48512345678"},
		{"49", "0491 123456", "+49491123456"},
		{"49", "4915112345678", ""}, // with its country, or a number of Leer
		{"48", "48 512 345 678", ""},
		{"1", "1 415 555 0100", ""},
		{"49", "110", ""},
		{"49", "+491511234567890123", ""},
		{"49", "ada", ""},
		{"49", "+49 (0)151 12345678", "+4915112345678"}, // a zero that is not dialled from abroad
		{"", "0049 (0) 151 12345678", "+4915112345678"},
		{"49", "(0)151 12345678", "+4915112345678"},
		{"49", "", ""},
		{"49", "+49151&to=+4811111111", ""}, // nobody is added to the gateway's address
	} {
		got, err := (&Gateway{country: test.country}).whole(test.typed)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q with country %q: want %q, got %q, %v", test.typed, test.country, test.want, got, err)
		}
	}
}

// TestTheSameNumber: however it is written, and none that may be a stranger's.
func TestTheSameNumber(t *testing.T) {
	for _, test := range []struct {
		country, a, b string
		want          bool
	}{
		{"49", "+49 170 7654321", "0049 (170) 765-4321", true}, {"49", "0170/7654321", "+491707654321", true}, {"", "0170/7654321", "0170 7654321", true},
		{"", "0170 7654321", "+491707654321", false}, {"49", "+491707654321", "+481707654321", false}, {"49", "491707654321", "+491707654321", false}, {"49", "", "", false},
		{"49", "- ", ".", false},
	} {
		c := Config{Country: test.country}
		if c.Same(test.a, test.b) != test.want || c.Same(test.b, test.a) != test.want {
			t.Errorf("%q and %q with country %q: want the same %v", test.a, test.b, test.country, test.want)
		}
	}
}

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
		{"49", "", ""},
		{"49", "+49151&to=+4811111111", ""}, // nobody is added to the gateway's address
	} {
		got, err := (&Gateway{country: test.country}).whole(test.typed)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q with country %q: want %q, got %q, %v", test.typed, test.country, test.want, got, err)
		}
	}
}

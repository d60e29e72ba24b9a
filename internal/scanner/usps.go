package scanner

import "strings"

// The numbers of USPS's Intelligent Mail package barcode (IMpb) are written as code: what may follow depends on what
// comes before, which a regular expression of Go's cannot say.
//
//	[420 ZIP5 [ZIP4]] 94 STC3 MID package check    online labels
//	[420 ZIP5 [ZIP4]] 92, 93 or 95 ...             commercial mailers, retail
//
// A mailer's id (MID) has nine digits if it begins with 9, else six. The number has 22 or 26 digits, without a ZIP also
// 30 where it begins with 94 and the MID has nine. ZIP4 goes with 22 digits only.
// Source: jkeen/tracking_number_data on GitHub (MIT, commit b79ce4b).

// impb is the tracking number in a text of digits, without its ZIP code, and the format's name.
func impb(flat string) (number, format string, ok bool) {
	if !digits(flat) {
		return "", "", false
	}
	if format, ok := impbNumber(flat, false); ok {
		return flat, format, true
	}
	if !strings.HasPrefix(flat, "420") {
		return "", "", false
	}
	if len(flat) == 3+9+22 {
		if format, ok := impbNumber(flat[12:], true); ok {
			return flat[12:], format, true
		}
	}
	if len(flat) > 8 {
		if format, ok := impbNumber(flat[8:], true); ok {
			return flat[8:], format, true
		}
	}
	return "", "", false
}

// impbNumber says whether a number is one, and of which format. routed says that a ZIP code stood before it.
func impbNumber(s string, routed bool) (format string, ok bool) {
	if len(s) != 22 && len(s) != 26 && (len(s) != 30 || routed) {
		return "", false
	}
	nine := s[5] == '9' // the mailer's id has nine digits
	switch s[:2] {
	case "94":
		format = "usps_impb_n"
		ok = len(s) != 30 || nine
	case "92":
		format, ok = "usps_impb_c", nine && len(s) != 30
	case "93":
		format, ok = "usps_impb_c", !nine && len(s) != 30
	case "95":
		format, ok = "usps_impb_c", len(s) != 30
	}
	last := len(s) - 1
	return format, ok && mod10(s[:last]) == s[last]
}

package scanner

// Rule is a rule of GS1's by its name, for its published tests.
func Rule(name string) func(string) bool { return rules[name] }

// Written reads a text as GS1 has it written down: with brackets, or as a Digital Link.
func Written(form, text string) ([]Element, error) {
	if form == "bracketed" {
		return bracketed(text)
	}
	return digitalLink(text)
}

// Predefined says whether GS1 sets the length of an element's value.
func Predefined(ai string) bool { return predefined[ai[:2]] != 0 }

// FormatNames are the formats in the table of carriers, those that only some sites ask for among them.
func FormatNames() []string {
	names := []string{"usps_impb_n", "usps_impb_c", "s10"}
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Layout is the character of a key of a layout at a level: 0 alone, 1 with Shift, 2 with AltGr.
func Layout(name string, code uint16, level int) rune { return layouts[name][code][level] }

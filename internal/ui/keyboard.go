package ui

import "strings"

// keyboards are the letters of the on-screen keyboard as people of a language know them, a line a row; the first is
// everybody's who has none of their own. A parcel's number is in Latin letters, whatever the language.
var keyboards = map[string]string{
	"":   "QWERTYUIOP ASDFGHJKL ZXCVBNM-",
	"de": "QWERTZUIOP ASDFGHJKL YXCVBNM-",
}

// Letters are the keys of the on-screen keyboard in rows: the digits, then the letters.
func (c controlsRegion) Letters() [][]string {
	letters, ok := keyboards[c.words.Code]
	if !ok {
		letters = keyboards[""]
	}
	var rows [][]string
	for row := range strings.FieldsSeq("1234567890 " + letters) {
		rows = append(rows, strings.Split(row, ""))
	}
	return rows
}

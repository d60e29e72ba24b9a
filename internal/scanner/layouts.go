package scanner

// A layout says which character a key makes: alone, with Shift, with AltGr. 0 is none.
type layout map[uint16][3]rune

// rows are the keys that make characters, as Linux numbers them (linux/input-event-codes.h): from KEY_1 on, from KEY_Q
// on, from KEY_A on, KEY_BACKSLASH, from KEY_Z on, KEY_102ND. layoutKeys has them in this order.
var rows = [...]struct{ from, to uint16 }{{2, 13}, {16, 27}, {30, 41}, {43, 43}, {44, 53}, {86, 86}}

// layouts are the keyboards that a scanner can be set to. Source: xkeyboard-config 2.35 ("us", "de", "fr"); of AltGr
// only ASCII and the euro sign. A dead key makes its accent at once: scanners press the space bar after it.
var layouts = map[string]layout{
	"us": keyboard(
		"1234567890-="+"qwertyuiop[]"+"asdfghjkl;'`"+`\`+"zxcvbnm,./"+"<",
		"!@#$%^&*()_+"+"QWERTYUIOP{}"+`ASDFGHJKL:"~`+"|"+"ZXCVBNM<>?"+">",
		"            "+"            "+"            "+" "+"          "+" "),
	"de": keyboard(
		"1234567890ß´"+"qwertzuiopü+"+"asdfghjklöä^"+"#"+"yxcvbnm,.-"+"<",
		`!"§$%&/()=?`+"`"+"QWERTZUIOPÜ*"+"ASDFGHJKLÖÄ°"+"'"+"YXCVBNM;:_"+">",
		`      {[]}\ `+"@ €        ~"+"          ^ "+" "+"          "+"|"),
	"fr": keyboard(
		`&é"'(-è_çà)=`+"azertyuiop^$"+"qsdfghjklmù²"+"*"+"wxcvbn,;:!"+"<",
		"1234567890°+"+"AZERTYUIOP¨£"+"QSDFGHJKLM%~"+"µ"+"WXCVBN?./§"+">",
		" ~#{[|`\\^@]}"+"  €         "+"@         ^ "+"`"+"          "+"|"),
}

// dead are the keys that wait for a letter to put their accent on.
var dead = map[string]string{"us": "", "de": "´`^", "fr": "^¨`~"}

func keyboard(plain, shift, altgr string) layout {
	l := make(layout)
	levels := [3][]rune{[]rune(plain), []rune(shift), []rune(altgr)}
	i := 0
	for _, row := range rows {
		for code := row.from; code <= row.to; code++ {
			var key [3]rune
			for n := range key {
				if r := levels[n][i]; r != ' ' {
					key[n] = r
				}
			}
			l[code] = key
			i++
		}
	}
	return l
}

// pad are the keys of the number pad, with Num Lock on.
var pad = map[uint16]rune{
	55: '*', 71: '7', 72: '8', 73: '9', 74: '-', 75: '4', 76: '5', 77: '6', 78: '+', 79: '1', 80: '2', 81: '3', 82: '0',
	83: '.', 98: '/',
}

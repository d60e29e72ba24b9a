package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// A packed state is the text of the plain one, its doors told otherwise where they can be:
//
//	"doors":{"numbers":[1,22],"looks":[{"size":"S","state":"closed","contents":"empty"},{"size":"M",...}],"are":"aaab..."}
//
// numbers are the first and the last of each row of door numbers, looks what doors are like, and are has a letter for each door: a is the
// first look. Tokens are as in air_text.go, with 1970 as the base of times.

// letters name looks. A state with more of them has its doors as in plain.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

const doorsAre = `"doors":`

// PackState packs a payload of the state topic.
func PackState(plain []byte) []byte {
	text, chance := shorten(nil, nil, plain, 0)
	e := expander{chance: chance, room: maxOut}
	if restored, err := e.expand(nil, text, 0); err != nil || !bytes.Equal(restored, plain) {
		return plain // it is no JSON
	}
	return envelope(gather(text), chance) // in this order: the letters of many doors look like chance
}

// UnpackState returns a payload of the state topic in plain form.
func UnpackState(payload []byte) ([]byte, error) {
	switch {
	case len(payload) > 0 && payload[0] == formPlain:
		return payload, nil
	case len(payload) == 0 || payload[0] != formPacked:
		return nil, errForm
	}
	text, chance, err := open(payload)
	if err != nil {
		return nil, fmt.Errorf("contract: unpack state: %w", err)
	}
	e := expander{chance: chance, room: maxOut}
	whole, err := e.expand(nil, text, 0)
	if err == nil {
		whole, err = scatter(whole)
	}
	if err != nil {
		return nil, fmt.Errorf("contract: unpack state: %w", err)
	}
	return whole, nil
}

// doors are a cabinet's, told together.
type doors struct {
	Numbers []int             `json:"numbers"`
	Looks   []json.RawMessage `json:"looks"`
	Are     string            `json:"are"`
}

// gather tells the doors of a state together, if they are as they should be and have no tokens.
func gather(plain []byte) []byte {
	before, rest, ok := bytes.Cut(plain, []byte(doorsAre))
	var list []json.RawMessage
	d := json.NewDecoder(bytes.NewReader(rest))
	if !ok || d.Decode(&list) != nil {
		return plain
	}
	all, seen := doors{Looks: []json.RawMessage{}, Numbers: []int{}}, map[string]int{}
	are := make([]byte, 0, len(list))
	for _, door := range list {
		look, ok := bytes.CutPrefix(door, []byte(`{"door":`))
		number, n := integer(look)
		if !ok || n == 0 || n == len(look) || look[n] != ',' {
			return plain
		}
		text := "{" + string(look[n+1:])
		i, known := seen[text]
		if !known {
			if i = len(all.Looks); i == len(letters) {
				return plain
			}
			seen[text], all.Looks = i, append(all.Looks, json.RawMessage(text))
		}
		are = append(are, letters[i])
		if last := len(all.Numbers) - 1; last > 0 && all.Numbers[last]+1 == int(number) {
			all.Numbers[last]++
		} else {
			all.Numbers = append(all.Numbers, int(number), int(number))
		}
	}
	all.Are = string(are)
	text, err := json.Marshal(all)
	if err != nil {
		return plain
	}
	told := append(append(bytes.Clone(before), doorsAre...), text...)
	return append(told, rest[d.InputOffset():]...)
}

// scatter tells the doors of a state one by one.
func scatter(told []byte) ([]byte, error) {
	before, rest, ok := bytes.Cut(told, []byte(doorsAre))
	if !ok || len(rest) == 0 || rest[0] != '{' {
		return told, nil
	}
	var all doors
	d := json.NewDecoder(bytes.NewReader(rest))
	if err := d.Decode(&all); err != nil {
		return nil, err
	}
	plain := append(append(bytes.Clone(before), doorsAre...), '[')
	i := 0
	for row := 0; row+1 < len(all.Numbers); row += 2 {
		for number := all.Numbers[row]; number <= all.Numbers[row+1]; number, i = number+1, i+1 {
			if i == len(all.Are) {
				return nil, errors.New("more doors than letters")
			}
			is := bytes.IndexByte([]byte(letters), all.Are[i])
			if is < 0 || is >= len(all.Looks) || len(all.Looks[is]) < 2 || all.Looks[is][0] != '{' {
				return nil, errors.New("a door's letter names no look")
			}
			if i > 0 {
				plain = append(plain, ',')
			}
			plain = strconv.AppendInt(append(plain, `{"door":`...), int64(number), 10)
			if plain = append(append(plain, ','), all.Looks[is][1:]...); len(plain) > maxOut {
				return nil, errRoom
			}
		}
	}
	return append(append(plain, ']'), rest[d.InputOffset():]...), nil
}

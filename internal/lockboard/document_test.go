package lockboard_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"lockerd/internal/lockboard"
)

const document = "../../docs/lockboards.md"

// What docs/lockboards.md says of each family's line, addresses and locks is what the code has.
func TestTheDocumentSaysWhatThereIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	rows := make(map[string][]string) // by family, of the table that comes first
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if name := strings.Trim(cells[0], "`"); len(cells) == 7 && rows[name] == nil {
			rows[name] = cells
		}
	}
	for _, name := range lockboard.Families() {
		fam, _ := lockboard.FamilyNamed(name)
		want := []string{fmt.Sprint(fam.Baud), fmt.Sprintf("%d to %d", fam.Lowest, fam.Highest), fmt.Sprint(fam.Locks)}
		if row := rows[name]; row == nil {
			t.Errorf("%s is not in the table", name)
		} else if got := row[2:5]; strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("%s: want %q, got %q", name, want, got)
		}
	}
}

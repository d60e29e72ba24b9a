package contract_test

import (
	"strings"
	"testing"

	"lockerd/internal/contract"
)

func TestABodyIsCheckedBeforeItIsSigned(t *testing.T) {
	for _, test := range []struct{ kind, body, want string }{
		{"door.unlock", `{"door":7}`, ""},
		{"door.unlock", `{"door":7,"reason":"a test"}`, ""},
		{"door.unlock", `{"door":0}`, "door"},
		{"door.unlock", `{"Door":7}`, "not known"},
		{"door.unlock", `{"door":7`, "body of door.unlock"},
		{"door.open", `{"door":7}`, "the kinds are cabinet.restart, "},
	} {
		err := contract.CheckBody(test.kind, []byte(test.body))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %s: want %q, got %v", test.kind, test.body, test.want, err)
		}
	}
}

package cabinet

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/credential"
)

// printedKeys stand in texts that people copy from, or belong to secrets that are guessed first.
var printedKeys = map[string]string{
	"Alice in RFC 7748, 6.1":          "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
	"Bob in RFC 7748, 6.1":            "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=",
	"Alice's private half":            "dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=",
	"RFC 8032, test 1, and RFC 8037":  "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
	"RFC 8032, test 2":                "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
	"RFC 8032, test 3":                "/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=",
	"RFC 8032, test 1024":             "J4EX/BRMcjQPZ9DyMW6Dhs7/vyskKMnFH+98WX8dQm4=",
	"RFC 8032, test SHA(abc)":         "7Bcrk61eVjv0kyxw4SRQNMNUZ+8u/U1k6/gZaDRn4r8=",
	"RFC 8410, 10.1":                  "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
	"lockerd's own example of before": "K7ILvCMuJkfnprxfgNK3owRkwxAcpjJdYEZ+Of1DVSQ=",
	"zeros":                           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"X25519's base point":             "CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"ones":                            "//////////////////////////////////////////8=",
	"Ed25519, of the seed of zeros":   "O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=",
	"X25519, of 0 to 31":              "j0DFrbaPJWJK5bIU6nZ6bslNgp09e14a0bpvPiE4KF8=",
	"Ed25519, of 1 to 32":             "ebVWLo/mVPlAeLES6KmLp5AfhTrmlb7X4OORC60ElmQ=",
	"X25519, of ones":                 "pOCSkrZRwni5dyxWn1+puxPZBrRqtoyd+dwrRAn4ogk=",
}

// TestNoKeyOfAnExample: the example configuration has none, and those that everybody has are refused.
func TestNoKeyOfAnExample(t *testing.T) {
	t.Parallel()
	_, err := Read("../../systemd/lockerd.toml")
	if err == nil || !strings.Contains(err.Error(), "keys.operator: there is none (`lockerd keys operator FILE` makes a pair)") {
		t.Errorf("want the example refused for want of a key, got %v", err)
	}
	text, err := os.ReadFile(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(setting, key, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "lockerd.toml")
		changed := regexp.MustCompile("(?m)^"+setting+` = ".+"`).ReplaceAllLiteral(text, []byte(setting+` = "`+key+`"`))
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s = %q: want %q, got %v", setting, key, want, err)
		}
	}
	const known = "is an example's, whose private half everybody can read"
	for name, key := range printedKeys {
		t.Run(name, func(t *testing.T) {
			refuses("operator", key, known)
			refuses("key", key, known)
		})
	}
	// Of order 8: RFC 7748, 7, and where cofactors are looked at.
	refuses("operator", "4Ot6fDtBuK4WVuP68Z/EatoJjeucMrH9hmIFFl9JuAA=", "everybody could open what is sealed to it")
	refuses("key", "JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/AU=", known)
	refuses("key", "JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/IU=", known)
	for range 100 {
		refuses("operator", credential.NewOperator().Public(), "")
		refuses("key", credential.NewOperator().Public(), "")
	}
}

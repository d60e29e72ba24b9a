package office_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
)

// provider is a sign-in service as OpenID Connect Core 1.0 and RFC 7636 (PKCE) describe one: it signs in whoever comes, and gives for a
// code, once, a token with the claims that the test has set.
type provider struct {
	t      *testing.T
	server *httptest.Server
	key    *rsa.PrivateKey
	claims map[string]any // of the next token
	forged bool           // the next token is signed with another key
	codes  map[string]url.Values
}

const clientSecret = "a secret of the client"

func startProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	fatal(t, err)
	p := &provider{t: t, key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	send := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // whoever went away fails by itself
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		send(w, map[string]any{"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
			"jwks_uri": p.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		send(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("client_id") != "lockerdesk" || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || !strings.Contains(q.Get("scope"), "openid") {
			http.Error(w, "no such request", http.StatusBadRequest)
			return
		}
		code := rand.Text()
		p.codes[code] = q
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		asked, known := p.codes[r.PostFormValue("code")]
		delete(p.codes, r.PostFormValue("code"))
		client, secret, basic := r.BasicAuth()
		proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		if !known || !basic || client != "lockerdesk" || secret != url.QueryEscape(clientSecret) ||
			base64.RawURLEncoding.EncodeToString(proof[:]) != asked.Get("code_challenge") || r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") {
			w.WriteHeader(http.StatusBadRequest)
			send(w, map[string]any{"error": "invalid_grant"})
			return
		}
		send(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "id_token": p.token(asked.Get("nonce"))})
	})
	return p
}

func (p *provider) token(nonce string) string {
	claims := map[string]any{"iss": p.server.URL, "aud": "lockerdesk", "sub": "1234", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(), "nonce": nonce}
	for name, value := range p.claims {
		claims[name] = value
	}
	payload, err := json.Marshal(claims)
	fatal(p.t, err)
	key := p.key
	if p.forged {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
		fatal(p.t, err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "one"))
	fatal(p.t, err)
	signed, err := signer.Sign(payload)
	fatal(p.t, err)
	text, err := signed.CompactSerialize()
	fatal(p.t, err)
	return text
}

// trip signs a browser in at the service, as far as it comes: start, authorize, back.
func (b *browser) trip() (back string, got answer) {
	b.t.Helper()
	start := b.get("/desk/service")
	if start.status != http.StatusSeeOther {
		return "", start
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, start.header.Get("Location"), nil)
	fatal(b.t, err)
	there, err := b.client.Do(r)
	fatal(b.t, err)
	_ = there.Body.Close()
	back = strings.TrimPrefix(there.Header.Get("Location"), b.server.URL)
	return back, b.get(back)
}

func withService(t *testing.T) (*site, *provider) {
	t.Helper()
	p := startProvider(t)
	file := filepath.Join(t.TempDir(), "secret")
	fatal(t, os.WriteFile(file, []byte(clientSecret+"\n"), 0o600))
	cfg := office.Config{SignIn: office.Service{Issuer: p.server.URL, Client: "lockerdesk", SecretFile: file, Name: "Example", Claim: "realm.groups",
		Viewer: []string{"readers"}, Staff: []string{"parcels"}, Admin: []string{"bosses"}}}
	fatal(t, cfg.Validate())
	return newSite(t, cfg), p
}

func groups(names ...any) map[string]any {
	return map[string]any{"realm": map[string]any{"groups": names}, "email": "ada@operator.example"}
}

// TestASignInServiceVouches: roles come from its claim, the highest counts, and they change with it.
func TestASignInServiceVouches(t *testing.T) {
	s, p := withService(t)
	b := s.browser()
	if page := b.get("/desk/sign-in"); !strings.Contains(page.body, "Example") {
		t.Error("want the service's button on the page")
	}
	for _, test := range []struct {
		claims map[string]any
		want   desk.Role
	}{{groups("others", "parcels", "readers"), desk.Staff}, {groups("bosses", "parcels"), desk.Admin}, {groups("readers"), desk.Viewer}} {
		p.claims = test.claims
		if _, got := b.trip(); got.status != http.StatusOK || !strings.Contains(got.body, `http-equiv="refresh"`) {
			t.Fatalf("%v: want to be let in, got %d %s\n%s", test.claims, got.status, got.body, s.log)
		}
		person, err := s.books.Person(t.Context(), "sso:1234")
		fatal(t, err)
		if person.Role != test.want || person.Shown != "ada@operator.example" {
			t.Errorf("%v: want %s, got %+v", test.claims, test.want, person)
		}
		if page := b.get("/desk/people"); (page.status == http.StatusOK) != (test.want == desk.Admin) {
			t.Errorf("%v: want the pages of a %s, got %d", test.claims, test.want, page.status)
		}
	}
	if strings.Contains(s.log.String(), clientSecret) {
		t.Error("the client's secret is in the log")
	}
}

// TestWhomTheServiceDoesNotVouchFor: no role, another signer, issuer, audience or visit, a time that is over, an answer that is repeated or
// for another browser, and somebody who is barred here.
func TestWhomTheServiceDoesNotVouchFor(t *testing.T) {
	s, p := withService(t)
	with := func(name string, value any) map[string]any {
		c := groups("bosses")
		c[name] = value
		return c
	}
	for name, claims := range map[string]map[string]any{"no role": groups("others"), "no groups": {}, "issuer": with("iss", "https://elsewhere.example"),
		"audience": with("aud", "another"), "over": with("exp", time.Now().Add(-time.Hour).Unix()), "visit": with("nonce", "another"), "nobody": with("sub", ""), "forged": groups("bosses")} {
		p.claims, p.forged = claims, name == "forged"
		b := s.browser()
		if _, got := b.trip(); got.status != http.StatusForbidden {
			t.Errorf("%s: want it refused, got %d", name, got.status)
		}
		if got := b.get("/desk/"); got.status != http.StatusSeeOther {
			t.Errorf("%s: want nobody in, got %d", name, got.status)
		}
	}
	p.claims, p.forged = groups("bosses"), false
	b := s.browser()
	back, got := b.trip()
	if got.status != http.StatusOK {
		t.Fatalf("want to be let in, got %d", got.status)
	}
	if again := b.get(back); again.status != http.StatusForbidden {
		t.Errorf("want an answer to do once, got %d", again.status)
	}
	if other := s.browser().get(back); other.status != http.StatusForbidden {
		t.Errorf("want an answer to do in its browser alone, got %d", other.status)
	}
	victim := s.browser()
	victim.get("/desk/service")
	if got := victim.get(back); got.status != http.StatusForbidden {
		t.Errorf("want nobody signed in as somebody else by a link, got %d", got.status)
	}
	fatal(t, s.books.Change(t.Context(), "sso:1234", desk.Admin, false, books.Deed{Who: "a test"}))
	s.member("boss", desk.Admin)
	fatal(t, s.books.Change(t.Context(), "sso:1234", desk.Admin, true, books.Deed{Who: "a test"}))
	if _, got := s.browser().trip(); got.status != http.StatusForbidden {
		t.Errorf("want who is barred to stay out, got %d", got.status)
	}
	p.server.Close()
	far := s.browser()
	there, err := url.Parse(far.get("/desk/service").header.Get("Location"))
	fatal(t, err)
	if got := far.get("/desk/service/back?code=x&state=" + there.Query().Get("state")); got.status != http.StatusForbidden {
		t.Errorf("want words when the service is away, got %d", got.status)
	}
}

package office

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"lockerd/internal/desk"
	"lockerd/internal/desk/account"
)

// Service is a sign-in service: OpenID Connect, with the authorization code flow and PKCE.
type Service struct {
	// Issuer is its address, as "https://login.example.org/realms/parcels"; empty: there is none.
	Issuer string `toml:"issuer"`
	// Client and SecretFile are how it knows this desk. Its redirect address is that of the pages with /desk/service/back.
	Client     string `toml:"client"`
	SecretFile string `toml:"secret_file"`
	// Name is what the button says.
	Name string `toml:"name"`
	// Scopes are asked for beside "openid".
	Scopes []string `toml:"scopes"`
	// Claim holds the groups or roles of a person, as "groups" or "realm_access.roles".
	Claim string `toml:"claim"`
	// Viewer, Staff and Admin are the claim's values that bring each role. The highest counts; whoever has none does not come in.
	Viewer []string `toml:"viewer"`
	Staff  []string `toml:"staff"`
	Admin  []string `toml:"admin"`
}

func (s Service) validate() error {
	if s.Issuer == "" {
		return nil
	}
	u, err := url.Parse(s.Issuer)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "127.0.0.1"):
		return errors.New(`desk.sign_in: issuer: begins with https://`)
	case s.Client == "" || s.Claim == "" || s.Name == "":
		return errors.New("desk.sign_in: client, claim and name must be given")
	case len(s.Viewer)+len(s.Staff)+len(s.Admin) == 0:
		return errors.New("desk.sign_in: viewer, staff, admin: at least one value of the claim must bring a role")
	}
	return nil
}

// Times of the service.
const (
	serviceWait = 10 * time.Second // for any of its answers
	tripTime    = 10 * time.Minute // for somebody to sign in there
)

// service is the sign-in service as it is found.
type service struct {
	cfg      Service
	back     string
	client   *http.Client
	mu       sync.Mutex
	provider *oidc.Provider // nil: it was not found yet
}

func newService(cfg Service, public string) *service {
	return &service{cfg: cfg, back: public + link("service", "back"), client: &http.Client{Timeout: serviceWait}}
}

// find finds the service: at the first sign-in, so that the desk starts without it. Its keys are fetched anew when they change.
func (s *service) find(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		// The provider keeps the context for its keys: it must outlive the request.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), s.client), s.cfg.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("office: sign-in service: %w", err)
		}
		s.provider = p
	}
	secret := ""
	if s.cfg.SecretFile != "" {
		text, err := os.ReadFile(s.cfg.SecretFile)
		if err != nil {
			return nil, nil, fmt.Errorf("office: sign-in service: %w", err)
		}
		secret = strings.TrimSpace(string(text))
	}
	return s.provider, &oauth2.Config{ClientID: s.cfg.Client, ClientSecret: secret, Endpoint: s.provider.Endpoint(), RedirectURL: s.back,
		Scopes: append([]string{oidc.ScopeOpenID}, s.cfg.Scopes...)}, nil
}

// trip is the name of the cookie of somebody who is at the service.
func (o *Office) trip() string { return o.cookie() + "-service" }

// goToService sends the browser to the service.
func (o *Office) goToService(v *visit) error {
	if o.service == nil {
		return errNotFound
	}
	_, cfg, err := o.service.find(v.r.Context())
	if err != nil {
		return o.noService(v, err)
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	// Lax: the way back begins at another site.
	v.put(o.trip(), state+"."+nonce+"."+verifier, tripTime, http.SameSiteLaxMode)
	http.Redirect(v.w, v.r, cfg.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
	return nil
}

// noService says that signing in there has failed. Why stands in the log.
func (o *Office) noService(v *visit, err error) error {
	o.Log.Warn("somebody could not be signed in by the service", "err", err)
	v.tell(true, "signin.service_failed")
	return o.showSignIn(v, http.StatusForbidden)
}

// backFromService lets in whom the service vouches for.
func (o *Office) backFromService(v *visit) error {
	if o.service == nil {
		return errNotFound
	}
	cookie, err := v.r.Cookie(o.trip())
	if err != nil {
		return o.noService(v, errors.New("office: nobody set out from this browser"))
	}
	v.put(o.trip(), "", -time.Second, http.SameSiteLaxMode) // it does once
	parts := strings.Split(cookie.Value, ".")
	q := v.r.URL.Query()
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(q.Get("state"))) != 1 {
		return o.noService(v, errors.New("office: the answer belongs to another browser"))
	}
	subject, shown, role, err := o.service.who(v.r.Context(), q.Get("code"), parts[1], parts[2])
	if err != nil {
		return o.noService(v, err)
	}
	secret, err := o.porter.Vouched(v.r.Context(), subject, shown, role, v.from, v.secret)
	switch {
	case errors.Is(err, account.ErrRole), errors.Is(err, account.ErrWrong):
		return o.noService(v, err)
	case err != nil:
		return err
	}
	v.put(o.cookie(), secret, 0, http.SameSiteStrictMode)
	// A redirect would still count as coming from the other site, and the browser would keep the new cookie to itself.
	return v.show(http.StatusOK, "arrived", "arrived", nil)
}

// who is whom the service vouches for, with a code of it.
func (s *service) who(ctx context.Context, code, nonce, verifier string) (subject, shown string, role desk.Role, err error) {
	provider, cfg, err := s.find(ctx)
	if err != nil {
		return "", "", "", err
	}
	ctx = oidc.ClientContext(ctx, s.client)
	token, err := cfg.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", "", "", fmt.Errorf("office: sign-in service: its code: %w", hideBody(err))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: cfg.ClientID}).Verify(ctx, raw)
	if err != nil {
		return "", "", "", fmt.Errorf("office: sign-in service: its token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return "", "", "", errors.New("office: sign-in service: its token is for another visit")
	}
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return "", "", "", fmt.Errorf("office: sign-in service: its token: %w", err)
	}
	shown = id.Subject
	for _, name := range []string{"email", "preferred_username", "name"} {
		if text, ok := claims[name].(string); ok && text != "" {
			shown = text
		}
	}
	return id.Subject, shown, s.role(claims), nil
}

// hideBody keeps an answer of the service out of the log: it may hold a token.
func hideBody(err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) {
		return fmt.Errorf("it answers %s %s", answer.Response.Status, answer.ErrorCode)
	}
	return err
}

// role is the highest role that a token's claims bring; empty: none.
func (s *service) role(claims map[string]any) desk.Role {
	has := values(claims, s.cfg.Claim)
	for _, r := range []struct {
		role desk.Role
		by   []string
	}{{desk.Admin, s.cfg.Admin}, {desk.Staff, s.cfg.Staff}, {desk.Viewer, s.cfg.Viewer}} {
		if slices.ContainsFunc(r.by, func(value string) bool { return slices.Contains(has, value) }) {
			return r.role
		}
	}
	return ""
}

// values are the texts of a claim, which may lie within others: "realm_access.roles".
func values(claims map[string]any, name string) (list []string) {
	found, known := claims[name]
	if first, rest, deeper := strings.Cut(name, "."); !known && deeper {
		inner, _ := claims[first].(map[string]any)
		return values(inner, rest)
	}
	switch found := found.(type) {
	case string:
		return []string{found}
	case []any:
		for _, one := range found {
			if text, ok := one.(string); ok {
				list = append(list, text)
			}
		}
	}
	return list
}

package camera

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// web is a camera that is asked over HTTP.
type web struct {
	url      string // without the user
	user     string
	password string // the file's path
	client   *http.Client
}

func newWeb(cfg Config) *web {
	w := &web{password: cfg.PasswordFile}
	if u, err := url.Parse(cfg.URL); err == nil { // Validate has seen to that
		w.user = u.User.Username()
		u.User = nil
		w.url = u.String()
	}
	w.client = &http.Client{
		// A connection a still: one a minute is not worth keeping, and none that has died meanwhile is in the way. No proxy:
		// a camera stands on the cabinet's own network.
		Transport: &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		// A camera must not send us elsewhere, least of all with its password.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return w
}

func (w *web) still(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := w.request(ctx)
	if err != nil {
		return nil, err
	}
	response, err := w.client.Do(request)
	if err != nil {
		return nil, fault{"no answer", cause(err)}
	}
	defer response.Body.Close()
	if err := refusal(response); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, largest+1)) // one more: then it is seen to be too large
	if err != nil {
		return nil, fault{"no answer", fmt.Errorf("after %d bytes: %w", len(body), err)}
	}
	return body, nil
}

func (w *web) request(ctx context.Context) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url, nil)
	if err != nil {
		return nil, fault{"no answer", err}
	}
	if w.user == "" {
		return request, nil
	}
	var password string
	if w.password != "" { // read every time: it may have been changed at the camera and here
		text, err := os.ReadFile(w.password)
		if err != nil {
			return nil, fault{"no password", err}
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	request.SetBasicAuth(w.user, password)
	return request, nil
}

// refusal is why an answer cannot be a still.
func refusal(r *http.Response) error {
	switch kind := r.Header.Get("Content-Type"); {
	case r.StatusCode == http.StatusUnauthorized && asksForDigest(r):
		return fault{"refused", errors.New("it asks for digest authentication: set the camera to basic")}
	case r.StatusCode == http.StatusUnauthorized:
		return fault{"refused", errors.New("wrong user or password")}
	case r.StatusCode != http.StatusOK:
		return fault{"refused", errors.New(r.Status)}
	case strings.HasPrefix(kind, "multipart/"):
		return fault{"no picture", errors.New("the url is a stream's, not a still's")}
	}
	return nil
}

// asksForDigest is true if the camera would take no password in the clear.
func asksForDigest(r *http.Response) bool {
	digest := false
	for _, challenge := range r.Header.Values("WWW-Authenticate") {
		scheme, _, _ := strings.Cut(strings.ToLower(challenge), " ")
		if scheme == "basic" {
			return false
		}
		digest = digest || scheme == "digest"
	}
	return digest
}

// cause leaves the URL out: the configuration has it.
func cause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

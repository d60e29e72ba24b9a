package remote

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // what every tus server with checksums knows; it protects against damage, not against people
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"lockerd/internal/locker"
)

// refused is an answer that a repetition does not change.
type refused struct{ why string }

func (r refused) Error() string { return r.why }

// send sends a file to an address. An error that is no refused may be over at the next attempt. No error repeats the address.
func send(ctx context.Context, c *http.Client, method locker.UploadMethod, address string, file []byte) error {
	var err error
	if method == locker.UploadTus {
		err = sendTus(ctx, c, address, file)
	} else {
		err = sendPut(ctx, c, address, file)
	}
	var named *url.Error
	if errors.As(err, &named) {
		err = named.Err
	}
	return err
}

// sendPut sends everything in one PUT.
func sendPut(ctx context.Context, c *http.Client, address string, file []byte) error {
	body := bytes.NewReader(file)
	sum := sha256.Sum256(file)
	answer, err := do(ctx, c, http.MethodPut, address, body, http.Header{
		"Content-Type":   {"application/octet-stream"},
		"Expect":         {"100-continue"},                                                // a server that refuses says so before megabytes went over a mobile link
		"Content-Digest": {"sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"}, // RFC 9530
	})
	switch {
	case err != nil:
		return err
	case answer.code/100 != 2:
		return status(answer)
	case body.Len() > 0:
		return errors.New("the server has answered before it had everything")
	}
	return nil
}

// tusPart is how much is sent at a time: what a broken connection costs.
const tusPart = 1 << 20

// sendTus continues an upload where the server has it (tus 1.0.0, tus.io/protocols/resumable-upload).
func sendTus(ctx context.Context, c *http.Client, address string, file []byte) error {
	tus := http.Header{"Tus-Resumable": {"1.0.0"}}
	answer, err := do(ctx, c, http.MethodHead, address, nil, tus)
	if err != nil {
		return err
	}
	if answer.code/100 != 2 {
		return status(answer)
	}
	at, err := offset(answer, len(file))
	if err != nil {
		return err
	}
	if length := answer.header.Get("Upload-Length"); length != "" && length != strconv.Itoa(len(file)) {
		return refused{fmt.Sprintf("the server expects %.20s bytes where there are %d: create the upload with a deferred length", length, len(file))}
	}
	for first := true; at < len(file) || first; first = false {
		part := file[at:min(at+tusPart, len(file))]
		if len(part) == 0 {
			return nil // it had everything
		}
		sum := sha1.Sum(part) //nolint:gosec // see above
		header := tus.Clone()
		header.Set("Content-Type", "application/offset+octet-stream")
		header.Set("Upload-Offset", strconv.Itoa(at))
		header.Set("Upload-Checksum", "sha1 "+base64.StdEncoding.EncodeToString(sum[:]))
		if first { // what was created with a deferred length
			header.Set("Upload-Length", strconv.Itoa(len(file)))
		}
		answer, err := do(ctx, c, http.MethodPatch, address, bytes.NewReader(part), header)
		if err != nil {
			return err
		}
		if answer.code/100 != 2 {
			return status(answer)
		}
		next, err := offset(answer, len(file))
		if err != nil {
			return err
		}
		if next != at+len(part) {
			return fmt.Errorf("the server has %d bytes after %d were sent", next, at+len(part))
		}
		at = next
	}
	return nil
}

// offset is how much of the file the server has.
func offset(answer reply, size int) (int, error) {
	n, err := strconv.Atoi(answer.header.Get("Upload-Offset"))
	if err != nil || n < 0 || n > size {
		return 0, refused{fmt.Sprintf("the server says that it has %.20q of %d bytes", answer.header.Get("Upload-Offset"), size)}
	}
	return n, nil
}

// reply is what counts of an answer.
type reply struct {
	code   int
	header http.Header
}

// do sends one request. The answer's body is read no further than needed.
func do(ctx context.Context, c *http.Client, method, address string, body *bytes.Reader, header http.Header) (reply, error) {
	var from io.Reader
	if body != nil {
		from = body
	}
	request, err := http.NewRequestWithContext(ctx, method, address, from)
	if err != nil {
		return reply{}, err
	}
	request.Header = header.Clone()
	request.Header.Set("User-Agent", "lockerd")
	answer, err := c.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 4096)
	return reply{answer.StatusCode, answer.Header}, nil
}

// checksumMismatch is tus's status for a part that arrived damaged.
const checksumMismatch = 460

// status is the error of an answer that is no success.
func status(answer reply) error {
	why := fmt.Sprintf("the server answers %d %s", answer.code, http.StatusText(answer.code))
	switch code := answer.code; {
	case code/100 == 3:
		return refused{why + ": a redirect is not followed"}
	case code >= 500, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code == http.StatusConflict,
		code == http.StatusLocked, code == checksumMismatch:
		return errors.New(why)
	}
	return refused{why}
}

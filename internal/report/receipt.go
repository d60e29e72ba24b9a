package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

// A receipt is a few lines that a phone shows when it reads the code on the kiosk's last screen. The last of them is the cabinet's
// signature of those before, so that whoever is told later that nothing was put in has more than their word.

// receiptHead is a receipt's first line.
const receiptHead = "lockerd receipt"

// ReceiptSigner is the cabinet's key for receipts.
type ReceiptSigner interface {
	Receipt(text []byte) (signature string, err error)
}

// Receipts makes the receipts of a cabinet. One that cannot be signed is none: an empty text.
func Receipts(cabinet string, keys ReceiptSigner) func(locker.Receipt) string {
	return func(r locker.Receipt) string {
		text := receipt(cabinet, r)
		signature, err := keys.Receipt([]byte(text))
		if err != nil {
			return ""
		}
		return text + "\n" + signature
	}
}

// receipt is what is signed.
func receipt(cabinet string, r locker.Receipt) string {
	lines := []string{receiptHead, "cabinet " + cabinet, "parcel " + r.Tracking, fmt.Sprintf("put behind door %d", r.Door),
		when(r.At, r.Known), fmt.Sprintf("record %s/%d", r.Epoch, r.Seq)}
	if r.Unsure {
		lines = append(lines, "the door was not seen to open and to shut")
	}
	return strings.Join(lines, "\n")
}

// ErrNoReceipt says that a text is no receipt.
var ErrNoReceipt = errors.New("report: it is no receipt: a receipt begins with \"" + receiptHead + "\" and ends with a signature")

// VerifyReceipt checks a receipt with the public key of its cabinet, in base64, and is what was signed.
func VerifyReceipt(text []byte, key string) (signed string, err error) {
	lines := strings.ReplaceAll(string(bare(text)), "\r\n", "\n") // as some phones save it
	end := strings.LastIndexByte(lines, '\n')
	if end < 0 || !strings.HasPrefix(lines, receiptHead+"\n") {
		return "", ErrNoReceipt
	}
	if err := credential.VerifyReceipt([]byte(lines[:end]), lines[end+1:], key); err != nil {
		return "", fmt.Errorf("report: receipt: %w", err)
	}
	return lines[:end], nil
}

// isReceipt says that a text is meant as a receipt.
func isReceipt(text []byte) bool { return bytes.HasPrefix(bare(text), []byte(receiptHead)) }

// bare is a text without the mark that editors put before it, and without blanks around it.
func bare(text []byte) []byte { return bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff"))) }

// tellReceipt says what a receipt says, if it is the cabinet's.
func tellReceipt(w io.Writer, text []byte, key string) error {
	signed, err := VerifyReceipt(text, key)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, signed)
	return err
}

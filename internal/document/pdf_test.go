package document_test

import (
	"bytes"
	"compress/zlib"
	"crypto/md5"
	"crypto/rc4"
	"fmt"
	"math/rand/v2"
	"testing"
)

// object is a numbered object's text, between "obj" and "endobj".
type object = string

// write makes a PDF of its objects, numbered from 1, the first of which is the catalogue (ISO 32000-1, 7.5).
func write(trailer string, objects ...object) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, xref)
	return b.Bytes()
}

func stream(dictionary, data string) object {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dictionary, len(data), data)
}

// sheet is a PDF of one page that looks as contents say.
func sheet(mediaBox, contents string) []byte {
	return write("",
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox "+mediaBox+
			" /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> /XObject << /Im 6 0 R >> >> >>",
		stream("", contents),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", "\x00"))
}

// poster is 200 by 100 points: a red rectangle in its lower left quarter, and words in its upper half.
func poster() []byte {
	return sheet("[0 0 200 100]", "1 0 0 rg 0 0 100 50 re f 0 g BT /F1 24 Tf 10 65 Td (Parcels) Tj ET")
}

// bomb is a PDF of some hundred kilobytes with a picture of 3.6 gigabytes.
func bomb(t *testing.T) []byte {
	t.Helper()
	const edge = 60000
	// RunLengthDecode (7.4.5): 129 means the next byte 128 times. Deflated, since all of it is alike.
	runs := bytes.Repeat([]byte{129, 0x55}, edge*edge/128)
	return write("",
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R /Resources << /XObject << /Im 5 0 R >> >> >>",
		stream("", "100 0 0 100 0 0 cm /Im Do"),
		stream(fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"+
			" /Filter [/FlateDecode /RunLengthDecode]", edge, edge), deflated(t, runs)))
}

// photo is a PDF with a picture of 200 by 100 pixels that is noise, deflated, as everything else in it.
func photo(t *testing.T) []byte {
	t.Helper()
	noise := make([]byte, 200*100)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte(random.UintN(100))
	}
	return write("",
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << /XObject << /Im 5 0 R >> >> >>",
		stream("/Filter /FlateDecode", deflated(t, []byte("200 0 0 100 0 0 cm /Im Do"))),
		stream("/Type /XObject /Subtype /Image /Width 200 /Height 100 /ColorSpace /DeviceGray /BitsPerComponent 8"+
			" /Filter /FlateDecode", deflated(t, noise)))
}

func deflated(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// encrypted is the poster under a password, as ISO 32000-1, 7.6.3 says for revision 2: RC4 with 40 bits.
func encrypted(password string) []byte {
	const padding = "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08" +
		"\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A"
	const id = "0123456789abcdef"
	padded := (password + padding)[:32]
	cipher := func(key []byte, text string) []byte {
		c, err := rc4.NewCipher(key)
		if err != nil {
			panic(err) // a key of five bytes is one
		}
		out := make([]byte, len(text))
		c.XORKeyStream(out, []byte(text))
		return out
	}
	owner := md5.Sum([]byte(padded))
	o := cipher(owner[:5], padded)
	key := md5.Sum([]byte(padded + string(o) + "\xfc\xff\xff\xff" + id)) // the permissions -4, low byte first
	u := cipher(key[:5], padding)
	page := md5.Sum(append(key[:5:5], 4, 0, 0, 0, 0)) // of object 4, low byte first, generation 0
	return write(fmt.Sprintf("/Encrypt 5 0 R /ID [<%x> <%x>]", id, id),
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << >> >>",
		stream("", string(cipher(page[:10], "0 0 0 rg 0 0 100 50 re f"))),
		fmt.Sprintf("<< /Filter /Standard /V 1 /R 2 /O <%x> /U <%x> /P -4 >>", o, u))
}

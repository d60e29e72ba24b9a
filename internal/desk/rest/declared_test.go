package rest_test

import "testing"

// TestWhatASenderIsAsked: label, statements and weights go with what a sender brings, consent with what a courier does, and nothing is taken
// that a cabinet would refuse.
func TestWhatASenderIsAsked(t *testing.T) {
	s := newSite(t)
	const sends = `{"cabinet":"demo-1","tracking":"S1","from":"sender","company":"Example Parcel"`
	const agree = `,"agree":[{"key":"terms","texts":[{"language":"en","text":"The terms hold."}]}]`
	for _, body := range []string{`{"cabinet":"demo-1","tracking":"S1","label":true}`, `{"cabinet":"demo-1","tracking":"S1","weights":[2000]}`,
		`{"cabinet":"demo-1","tracking":"S1"` + agree + `}`, sends + `,"consent":"given"}`, sends + `,"agree":[{"key":"terms","texts":[]}]}`,
		`{"cabinet":"demo-1","tracking":"S1","consent":"perhaps"}`, sends + `,"weights":[1,2,3,4,5,6,7]}`} {
		s.want(422, "POST", "/announcements", body)
	}
	s.want(202, "POST", "/announcements", sends+`,"label":true,"weights":[2000,5000]`+agree+`}`)
	s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"P1","consent":"denied"}`)
}

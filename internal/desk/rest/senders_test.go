package rest_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
)

// TestASenderIsGivenTheirCode: by whoever announced the parcel, with the right to see it.
func TestASenderIsGivenTheirCode(t *testing.T) {
	s := newSite(t)
	for _, body := range []string{`{"cabinet":"demo-1","tracking":"T1","from":"sender"}`, `{"cabinet":"demo-1","tracking":"T1","from":"anybody","company":"Example Parcel"}`,
		`{"cabinet":"demo-1","tracking":"T1","from":"sender","company":"Example Parcel","ask":["phone"]}`} {
		s.want(422, "POST", "/announcements", body)
	}
	until := time.Now().UTC().AddDate(0, 0, 8).Format(time.RFC3339)
	order := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","from":"sender","company":"Example Parcel","until":"`+until+`","recipient":{"phone":"+491701234567"}}`).body["order"].(string)
	s.seq++
	s.prev = contracttest.LineWith("e1", s.seq, s.prev, "parcel.announced", `{"order":"`+order+`","tracking":"T1","from":"sender","until":"`+until+`"}`)
	r, err := contract.ParseEvent([]byte(s.prev))
	fatal(t, err)
	record, err := desk.Read(r, credential.NewOperator())
	fatal(t, err)
	record.Code = "40718293"
	_, err = s.books.Take(t.Context(), "demo-1", []desk.Record{record})
	fatal(t, err)
	if a := s.want(200, "GET", "/announcements/"+order, ""); a.body["state"] != "expects" || a.body["from"] != "sender" || a.body["code"] != "40718293" || a.body["until"] != until {
		t.Errorf("want the code, and until when, got %s", a.text)
	} else if page, _ := a.body["page"].(string); !strings.HasPrefix(page, "https://parcels.example/p/") {
		t.Errorf("want the sender's page, got %s", a.text)
	}
	if a := s.ask(s.key(100, "parcels:read"), "GET", "/announcements/"+order, ""); a.status != 200 || strings.Contains(a.text, "40718293") || strings.Contains(a.text, "+49") || strings.Contains(a.text, "/p/") {
		t.Errorf("want nothing personal without the right to it, got %s", a.text)
	}
}

// TestWhatIsNotExpectedIsNotDropped: the order would end the parcel of that number that is there already, which is somebody else's.
func TestWhatIsNotExpectedIsNotDropped(t *testing.T) {
	s := newSite(t)
	s.take("parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	order := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"T1","recipient":{"mail":"ada@recipient.example"}}`).body["order"].(string)
	s.want(409, "DELETE", "/announcements/"+order, "")
	s.take("order.refused", `{"order":"`+order+`","of":"parcel.announce","why":"the parcel is here already","code":"parcel_here"}`)
	s.want(409, "DELETE", "/announcements/"+order, "")
	// Nor is what another announcement has taken the place of.
	older := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"T2","recipient":{"mail":"ada@recipient.example"}}`).body["order"].(string)
	for made := time.Now().UnixMilli(); made == time.Now().UnixMilli(); { // no two are made at once
	}
	newer := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"t 2","recipient":{"mail":"bob@recipient.example"}}`).body["order"].(string)
	s.want(409, "DELETE", "/announcements/"+older, "")
	s.want(202, "DELETE", "/announcements/"+newer, "")
}

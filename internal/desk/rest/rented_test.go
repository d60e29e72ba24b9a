package rest_test

import (
	"strings"
	"testing"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
)

// says takes a record of the cabinet into the books, with a code in its box.
func (s *site) says(kind, event, code string) {
	s.t.Helper()
	s.seq++
	s.prev = contracttest.LineWith("e1", s.seq, s.prev, kind, event)
	r, err := contract.ParseEvent([]byte(s.prev))
	fatal(s.t, err)
	record, err := desk.Read(r, credential.NewOperator())
	fatal(s.t, err)
	record.Code = code
	_, err = s.books.Take(s.t.Context(), "demo-1", []desk.Record{record})
	fatal(s.t, err)
}

// TestARenterAndTheirPeople: announced, shared before and while something lies there, extended and ended; codes for those alone who may see them.
func TestARenterAndTheirPeople(t *testing.T) {
	s := newSite(t)
	for _, body := range []string{`{"cabinet":"demo-1","tracking":"L1","from":"renter","company":"c"}`, `{"cabinet":"demo-1","tracking":"L1","from":"renter","hours":24}`,
		`{"cabinet":"demo-1","tracking":"L1","from":"sender","company":"c","hours":24}`, `{"cabinet":"demo-1","tracking":"L1","hours":24}`,
		`{"cabinet":"demo-1","tracking":"L1","from":"renter","hours":24,"company":"c","ask":["phone"]}`} {
		s.want(422, "POST", "/announcements", body)
	}
	order := s.want(202, "POST", "/announcements", `{"cabinet":"demo-1","tracking":"L1","from":"renter","hours":24,"company":"Example Storage","recipient":{"mail":"ada@renter.example"}}`).body["order"].(string)
	s.says("parcel.announced", `{"order":"`+order+`","tracking":"L1","from":"renter"}`, "40718293")
	share := s.want(202, "POST", "/announcements/"+order+"/people", `{"sharer":"ben","may_end":true,"mail":"ben@sharer.example"}`).body["order"].(string)
	s.says("parcel.shared", `{"order":"`+share+`","announced":"`+order+`","tracking":"L1","sharer":"ben","may_end":true}`, "50718293")
	if a := s.want(200, "GET", "/announcements/"+order, ""); a.body["from"] != "renter" || a.body["code"] != "40718293" || a.body["hours"] != 24.0 ||
		!strings.Contains(a.text, "50718293") || !strings.Contains(a.text, "ben@sharer.example") || strings.Count(a.text, "https://parcels.example/p/") != 2 {
		t.Errorf("want both codes, addresses and pages, got %s", a.text)
	}
	s.want(202, "DELETE", "/announcements/"+order+"/people/ben", "")
	s.says("parcel.kept", `{"parcel":"p1","tracking":"L1","door":7,"size":"M","company":"Example Storage","order":"`+order+`","first":true}`, "")
	s.says("parcel.announcement_dropped", `{"order":"`+order+`","why":"stored"}`, "")
	s.want(409, "POST", "/announcements/"+order+"/people", `{"sharer":"dora"}`)
	if a := s.want(200, "GET", "/announcements/"+order, ""); a.body["people"] != nil || a.body["page"] != nil || strings.Contains(a.text, "0718293") {
		t.Errorf("want what lies there to have the codes and pages, got %s", a.text)
	}
	const at = "/cabinets/demo-1/parcels/p1"
	if p := s.want(200, "GET", at, ""); p.body["status"] != "kept" || !strings.Contains(p.text, "40718293") || !strings.Contains(p.text, "50718293") || strings.Count(p.text, "https://parcels.example/p/") != 2 {
		t.Errorf("want it kept, with its codes and pages, got %s", p.text)
	}
	if p := s.ask(s.key(100, "parcels:read"), "GET", at, ""); p.status != 200 || strings.Contains(p.text, "0718293") || strings.Contains(p.text, "@") || strings.Contains(p.text, "/p/") {
		t.Errorf("want nothing personal without the right to it, got %s", p.text)
	}
	s.want(202, "POST", at+"/people", `{"sharer":"dora"}`)
	s.want(202, "DELETE", at+"/people/dora", "")
	s.want(202, "POST", at+"/extend", `{"by_hours":24}`)
	s.want(202, "POST", at+"/recall", "")
	s.says("parcel.collected", `{"parcel":"p1","door":7,"unlock":"u1"}`, "")
	s.want(409, "POST", at+"/people", `{"sharer":"dora"}`)
	if p := s.want(200, "GET", at, ""); strings.Contains(p.text, "0718293") {
		t.Errorf("want no code of what is over, got %s", p.text)
	}
}

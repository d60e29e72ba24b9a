package office_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
)

// TestWhoMaySeeWhat tries every route with nobody and with each role: whoever has not the role of a route gets nothing of it, and changes
// nothing; whoever has it is not refused.
func TestWhoMaySeeWhat(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	s.furnishSender("plain")
	s.furnishRenter("plain")
	s.member("grace", desk.Viewer)
	people := map[desk.Role]*browser{"": s.browser(), desk.Viewer: s.signedIn("vera", desk.Viewer), desk.Staff: s.signedIn("stan", desk.Staff), desk.Admin: s.signedIn("anna", desk.Admin)}
	before, err := s.books.Deeds(t.Context(), books.DeedFilter{}, 1000)
	fatal(t, err)
	for _, r := range office.Routes {
		if r.Path == "/desk/sign-out" {
			continue // it ends the session of the test
		}
		for role, b := range people {
			path := strings.Replace(places(r.Path), "/do/open", "/do/new-code", 1)
			var got answer
			if r.Method == http.MethodGet {
				got = b.get(path)
			} else {
				got = b.post(path, url.Values{}) // what may be done is not done: nothing is confirmed
			}
			refused := got.status == http.StatusForbidden || got.status == http.StatusUnauthorized ||
				got.status == http.StatusSeeOther && got.header.Get("Location") == "/desk/sign-in"
			may := r.Role == "" || role.May(r.Role)
			if may == refused && r.Path != "/desk/sign-in" {
				t.Errorf("%s %s as %q: want it allowed: %t, got %d", r.Method, r.Path, role, may, got.status)
			}
			if refused && r.Path != "/desk/sign-in" {
				for _, secret := range []string{"JJD000390007", recipientMail, recipientPhone, pickupCode, senderMail, senderCode, "desk-sent", renterMail, renterCode, sharerMail, sharerCode, "desk-rented", "Example Street"} {
					if strings.Contains(got.plain, secret) {
						t.Errorf("%s %s as %q: the refusal shows %q", r.Method, r.Path, role, secret)
					}
				}
			}
			if strings.Contains(got.body, "⟦") {
				t.Errorf("%s %s: a text is missing: %s", r.Method, r.Path, got.body[strings.Index(got.body, "⟦"):][:60])
			}
			if got.status == http.StatusServiceUnavailable {
				t.Errorf("%s %s as %q: %s", r.Method, r.Path, role, s.log)
			}
		}
	}
	after, err := s.books.Deeds(t.Context(), books.DeedFilter{}, 1000)
	fatal(t, err)
	for _, d := range after[:len(after)-len(before)] {
		if d.What != "recipient.looked_up" && d.What != "sender.looked_up" && d.What != "account.refused" {
			t.Errorf("want nothing to be done without a confirmation, got %+v", d.Deed)
		}
	}
}

// TestWhatIsPersonalIsLookedAt: no page shows it, to nobody, until somebody looks; then it stands in the audit.
func TestWhatIsPersonalIsLookedAt(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	s.furnishSender("plain")
	s.furnishRenter("plain")
	b := s.signedIn("anna", desk.Admin)
	for _, r := range office.Routes {
		if r.Method != http.MethodGet {
			continue
		}
		for _, secret := range []string{recipientMail, recipientPhone, "1701234567", pickupCode, "Ada plain", senderMail, senderCode, "Grace plain", renterMail, renterCode, "Hedy plain", sharerMail, sharerCode, "Ben plain"} {
			for _, parcel := range []string{"p1", "r1"} {
				if got := b.get(strings.Replace(places(r.Path), "/p1", "/"+parcel, 1)); strings.Contains(got.plain, secret) {
					t.Errorf("%s of %s shows %q", r.Path, parcel, secret)
				}
			}
		}
	}
	got := b.post("/desk/parcels/demo-1/p1/recipient", nil)
	for _, want := range []string{recipientMail, recipientPhone, pickupCode, "Ada plain"} {
		if !strings.Contains(got.plain, want) {
			t.Errorf("want %q shown to whoever looks, got %d", want, got.status)
		}
	}
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: "anna"}, 10)
	fatal(t, err)
	if deeds[0].What != "recipient.looked_up" || deeds[0].Subject != "JJD000390007" || deeds[0].Place != "127.0.0.1" {
		t.Errorf("want the look in the audit, got %+v", deeds[0].Deed)
	}
}

// TestWhatIsDoneWithAParcel: each deed is an order, with who wants it and why, once it is confirmed; without either it is none.
func TestWhatIsDoneWithAParcel(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	for path, want := range map[string]struct {
		kind string
		form url.Values
	}{
		"/desk/parcels/demo-1/p1/do/new-code":      {"parcel.new_code", sure()},
		"/desk/parcels/demo-1/p1/do/extend":        {"parcel.extend", sure("days", "3")},
		"/desk/parcels/demo-1/p1/do/new-recipient": {"parcel.new_recipient", sure("mail", "eve@recipient.example", "phone", "+491709999999")},
		"/desk/parcels/demo-1/p1/do/recall":        {"parcel.cancel", sure()},
		"/desk/parcels/demo-1/p1/do/handed-over":   {"parcel.handed_over", sure()},
		"/desk/parcels/demo-1/p1/do/paid":          {"fee.paid", sure("amount", "12,50", "reference", "receipt 1")},
		"/desk/parcels/demo-1/p1/do/refunded":      {"fee.refunded", sure("amount", "5", "reference", "receipt 2")},
		"/desk/cabinets/demo-1/doors/7/open":       {"door.unlock", sure()},
		"/desk/cabinets/demo-1/doors/6/looked":     {"door.looked", sure()},
		"/desk/cabinets/demo-1/doors/1/block":      {"door.block", sure("why", "damaged")},
		"/desk/cabinets/demo-1/doors/5/unblock":    {"door.unblock", sure()},
	} {
		for _, lacks := range []string{"sure", "reason"} {
			form := url.Values{}
			for name, value := range want.form {
				if name != lacks {
					form[name] = value
				}
			}
			if got := b.post(path, form); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s without %q: want it not done, got %d", path, lacks, got.status)
			}
		}
		got := b.post(path, want.form)
		_, id, _ := strings.Cut(got.header.Get("Location"), "?order=")
		if got.status != http.StatusSeeOther || id == "" {
			t.Errorf("%s: want it sent, got %d %s", path, got.status, got.body)
			continue
		}
		list, err := s.books.Orders(t.Context(), books.OrderFilter{ID: id}, 1)
		fatal(t, err)
		if len(list) != 1 || list[0].Kind != want.kind || list[0].By != "stan" {
			t.Errorf("%s: want %s by stan, got %+v", path, want.kind, list)
		}
		if part := b.get("/desk/orders/" + id); part.status != http.StatusOK || !strings.Contains(part.body, "waits for the broker") {
			t.Errorf("%s: want to be told where the order is, got %d %s", path, part.status, part.body)
		}
		if page := b.get(got.header.Get("Location")); !strings.Contains(page.body, "they called") {
			t.Errorf("%s: want the deed with its reason on the page", path)
		}
	}
	if n := count(t, s, "stan"); n != 11 {
		t.Errorf("want eleven deeds in the audit, got %d", n)
	}
	for path, form := range map[string]url.Values{"/desk/parcels/demo-1/p1/do/extend": sure("days", "1000"), "/desk/parcels/demo-1/p1/do/new-recipient": sure(),
		"/desk/cabinets/demo-1/doors/1/block": sure("why", "<b>")} {
		if got := b.post(path, form); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: want what no cabinet would read refused, got %d", path, got.status)
		}
	}
	s.record("demo-1", "parcel.collected", map[string]any{"parcel": "p1", "door": 7}, "", "")
	if got := b.post("/desk/parcels/demo-1/p1/do/new-code", sure()); got.status != http.StatusNotFound {
		t.Errorf("want nothing to be done with a parcel that is gone, got %d", got.status)
	}
}

// count is how many orders somebody has sent.
func count(t *testing.T, s *site, who string) (n int) {
	t.Helper()
	deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: who}, 1000)
	fatal(t, err)
	for _, d := range deeds {
		if d.Sent != nil {
			n++
		}
	}
	return n
}

// upload sends a file of announcements.
func (b *browser) upload(data string) answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "parcels.csv")
	fatal(b.t, err)
	_, err = part.Write([]byte(data))
	fatal(b.t, err)
	fatal(b.t, w.Close())
	return b.do("POST", "/desk/announce/file", &body, map[string]string{"Content-Type": w.FormDataContentType(), "Sec-Fetch-Site": "same-origin"})
}

// TestAFileOfAnnouncements: all of it counts, or nothing, and each problem is told with its row and column.
func TestAFileOfAnnouncements(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	const head = "cabinet,tracking,mail,phone,name,language,size,low\n"
	for name, test := range map[string]struct {
		file string
		want []string
	}{
		"several": {head + "demo-1,T1,ada@recipient.example,,,,,\nnowhere,T2,ada@recipient.example,,,,,\ndemo-1,T1,ada@recipient.example,,,,,\ndemo-1,,x,,,xx,,perhaps\n",
			[]string{"<td>3</td><td><bdi>cabinet</bdi></td>", "<td>4</td><td><bdi>tracking</bdi></td><td>is in row <bdi>2</bdi>", "<td>5</td><td><bdi>tracking</bdi></td><td>is missing",
				"<td>5</td><td><bdi>mail</bdi></td><td>is no e-mail", "<td>5</td><td><bdi>language</bdi>", "<td>5</td><td><bdi>low</bdi>"}},
		"not sent": {"cabinet,tracking,mail,from,company,label,consent\ndemo-1,T1,a@b.example,,,yes,\ndemo-1,T2,a@b.example,sender,c,,no\ndemo-1,T3,a@b.example,,,perhaps,perhaps\n",
			[]string{"<td>2</td><td><bdi>label</bdi>", "<td>3</td><td><bdi>consent</bdi>", "<td>4</td><td><bdi>label</bdi>", "<td>4</td><td><bdi>consent</bdi>"}},
		"one number, two recipients": {head + "demo-1,rr1,a@b.example,,,,,\ndemo-1,R R1,c@d.example,,,,,\n", []string{"<td>3</td><td><bdi>tracking</bdi></td><td>is in row <bdi>2</bdi>"}},
		"nobody":                     {head + "demo-1,T1,,,,,,\n", []string{"nobody could be told"}},
		"phone":                      {head + "demo-1,T1,,12,,,,\n", []string{"<td>2</td><td>–</td>", "5 to 15 digits"}},
		"column":                     {"cabinet,tracking,<b>\ndemo-1,T1,x\n", []string{"<bdi>&lt;b&gt;</bdi>", "is no column"}},
		"cells":                      {head + "demo-1,T1\n", []string{"<td>2</td>", "2/8"}},
		"quotation":                  {head + "demo-1,\"T1,,,,,,\n", []string{"quotation mark"}},
		"empty":                      {head, []string{"at least one row"}},
		"nothing":                    {"", []string{"at least one row"}},
		"other letters":              {head + "demo-1,T1,,,M\xfcller,,,\n", []string{"UTF-8"}},
		"many":                       {head + strings.Repeat("demo-1,T1,a@b.example,,,,,\n", 1001), []string{"more than <bdi>1000</bdi> rows"}},
	} {
		got := b.upload(test.file)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Nothing was announced") {
			t.Errorf("%s: want it refused, got %d", name, got.status)
		}
		for _, want := range test.want {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s: want %q in\n%s", name, want, got.body)
			}
		}
	}
	if n := count(t, s, "stan"); n != 0 {
		t.Errorf("want nothing half done, got %d orders", n)
	}
	if got := b.upload("\xef\xbb\xbfTracking;Cabinet;Mail;low\nT1;demo-1;ada@recipient.example;ja\n\"T 2\";demo-2;eve@recipient.example;\n"); got.status != http.StatusOK || !strings.Contains(got.body, "2 parcels were announced") {
		t.Errorf("want both announced, got %d %s", got.status, got.body)
	}
	found, err := s.books.Announcements(t.Context(), books.AnnouncementFilter{}, 10)
	fatal(t, err)
	var numbers []string
	for _, a := range found {
		numbers = append(numbers, a.Cabinet+"/"+a.Tracking+"/"+a.Contact.Mail)
	}
	slices.Sort(numbers)
	if want := []string{"demo-1/JJD000390007/ada@recipient.example", "demo-1/T1/ada@recipient.example", "demo-2/T2/eve@recipient.example"}; !slices.Equal(numbers, want) {
		t.Errorf("want %v, got %v", want, numbers)
	}
	if got := b.upload(head + strings.Repeat("x", 2<<20)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("want a huge file refused, got %d", got.status)
	}
	if got := b.post("/desk/announce", url.Values{"cabinet": {"demo-1"}, "tracking": {"T3"}, "mail": {"ada@recipient.example"}, "low": {"yes"}}); !strings.Contains(got.body, "1 parcel was announced") {
		t.Errorf("want the form to announce, got %d %s", got.status, got.body)
	}
	if got := b.post("/desk/announce/drop", sure("cabinet", "demo-1", "tracking", "T3")); got.status != http.StatusSeeOther {
		t.Errorf("want the announcement taken back, got %d", got.status)
	}
	// A page that is old offers it still: the order would end the pickup of the parcel, which has come meanwhile.
	n := count(t, s, "stan")
	if got := b.post("/desk/announce/drop", sure("cabinet", "demo-1", "tracking", "JJD000390007")); got.status != http.StatusNotFound || count(t, s, "stan") != n {
		t.Errorf("want nothing taken back that has come, got %d", got.status)
	}
}

// TestAlarmsAreWorkedOff: once, with what came of it.
func TestAlarmsAreWorkedOff(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	open, err := s.books.Alarms(t.Context(), books.AlarmFilter{}, 100)
	fatal(t, err)
	if page := b.get("/desk/alarms"); !strings.Contains(page.body, "Door 3 opened without an unlock") {
		t.Fatalf("want the forced door among the alarms, got\n%s", page.body)
	}
	form := url.Values{"alarm": {open[0].Number()}, "reason": {"looked: nothing"}}
	if got := b.post("/desk/alarms", form); got.status != http.StatusSeeOther {
		t.Errorf("want it worked off, got %d", got.status)
	}
	if got := b.post("/desk/alarms", form); got.status != http.StatusNotFound {
		t.Errorf("want it worked off once, got %d", got.status)
	}
	left, err := s.books.Alarms(t.Context(), books.AlarmFilter{}, 100)
	fatal(t, err)
	if len(left) != len(open)-1 {
		t.Errorf("want one alarm less, got %d of %d", len(left), len(open))
	}
	if page := b.get("/desk/alarms?all"); !strings.Contains(page.body, "worked off by <bdi>stan</bdi>") {
		t.Errorf("want to see who worked it off")
	}
}

// TestPeople: an admin invites, changes and bars; nobody changes their own rights, and an invitation makes an account by its page alone.
func TestPeople(t *testing.T) {
	s := newSite(t, office.Config{})
	b := s.signedIn("anna", desk.Admin)
	page := b.post("/desk/people", url.Values{"name": {"ada"}, "role": {"staff"}})
	_, link, _ := strings.Cut(page.body, s.server.URL)
	link, _, _ = strings.Cut(link, "<")
	if !strings.HasPrefix(link, "/desk/join/") {
		t.Fatalf("want an invitation, got %d %s", page.status, page.body)
	}
	if again := b.get("/desk/people"); strings.Contains(again.body, link) {
		t.Error("want the invitation shown once")
	}
	guest := s.browser()
	join := guest.get(link)
	if join.status != http.StatusOK || guest.get(link+"/qr.png").header.Get("Content-Type") != "image/png" {
		t.Fatalf("want a page and a picture, got %d", join.status)
	}
	_, typed, _ := strings.Cut(join.body, `class="secret">`)
	typed, _, _ = strings.Cut(typed, "<")
	phone := &app{secret: strings.ReplaceAll(typed, " ", ""), step: -1}
	form := url.Values{"password": {password}, "again": {password + "x"}, "code": {phone.shows(t)}}
	if got := guest.post(link, form); got.status != http.StatusUnprocessableEntity {
		t.Errorf("want passwords that differ refused, got %d", got.status)
	}
	form.Set("again", password)
	if got := guest.post(link, form); got.status != http.StatusSeeOther {
		t.Errorf("want ada to join, got %d %s", got.status, got.body)
	}
	if got := guest.get(link); got.status != http.StatusNotFound {
		t.Errorf("want the invitation to do once, got %d", got.status)
	}
	if got := guest.post("/desk/sign-in", url.Values{"name": {"ada"}, "password": {password}, "code": {phone.shows(t)}}); got.status != http.StatusSeeOther {
		t.Fatalf("want ada in, got %d", got.status)
	}
	for path, want := range map[string]int{"/desk/people/anna": http.StatusUnprocessableEntity, "/desk/people/nobody": http.StatusNotFound} {
		if got := b.post(path, url.Values{"deed": {"bar"}}); got.status != want {
			t.Errorf("%s: want %d, got %d", path, want, got.status)
		}
	}
	if got := b.post("/desk/people/ada", url.Values{"deed": {"bar"}}); got.status != http.StatusSeeOther {
		t.Errorf("want ada barred, got %d", got.status)
	}
	if got := guest.get("/desk/"); got.status != http.StatusSeeOther {
		t.Errorf("want her out at once, got %d", got.status)
	}
	if got := b.get("/desk/audit"); !strings.Contains(got.body, "Barred somebody") || !strings.Contains(got.body, "Invited somebody") {
		t.Error("want both in the audit")
	}
}

// TestACourierGetsAPage: shown once, told to the cabinets of the round, and ended only on purpose; what is wrong is said.
func TestACourierGetsAPage(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	right := url.Values{"courier": {"c7"}, "company": {"Example Parcel"}, "recipient": {"Ada Lovelace"}, "days": {"90"}, "cabinet": {"demo-1", "demo-2"}}
	for _, lacks := range []string{"courier", "company", "days", "cabinet"} {
		form := url.Values{}
		for name, value := range right {
			if name != lacks {
				form[name] = value
			}
		}
		if got := b.post("/desk/couriers", form); got.status != http.StatusUnprocessableEntity || strings.Contains(got.plain, "/c/") {
			t.Errorf("without %s: want it refused, got %d", lacks, got.status)
		}
	}
	got := b.post("/desk/couriers", right)
	if got.status != http.StatusOK || !strings.Contains(got.plain, s.server.URL+"/c/") || strings.Contains(got.plain, "Ada Lovelace") {
		t.Errorf("want the page's address and no name, got %d\n%s", got.status, got.plain)
	}
	told, err := s.books.Orders(t.Context(), books.OrderFilter{Kind: "courier.put"}, 10)
	fatal(t, err)
	if len(told) != 2 || told[0].By != "stan" {
		t.Errorf("want both cabinets told, got %+v", told)
	}
	if got := b.get("/desk/couriers"); !strings.Contains(got.plain, "c7") || strings.Contains(got.plain, s.server.URL+"/c/") {
		t.Errorf("want the courier without the address, got\n%s", got.plain)
	}
	if got := b.post("/desk/couriers/c7/end", nil); got.status != http.StatusUnprocessableEntity {
		t.Errorf("want nothing ended without a tick, got %d", got.status)
	}
	if got := b.post("/desk/couriers/c7/end", sure()); got.status != http.StatusSeeOther {
		t.Errorf("want it ended, got %d", got.status)
	}
	if got := b.post("/desk/couriers/c7/end", sure()); got.status != http.StatusNotFound {
		t.Errorf("want it gone, got %d", got.status)
	}
}

package ui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
)

// postedEverywhere is a notice in the kiosk's languages, of a usual length.
func postedEverywhere() []locker.NoticeText {
	return []locker.NoticeText{
		{Language: "en", Text: "On Monday, 30 November, between 9 and 10 o'clock a technician works at this cabinet. Please fetch your parcel before or after that."},
		{Language: "de", Text: "Am Montag, dem 30. November, arbeitet von 9 bis 10 Uhr ein Techniker an diesem Schrank. Bitte holen Sie Ihr Paket vorher oder nachher ab."},
		{Language: "ar", Text: "يوم الاثنين 30 نوفمبر بين الساعة 9 و10 يعمل فنّي على هذه الخزانة. يُرجى استلام طردكم قبل ذلك أو بعده."},
		{Language: "zh", Text: "11月30日星期一9点至10点，技术人员将在此柜进行维护。请在此前或此后取件。"},
	}
}

// TestTheNoticeIsReadInThePersonsLanguage, in another where it has none in that, and says which that is. It is only text.
func TestTheNoticeIsReadInThePersonsLanguage(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	show := func(language string, texts ...locker.NoticeText) string {
		v := base(locker.StepHome, locker.ActionPickup)
		v.Language, v.Languages, v.Posted = language, []string{"en", "de", "ar"}, texts
		s.Show(v)
		_, page := get(t, web.URL)
		_, after, found := strings.Cut(page, `<p class="posted" `)
		if !found {
			return ""
		}
		line, _, _ := strings.Cut(after, "</p>")
		attributes, rest, _ := strings.Cut(line, ">")
		return attributes + " " + rest[strings.LastIndex(rest, "<span>")+len("<span>"):strings.LastIndex(rest, "</span>")]
	}
	text := func(language, text string) locker.NoticeText {
		return locker.NoticeText{Language: language, Text: text}
	}
	for _, tt := range []struct{ name, got, want string }{
		{"none", show("de"), ""},
		{"their own", show("ar", text("en", "Hello"), text("ar", "مرحبا")), `lang="ar" dir="rtl" مرحبا`},
		{"the cabinet's first that there is", show("ar", text("fr", "Bonjour"), text("de", "Hallo")), `lang="de" dir="ltr" Hallo`},
		{"one that the kiosk does not speak", show("ar", text("fr", "Bonjour")), `lang="fr" dir="auto" Bonjour`},
		{"no markup", show("en", text(`en"><script>`, "<b>&")), `lang="en&#34;&gt;&lt;script&gt;" dir="auto" &lt;b&gt;&amp;`},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: want %s, got %s", tt.name, tt.want, tt.got)
		}
	}
}

// TestPicturesAndNoticeTogether fit beside what can be done, on every glass, also the longest notice.
func TestPicturesAndNoticeTogether(t *testing.T) {
	t.Parallel()
	dir := shots(t)
	for _, glass := range glasses {
		for _, language := range []string{"de", "ar"} {
			t.Run(glass.name+"-"+language, func(t *testing.T) {
				tab := uitest.Tab(t)
				s, _, web := kiosk(t, ui.Config{})
				do(t, tab, chromedp.EmulateViewport(glass.width, glass.height), chromedp.Navigate(web.URL))
				for name, words := range map[string]int{"usual": 0, "longest": 280} {
					v := base(locker.StepHome, locker.ActionPickup, locker.ActionCourier, locker.ActionLanguage)
					v.Language, v.Posted = language, postedEverywhere()
					for i, p := range v.Posted {
						if words > 0 {
							v.Posted[i].Text = string([]rune(strings.Repeat(p.Text+" ", 8))[:words])
						}
					}
					v.Revision += uint64(words)
					s.Show(v)
					s.ShowPoster(sheet(t, 1080, 764), name)
					arrived(t, tab, v.Revision)
					wait(t, tab, `document.querySelector("img.poster[src$=`+name+`]")?.complete`)
					look(t, tab, dir, fmt.Sprintf("%s-%s-posted-%s", glass.name, language, name))
				}
			})
		}
	}
}

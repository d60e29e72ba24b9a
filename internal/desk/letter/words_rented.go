package letter

import "lockerd/internal/desk"

// rentedWords are a language's about rented doors.
type rentedWords struct {
	code    string // that opens it
	begin   string // until when it can be begun
	term    string // for how long,
	hours   string // "%d" hours
	shared  string // how many share it:
	people  string // "%d" people
	number  string // of what is rented
	page    string // the link to the page of the door
	howRent string // what a renter does with a code, before anything is in
	howKept string // and from then on
	longer  string // "%d" hours more, by a button of the page
	asked   string // it was touched
	notices map[desk.Told]notice
}

// rented are the words about rented doors, in each of the languages.
var rented = map[string]rentedWords{
	"en": {
		code: "Your code", begin: "Begin by", term: "For", hours: "%d hours", shared: "Shared by", people: "%d people", number: "Number", page: "Your door's page",
		howRent: "Type the code at the parcel locker. A door opens: put in what you like and push the door shut. The time begins then.",
		howKept: "The same code opens this door again and again. It is yours until somebody who may says at the parcel locker that nothing is left in it.",
		longer:  "Keep it for %d hours more", asked: "We have asked the parcel locker. This page shows the new time once it has answered.",
		notices: map[desk.Told]notice{
			desk.ToldToRent:        {"Your code for a door", "a door of the parcel locker is yours to rent."},
			desk.ToldRentSoon:      {"One more day to begin with your door", "please begin: the time in which you can take your door ends soon."},
			desk.ToldNotRented:     {"Your code opens no door any more", "the door can no longer be taken. If you still want one, please call us."},
			desk.ToldShared:        {"A door is shared with you", "a rented door of the parcel locker is shared with you. This code is yours alone."},
			desk.ToldUnshared:      {"A door is no longer shared with you", "the rented door is no longer shared with you, and your code opens nothing any more. If that surprises you, please call us."},
			desk.ToldKept:          {"Your rented door", "something was put behind your rented door."},
			desk.ToldKeptUnsure:    {"Is your door shut?", "your rented door was opened, but nobody saw it fall shut. Please look, or call us."},
			desk.ToldNewCode:       {"Your new code", "your code was replaced. The one before opens nothing any more."},
			desk.ToldRentExtended:  {"Your door is yours for longer", "you have more time with your rented door."},
			desk.ToldRentLastDay:   {"The time of your door ends soon", "please take out what is yours and end it at the parcel locker, or have it extended."},
			desk.ToldOverdue:       {"The time of your door is over", "your code opens it all the same, until it is cleared. Please take out what is yours soon: what time costs goes on."},
			desk.ToldEnded:         {"Your rental has ended", "your rented door was given back. If that was neither you nor somebody who shares it, please call us."},
			desk.ToldRentCancelled: {"Your rental was ended", "we have ended your rental. The codes open nothing any more. If something of yours is still there, please call us."},
			desk.ToldCleared:       {"Your door was cleared", "what was behind your rented door was taken out. Please call us."},
		},
	},
	"de": {
		code: "Ihr Code", begin: "Beginnen bis", term: "Für", hours: "%d Stunden", shared: "Geteilt von", people: "%d Personen", number: "Nummer", page: "Seite Ihres Fachs",
		howRent: "Geben Sie den Code am Paketschrank ein. Ein Fach öffnet sich: Legen Sie hinein, was Sie möchten, und drücken Sie die Tür zu. Dann beginnt die Zeit.",
		howKept: "Derselbe Code öffnet dieses Fach immer wieder. Es gehört Ihnen, bis jemand, der das darf, am Paketschrank sagt, dass nichts mehr darin ist.",
		longer:  "%d Stunden länger behalten", asked: "Wir haben den Paketschrank gefragt. Sobald er geantwortet hat, steht die neue Zeit auf dieser Seite.",
		notices: map[desk.Told]notice{
			desk.ToldToRent:        {"Ihr Code für ein Fach", "ein Fach des Paketschranks steht für Sie bereit."},
			desk.ToldRentSoon:      {"Noch ein Tag, um Ihr Fach zu nehmen", "bitte beginnen Sie: Die Zeit, in der Sie Ihr Fach nehmen können, endet bald."},
			desk.ToldNotRented:     {"Ihr Code öffnet kein Mietfach mehr", "das Fach kann nicht mehr genommen werden. Wenn Sie noch eines möchten, rufen Sie uns bitte an."},
			desk.ToldShared:        {"Ein Fach wird mit Ihnen geteilt", "ein gemietetes Fach des Paketschranks wird mit Ihnen geteilt. Dieser Code gehört nur Ihnen."},
			desk.ToldUnshared:      {"Ein Fach wird nicht mehr mit Ihnen geteilt", "das gemietete Fach wird nicht mehr mit Ihnen geteilt, und Ihr Code öffnet nichts mehr. Falls Sie das überrascht, rufen Sie uns bitte an."},
			desk.ToldKept:          {"Ihr gemietetes Fach", "in Ihrem gemieteten Fach liegt nun etwas."},
			desk.ToldKeptUnsure:    {"Ist Ihr Fach zu?", "Ihr gemietetes Fach wurde geöffnet, aber niemand hat gesehen, dass es wieder geschlossen wurde. Bitte sehen Sie nach, oder rufen Sie uns an."},
			desk.ToldNewCode:       {"Ihr neuer Code", "Ihr Code wurde ersetzt. Der bisherige öffnet nichts mehr."},
			desk.ToldRentExtended:  {"Ihr Fach gehört Ihnen länger", "Sie haben Ihr gemietetes Fach länger."},
			desk.ToldRentLastDay:   {"Die Zeit Ihres Fachs endet bald", "bitte nehmen Sie heraus, was Ihnen gehört, und beenden Sie die Miete am Paketschrank, oder lassen Sie sie verlängern."},
			desk.ToldOverdue:       {"Die Zeit Ihres Fachs ist um", "Ihr Code öffnet es trotzdem, bis es geräumt wird. Bitte nehmen Sie bald heraus, was Ihnen gehört: Was die Zeit kostet, läuft weiter."},
			desk.ToldEnded:         {"Ihre Miete ist beendet", "Ihr gemietetes Fach wurde zurückgegeben. Falls das weder Sie waren noch jemand, mit dem Sie es teilen, rufen Sie uns bitte an."},
			desk.ToldRentCancelled: {"Ihre Miete wurde beendet", "wir haben Ihre Miete beendet. Die Codes öffnen nichts mehr. Falls noch etwas von Ihnen dort liegt, rufen Sie uns bitte an."},
			desk.ToldCleared:       {"Ihr Fach wurde geräumt", "was in Ihrem gemieteten Fach lag, wurde herausgenommen. Bitte rufen Sie uns an."},
		},
	},
	"ar": {
		code: "رمزك", begin: "ابدأ قبل", term: "المدة", hours: "\u2068%d\u2069 ساعة", shared: "عدد المشاركين", people: "\u2068%d\u2069", number: "الرقم", page: "صفحة بابك",
		howRent: "اكتب الرمز عند خزانة الطرود. يُفتح باب: ضع فيه ما تشاء وأغلق الباب. عندها تبدأ المدة.",
		howKept: "الرمز نفسه يفتح هذا الباب مرة بعد مرة. وهو لك حتى يقول من يحق له ذلك عند خزانة الطرود إنه لم يبق فيه شيء.",
		longer:  "احتفظ به \u2068%d\u2069 ساعة أخرى", asked: "سألنا خزانة الطرود. ستظهر المدة الجديدة في هذه الصفحة حين تجيب.",
		notices: map[desk.Told]notice{
			desk.ToldToRent:        {"رمزك لباب", "باب في خزانة الطرود جاهز لتستأجره."},
			desk.ToldRentSoon:      {"بقي يوم واحد لتبدأ باستعمال بابك", "يُرجى أن تبدأ: ستنتهي قريبًا مهلة أخذ بابك."},
			desk.ToldNotRented:     {"رمزك لم يعد يفتح بابًا للإيجار", "لم يعد ممكنًا أخذ الباب. إن كنت ما زلت تريد بابًا، فاتصل بنا من فضلك."},
			desk.ToldShared:        {"باب يُشارَك معك", "باب مستأجَر في خزانة الطرود يُشارَك معك. هذا الرمز لك وحدك."},
			desk.ToldUnshared:      {"لم يعد الباب يُشارَك معك", "لم يعد الباب المستأجَر يُشارَك معك، ورمزك لم يعد يفتح شيئًا. إن فاجأك ذلك، فاتصل بنا من فضلك."},
			desk.ToldKept:          {"بابك المستأجَر", "وُضع شيء خلف بابك المستأجَر."},
			desk.ToldKeptUnsure:    {"هل بابك مغلق؟", "فُتح بابك المستأجَر، ولم يرَ أحد أنه أُغلق. تحقق من ذلك من فضلك أو اتصل بنا."},
			desk.ToldNewCode:       {"رمزك الجديد", "استُبدل رمزك. الرمز السابق لم يعد يفتح شيئًا."},
			desk.ToldRentExtended:  {"بابك لك مدة أطول", "لديك وقت إضافي مع بابك المستأجَر."},
			desk.ToldRentLastDay:   {"مدة بابك تنتهي قريبًا", "يُرجى أخذ ما يخصك وإنهاء الإيجار عند خزانة الطرود، أو اطلب تمديده."},
			desk.ToldOverdue:       {"انتهت مدة بابك", "رمزك يفتحه مع ذلك حتى يُفرَّغ. يُرجى أخذ ما يخصك قريبًا: تكلفة الوقت مستمرة."},
			desk.ToldEnded:         {"انتهى إيجارك", "أُعيد بابك المستأجَر. إن لم تكن أنت أو من يشاركك فيه، فاتصل بنا من فضلك."},
			desk.ToldRentCancelled: {"أُنهي إيجارك", "أنهينا إيجارك. لم تعد الرموز تفتح شيئًا. إن كان لك شيء ما زال هناك، فاتصل بنا من فضلك."},
			desk.ToldCleared:       {"أُفرغ بابك", "أُخرج ما كان خلف بابك المستأجَر. اتصل بنا من فضلك."},
		},
	},
	"zh": {
		code: "柜门码", begin: "最晚开始时间", term: "时长", hours: "%d 小时", shared: "共用人数", people: "%d 人", number: "编号", page: "您的柜门页面",
		howRent: "在快递柜上输入此码。柜门打开后，放入物品并关好柜门。从那时开始计时。",
		howKept: "同一个码可以反复打开此柜门。在有权的人在快递柜上确认里面已无物品之前，柜门归您使用。",
		longer:  "再保留 %d 小时", asked: "已询问快递柜。快递柜答复后，本页会显示新的时间。",
		notices: map[desk.Told]notice{
			desk.ToldToRent:        {"您的柜门码", "快递柜中有一个柜门可供您租用。"},
			desk.ToldRentSoon:      {"您还有一天可以开始使用柜门", "请尽快开始，可租用柜门的时间即将结束。"},
			desk.ToldNotRented:     {"您的码已不能打开租用的柜门", "该柜门已不能租用。如果您仍想租用，请致电我们。"},
			desk.ToldShared:        {"有一个柜门与您共用", "快递柜中一个租用的柜门与您共用。此码只属于您。"},
			desk.ToldUnshared:      {"柜门不再与您共用", "租用的柜门不再与您共用，您的码已不能打开柜门。如有疑问，请致电我们。"},
			desk.ToldKept:          {"您租用的柜门", "您租用的柜门中已放入物品。"},
			desk.ToldKeptUnsure:    {"您的柜门关好了吗？", "您租用的柜门已打开，但没有看到柜门关上。请查看，或致电我们。"},
			desk.ToldNewCode:       {"您的新码", "您的码已更换，之前的码已不能打开柜门。"},
			desk.ToldRentExtended:  {"您的柜门使用时间已延长", "您可以更久地使用租用的柜门。"},
			desk.ToldRentLastDay:   {"您的柜门使用时间即将结束", "请取出您的物品并在快递柜上结束租用，或申请延长。"},
			desk.ToldOverdue:       {"您的柜门使用时间已过", "在清空之前，您的码仍可打开柜门。请尽快取出您的物品，费用仍在继续计算。"},
			desk.ToldEnded:         {"您的租用已结束", "您租用的柜门已归还。如果不是您本人或与您共用的人，请致电我们。"},
			desk.ToldRentCancelled: {"您的租用已被终止", "我们已终止您的租用，码已不能打开柜门。如果还有您的物品在里面，请致电我们。"},
			desk.ToldCleared:       {"您的柜门已清空", "您租用的柜门中的物品已被取出。请致电我们。"},
		},
	},
}

// said are the words of a notice in a language.
func said(language string, what desk.Told) (notice, bool) {
	if n, known := languages[language].notices[what]; known {
		return n, true
	}
	n, known := rented[language].notices[what]
	return n, known
}

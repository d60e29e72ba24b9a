package letter

import "lockerd/internal/desk"

// words are a language's.
type words struct {
	rtl      bool
	date     string // as time.Format has it
	place    string
	door     string
	code     string
	sendCode string // a sender's
	until    string
	sentAt   string // when a sender put it in
	how      string // what a sender does with their code
	page     string // the link to the recipient's page
	hotline  string
	parcel   string
	owed     string // what is still to be paid
	rises    string // until when it is no more
	free     string // until when nothing is to be paid
	paid     string // all that was
	pay      string // the link to pay; "%s" is a sum
	unclear  string // instead of it
	scan     string // what the picture of the QR code is for
	greeting string // "%s" is a name
	hello    string // without a name
	notices  map[desk.Told]notice
}

// notice is what one kind of notice says: its subject and its first sentence.
type notice struct{ subject, lead string }

// languages are those that notices are written in, as BCP 47 names them.
var languages = map[string]words{
	"en": {
		date: "Monday 2 Jan 2006, 15:04", place: "Where", door: "Door", code: "Pickup code", sendCode: "Your code", until: "Until", page: "Your parcel's page",
		owed: "To pay", rises: "More from", free: "Free until", paid: "Paid", pay: "Pay %s", unclear: "We do not know yet whether your payment at the cabinet has arrived, and are asking. Please do not pay again.",
		hotline: "Hotline", parcel: "Parcel", scan: "Or hold this QR code before the cabinet's scanner", greeting: "Hello %s,", hello: "Hello,",
		sentAt: "Put in",
		how:    "Type the code at the parcel locker. A door opens: put the parcel in and push the door shut. You need no label.",
		notices: map[desk.Told]notice{
			desk.ToldStored:     {"Your parcel is here", "a parcel waits for you in the parcel locker."},
			desk.ToldExtended:   {"Your parcel waits longer", "you have more time to fetch your parcel."},
			desk.ToldLastDay:    {"Your parcel waits one more day", "please fetch your parcel: its time ends soon."},
			desk.ToldExpired:    {"Your parcel was not fetched in time", "the time to fetch your parcel is over. It will be taken back."},
			desk.ToldCollected:  {"Your parcel was fetched", "your parcel was fetched. If that was not you or somebody you sent, please call us."},
			desk.ToldTakenBack:  {"Your parcel was taken back", "your parcel was not fetched in time and was taken back."},
			desk.ToldRefused:    {"Your parcel goes back", "you did not want your parcel, and it goes back. If that was not you or somebody you sent, please call us."},
			desk.ToldWithdrawn:  {"Your parcel is not there", "the courier has taken your parcel out of the parcel locker again. Its code opens nothing any more."},
			desk.ToldHandedOver: {"Your parcel was handed over", "your parcel was handed over. If you do not have it, please call us."},
			desk.ToldToSend:     {"Your code to send a parcel", "the parcel locker expects your parcel."},
			desk.ToldSendSoon:   {"One more day to send your parcel", "please bring your parcel: the time for it ends soon."},
			desk.ToldNotSent:    {"Your code opens no door any more", "the parcel locker no longer expects your parcel. If you still want to send it, please call us."},
			desk.ToldSent:       {"Your parcel is sent", "thank you: your parcel is in the parcel locker, and a courier will collect it. If you did not put it in, please call us."},
			desk.ToldUnsure:     {"Did you send your parcel?", "a door was opened for your parcel, but nobody saw it fall shut. A courier will look. If you did not put the parcel in, please call us."},
			desk.ToldDispatched: {"A courier has your parcel", "a courier has collected your parcel from the parcel locker."},
			desk.ToldMissing:    {"Your parcel was not found", "the courier who was to collect your parcel found nothing behind the door. Please call us."},
		},
	},
	"de": {
		date: "02.01.2006, 15:04 Uhr", place: "Wo", door: "Fach", code: "Abholcode", sendCode: "Ihr Code", until: "Bis", page: "Seite Ihres Pakets",
		owed: "Zu zahlen", rises: "Mehr ab", free: "Kostenlos bis", paid: "Bezahlt", pay: "%s bezahlen", unclear: "Wir wissen noch nicht, ob Ihre Zahlung am Schrank angekommen ist, und fragen nach. Bitte zahlen Sie nicht noch einmal.",
		hotline: "Hotline", parcel: "Paket", scan: "Oder halten Sie diesen QR-Code vor den Scanner des Paketschranks", greeting: "Guten Tag, %s,",
		hello:  "Guten Tag,",
		sentAt: "Eingelegt",
		how:    "Geben Sie den Code am Paketschrank ein. Ein Fach öffnet sich: Legen Sie das Paket hinein, und drücken Sie die Tür zu. Sie brauchen kein Etikett.",
		notices: map[desk.Told]notice{
			desk.ToldStored:     {"Ihr Paket ist da", "im Paketschrank wartet ein Paket auf Sie."},
			desk.ToldExtended:   {"Ihr Paket wartet länger", "Sie haben mehr Zeit, Ihr Paket abzuholen."},
			desk.ToldLastDay:    {"Ihr Paket wartet noch einen Tag", "bitte holen Sie Ihr Paket ab: Die Frist endet bald."},
			desk.ToldExpired:    {"Ihr Paket wurde nicht rechtzeitig abgeholt", "die Abholfrist Ihres Pakets ist abgelaufen. Es wird zurückgenommen."},
			desk.ToldCollected:  {"Ihr Paket wurde abgeholt", "Ihr Paket wurde abgeholt. Falls das weder Sie noch jemand in Ihrem Auftrag war, rufen Sie uns bitte an."},
			desk.ToldTakenBack:  {"Ihr Paket wurde zurückgenommen", "Ihr Paket wurde nicht rechtzeitig abgeholt und zurückgenommen."},
			desk.ToldRefused:    {"Ihr Paket geht zurück", "Sie haben Ihr Paket nicht angenommen, und es geht zurück. Falls das weder Sie noch jemand in Ihrem Auftrag war, rufen Sie uns bitte an."},
			desk.ToldWithdrawn:  {"Ihr Paket ist nicht da", "der Kurier hat Ihr Paket wieder aus dem Paketschrank genommen. Der Code öffnet nichts mehr."},
			desk.ToldHandedOver: {"Ihr Paket wurde übergeben", "Ihr Paket wurde übergeben. Falls Sie es nicht haben, rufen Sie uns bitte an."},
			desk.ToldToSend:     {"Ihr Code, um ein Paket zu verschicken", "der Paketschrank erwartet Ihr Paket."},
			desk.ToldSendSoon:   {"Noch ein Tag, um Ihr Paket zu verschicken", "bitte bringen Sie Ihr Paket: Die Frist endet bald."},
			desk.ToldNotSent:    {"Ihr Code öffnet kein Fach mehr", "der Paketschrank erwartet Ihr Paket nicht mehr. Wenn Sie es noch verschicken möchten, rufen Sie uns bitte an."},
			desk.ToldSent:       {"Ihr Paket ist aufgegeben", "vielen Dank: Ihr Paket liegt im Paketschrank, ein Kurier holt es ab. Falls Sie es nicht hineingelegt haben, rufen Sie uns bitte an."},
			desk.ToldUnsure:     {"Haben Sie Ihr Paket aufgegeben?", "für Ihr Paket wurde ein Fach geöffnet, aber niemand hat gesehen, dass es wieder geschlossen wurde. Ein Kurier sieht nach. Falls Sie das Paket nicht hineingelegt haben, rufen Sie uns bitte an."},
			desk.ToldDispatched: {"Ein Kurier hat Ihr Paket", "ein Kurier hat Ihr Paket aus dem Paketschrank abgeholt."},
			desk.ToldMissing:    {"Ihr Paket wurde nicht gefunden", "der Kurier, der Ihr Paket abholen sollte, hat hinter der Tür nichts gefunden. Bitte rufen Sie uns an."},
		},
	},
	"ar": {
		rtl: true, date: "2006/01/02 15:04", place: "المكان", door: "الباب", code: "رمز الاستلام", sendCode: "رمزك", until: "حتى", page: "صفحة طردك",
		owed: "المبلغ المطلوب", rises: "يزيد بعد", free: "مجانًا حتى", paid: "المدفوع", pay: "ادفع \u2068%s\u2069", unclear: "لا نعرف بعد هل وصلت دفعتك عند الخزانة، ونحن نسأل. يُرجى عدم الدفع مرة أخرى.",
		hotline: "الخط الساخن", parcel: "الطرد", scan: "أو ضع رمز QR هذا أمام ماسح الخزانة", greeting: "مرحبًا %s،", hello: "مرحبًا،",
		sentAt: "وُضع فيها",
		how:    "اكتب الرمز عند خزانة الطرود. يُفتح باب: ضع الطرد بداخله وأغلق الباب. لا تحتاج إلى ملصق.",
		notices: map[desk.Told]notice{
			desk.ToldStored:     {"وصل طردك", "طرد بانتظارك في خزانة الطرود."},
			desk.ToldExtended:   {"طردك ينتظر مدة أطول", "لديك وقت إضافي لاستلام طردك."},
			desk.ToldLastDay:    {"طردك ينتظر يومًا آخر", "يُرجى استلام طردك: ستنتهي مهلته قريبًا."},
			desk.ToldExpired:    {"لم يُستلم طردك في الوقت المحدد", "انتهت مهلة استلام طردك. سيُسترد."},
			desk.ToldCollected:  {"تم استلام طردك", "تم استلام طردك. إن لم تكن أنت أو من أرسلته، فاتصل بنا من فضلك."},
			desk.ToldTakenBack:  {"تم استرداد طردك", "لم يُستلم طردك في الوقت المحدد وتم استرداده."},
			desk.ToldRefused:    {"طردك سيُعاد", "لم ترغب في طردك، وسيُعاد. إن لم تكن أنت أو من أرسلته، فاتصل بنا من فضلك."},
			desk.ToldWithdrawn:  {"طردك ليس هناك", "أخرج المندوب طردك من خزانة الطرود من جديد. لم يعد الرمز يفتح شيئًا."},
			desk.ToldHandedOver: {"تم تسليم طردك", "تم تسليم طردك. إن لم يكن معك، فاتصل بنا من فضلك."},
			desk.ToldToSend:     {"رمزك لإرسال طرد", "خزانة الطرود بانتظار طردك."},
			desk.ToldSendSoon:   {"بقي يوم واحد لإرسال طردك", "يُرجى إحضار طردك: ستنتهي المهلة قريبًا."},
			desk.ToldNotSent:    {"رمزك لم يعد يفتح أي باب", "لم تعد خزانة الطرود بانتظار طردك. إن كنت ما زلت تريد إرساله، فاتصل بنا من فضلك."},
			desk.ToldSent:       {"تم إرسال طردك", "شكرًا لك: طردك في خزانة الطرود، وسيأخذه المندوب. إن لم تضعه فيها، فاتصل بنا من فضلك."},
			desk.ToldUnsure:     {"هل أرسلت طردك؟", "فُتح باب لطردك، ولم يرَ أحد أنه أُغلق. سيتحقق المندوب من ذلك. إن لم تضع الطرد فيه، فاتصل بنا من فضلك."},
			desk.ToldDispatched: {"طردك مع المندوب", "أخذ المندوب طردك من خزانة الطرود."},
			desk.ToldMissing:    {"لم يُعثر على طردك", "لم يجد المندوب شيئًا خلف الباب عندما جاء ليأخذ طردك. اتصل بنا من فضلك."},
		},
	},
	"zh": {
		date: "2006-01-02 15:04", place: "地点", door: "柜门", code: "取件码", sendCode: "寄件码", until: "截止时间", page: "您的包裹页面",
		owed: "应付", rises: "此后增加", free: "免费至", paid: "已付", pay: "支付 %s", unclear: "还不清楚您在柜机的付款是否到账，正在查询。请勿再次付款。",
		hotline: "热线", parcel: "包裹", scan: "或将此二维码对准柜机扫描器", greeting: "%s，您好：", hello: "您好：",
		sentAt: "放入时间",
		how:    "在快递柜上输入寄件码。柜门打开后，放入包裹并关好柜门。无需面单。",
		notices: map[desk.Told]notice{
			desk.ToldStored:     {"您的包裹已到", "有一个包裹在快递柜中等您领取。"},
			desk.ToldExtended:   {"您的包裹保管时间已延长", "您有更多时间领取包裹。"},
			desk.ToldLastDay:    {"您的包裹还可保管一天", "请尽快领取包裹，保管时间即将结束。"},
			desk.ToldExpired:    {"您的包裹未按时领取", "包裹的领取时间已过，将被取回。"},
			desk.ToldCollected:  {"您的包裹已被领取", "您的包裹已被领取。如果不是您本人或您委托的人，请致电我们。"},
			desk.ToldTakenBack:  {"您的包裹已被取回", "包裹未按时领取，已被取回。"},
			desk.ToldRefused:    {"您的包裹将被退回", "您已拒收包裹，包裹将被退回。如果不是您本人或您委托的人，请致电我们。"},
			desk.ToldWithdrawn:  {"您的包裹不在柜中", "快递员已将您的包裹从快递柜中取走，取件码不再有效。"},
			desk.ToldHandedOver: {"您的包裹已交付", "您的包裹已交付。如果您没有收到，请致电我们。"},
			desk.ToldToSend:     {"您的寄件码", "快递柜正在等待您的包裹。"},
			desk.ToldSendSoon:   {"您还有一天可以寄出包裹", "请尽快送来包裹，时间即将结束。"},
			desk.ToldNotSent:    {"您的寄件码已不能打开柜门", "快递柜不再等待您的包裹。如果您仍想寄出，请致电我们。"},
			desk.ToldSent:       {"您的包裹已寄出", "谢谢：您的包裹在快递柜中，快递员会来取走。如果您没有放入，请致电我们。"},
			desk.ToldUnsure:     {"您寄出包裹了吗？", "已为您的包裹打开柜门，但没有看到柜门关上。快递员会来查看。如果您没有放入包裹，请致电我们。"},
			desk.ToldDispatched: {"快递员已取走您的包裹", "快递员已从快递柜取走您的包裹。"},
			desk.ToldMissing:    {"没有找到您的包裹", "来取包裹的快递员没有在柜门后找到东西。请致电我们。"},
		},
	},
}

// Languages are the languages that notices are written in.
func Languages() []string { return []string{"en", "de", "ar", "zh"} }

package office

import "lockerd/internal/desk"

// Route is a page, or something that is done. Whoever has not its role learns nothing of it.
type Route struct {
	Method, Path string
	Role         desk.Role // the least; empty: anybody
	Quiet        bool      // a page asks for it by itself: it keeps no session alive
	File         bool      // it takes a file
	serve        func(*Office, *visit) error
}

// routes are all there are. A test tries each with each role.
var routes = []Route{
	{Method: "GET", Path: "/desk/desk.css", serve: (*Office).file},
	{Method: "GET", Path: "/desk/desk.js", serve: (*Office).file},
	{Method: "POST", Path: "/desk/language", serve: (*Office).chooseLanguage},
	{Method: "GET", Path: "/desk/sign-in", serve: (*Office).signIn},
	{Method: "POST", Path: "/desk/sign-in", serve: (*Office).signedIn},
	{Method: "GET", Path: "/desk/service", serve: (*Office).goToService},
	{Method: "GET", Path: "/desk/service/back", serve: (*Office).backFromService},
	{Method: "GET", Path: "/desk/join/{secret}", serve: (*Office).join},
	{Method: "GET", Path: "/desk/join/{secret}/qr.png", serve: (*Office).joinPicture},
	{Method: "POST", Path: "/desk/join/{secret}", serve: (*Office).joined},

	{Method: "POST", Path: "/desk/sign-out", Role: desk.Viewer, serve: (*Office).signOut},
	{Method: "GET", Path: "/desk/{$}", Role: desk.Viewer, serve: (*Office).cabinets},
	{Method: "GET", Path: "/desk/cabinets", Role: desk.Viewer, Quiet: true, serve: (*Office).cabinetsPart},
	{Method: "GET", Path: "/desk/cabinets/{cabinet}", Role: desk.Viewer, serve: (*Office).cabinet},
	{Method: "GET", Path: "/desk/cabinets/{cabinet}/now", Role: desk.Viewer, Quiet: true, serve: (*Office).cabinetPart},
	{Method: "GET", Path: "/desk/cabinets/{cabinet}/doors/{door}", Role: desk.Viewer, serve: (*Office).door},
	{Method: "POST", Path: "/desk/cabinets/{cabinet}/doors/{door}/{deed}", Role: desk.Staff, serve: (*Office).doorDeed},
	{Method: "GET", Path: "/desk/parcels", Role: desk.Viewer, serve: (*Office).parcels},
	{Method: "GET", Path: "/desk/parcels/{cabinet}/{parcel}", Role: desk.Viewer, serve: (*Office).parcel},
	{Method: "POST", Path: "/desk/parcels/{cabinet}/{parcel}/recipient", Role: desk.Staff, serve: (*Office).recipient},
	{Method: "POST", Path: "/desk/parcels/{cabinet}/{parcel}/do/{deed}", Role: desk.Staff, serve: (*Office).parcelDeed},
	{Method: "GET", Path: "/desk/parcels/{cabinet}/{parcel}/stills/{order}", Role: desk.Staff, serve: (*Office).stills},
	{Method: "GET", Path: "/desk/parcels/{cabinet}/{parcel}/stills/{order}/{still}", Role: desk.Staff, serve: (*Office).still},
	{Method: "GET", Path: "/desk/orders/{order}", Role: desk.Viewer, Quiet: true, serve: (*Office).orderPart},
	{Method: "GET", Path: "/desk/alarms", Role: desk.Viewer, serve: (*Office).alarms},
	{Method: "POST", Path: "/desk/alarms", Role: desk.Staff, serve: (*Office).alarmSeen},
	{Method: "GET", Path: "/desk/announce", Role: desk.Staff, serve: (*Office).announce},
	{Method: "POST", Path: "/desk/announce", Role: desk.Staff, serve: (*Office).announceOne},
	{Method: "POST", Path: "/desk/announce/file", Role: desk.Staff, File: true, serve: (*Office).announceFile},
	{Method: "POST", Path: "/desk/announce/drop", Role: desk.Staff, serve: (*Office).announceDrop},
	{Method: "POST", Path: "/desk/announce/sender/{order}", Role: desk.Staff, serve: (*Office).sender},
	{Method: "POST", Path: "/desk/announce/people/{order}/{deed}", Role: desk.Staff, serve: (*Office).announcePeople},
	{Method: "GET", Path: "/desk/couriers", Role: desk.Staff, serve: (*Office).couriers},
	{Method: "POST", Path: "/desk/couriers", Role: desk.Staff, serve: (*Office).putCourier},
	{Method: "POST", Path: "/desk/couriers/{courier}/end", Role: desk.Staff, serve: (*Office).endCourier},
	{Method: "GET", Path: "/desk/people", Role: desk.Admin, serve: (*Office).people},
	{Method: "POST", Path: "/desk/people", Role: desk.Admin, serve: (*Office).invite},
	{Method: "POST", Path: "/desk/people/{name}", Role: desk.Admin, serve: (*Office).changePerson},
	{Method: "GET", Path: "/desk/audit", Role: desk.Admin, serve: (*Office).audit},
}

// entry is a page of the menu.
type entry struct {
	Name, Path string
	Role       desk.Role
	Current    bool
}

var menu = []entry{
	{Name: "cabinets", Path: "/desk/", Role: desk.Viewer},
	{Name: "parcels", Path: "/desk/parcels", Role: desk.Viewer},
	{Name: "announce", Path: "/desk/announce", Role: desk.Staff},
	{Name: "alarms", Path: "/desk/alarms", Role: desk.Viewer},
	{Name: "couriers", Path: "/desk/couriers", Role: desk.Staff},
	{Name: "people", Path: "/desk/people", Role: desk.Admin},
	{Name: "audit", Path: "/desk/audit", Role: desk.Admin},
}

package metrics

// families are all metrics, in the order of the page and of docs/metrics.md, which a test makes from them.
var families []*family

// of adds a family.
func of(k kind, name, help string, labels ...string) *family {
	f := &family{name, k, help, labels}
	families = append(families, f)
	return f
}

// The cabinet.
var (
	build        = of(gauge, "lockerd_build_info", "Always 1; its labels say which lockerd runs, and made with which Go.", "version", "goversion")
	inOrder      = of(gauge, "lockerd_in_order", "1 if the cabinet works, 0 if its screen says out of order.")
	loopAge      = of(gauge, "lockerd_loop_age_seconds", "How long ago the controller's loop was last seen running. It is at most a second while all is well.")
	clockKnown   = of(gauge, "lockerd_clock_known", "1 if the time of day is believed to be right, 0 if not: nothing expires then.")
	clockJump    = of(gauge, "lockerd_clock_jump_seconds", "How far the PC's clock is from where it should be, if it has jumped and is not believed; otherwise 0.")
	faults       = of(gauge, "lockerd_faults", "What is wrong now, by kind of fault: how many of each.", "kind")
	alarms       = of(counter, "lockerd_alarms_total", "Events that need somebody, by kind.", "kind")
	records      = of(counter, "lockerd_records_total", "Records that were written to the journal.")
	sessions     = of(counter, "lockerd_sessions_total", "Sessions that were begun at the kiosk.")
	sessionsOver = of(counter, "lockerd_sessions_ended_total", "Sessions that have ended, by why.", "why")
	orders       = of(counter, "lockerd_orders_total", "Orders from the cloud, by whether they were accepted.", "result")
	refusedCodes = of(counter, "lockerd_codes_refused_total", "Codes, PINs and badges that were refused.")
	photos       = of(counter, "lockerd_photos_total", "Photos that were taken and kept.")
	scans        = of(counter, "lockerd_scans_total", "Texts that a scanner has read.", "scanner")
	scannerUp    = of(gauge, "lockerd_scanner_up", "1 if the scanner can be used, 0 if it is lost.", "scanner")
	cameraUp     = of(gauge, "lockerd_camera_up", "1 if the camera gives pictures, 0 if it is lost.", "camera")
)

// Doors and parcels.
var (
	doors        = of(gauge, "lockerd_doors", "Doors by size and by what their contact says.", "size", "state")
	doorsHolding = of(gauge, "lockerd_doors_holding", "Doors by size and by what their compartment is held to contain.", "size", "contents")
	doorsFree    = of(gauge, "lockerd_doors_free", "Doors that the next parcel may be given, by size.", "size")
	doorsBlocked = of(gauge, "lockerd_doors_blocked", "Doors that are set aside, by why.", "reason")
	openings     = of(counter, "lockerd_door_openings_total", "Times that a door was seen to open.")
	parcels      = of(gauge, "lockerd_parcels", "Parcels in the cabinet, by what is to become of them.", "state")
	parcelEvents = of(counter, "lockerd_parcel_events_total", "What has become of parcels.", "event")
)

// Unlocks.
var (
	unlocks    = of(counter, "lockerd_unlocks_total", "Unlocks that have ended, by outcome.", "outcome")
	frameTime  = of(histogram, "lockerd_unlock_frame_seconds", "From an unlock's record on disk to its frame on the line, pauses of the power supply included.")
	openedTime = of(histogram, "lockerd_unlock_opened_seconds", "From an unlock's frame on the line to the door known to be open.")
)

// Lines and lock boards.
var (
	lineShut     = of(gauge, "lockerd_line_shut", "1 if the line is so disturbed that nothing on it is believed and no unlock is sent, otherwise 0.", "bus")
	boardLost    = of(gauge, "lockerd_board_lost", "1 if the lock board does not answer, otherwise 0.", "bus", "board", "family")
	exchanges    = of(counter, "lockerd_board_exchanges_total", "Queries to a lock board, by what came of them.", "bus", "board", "result")
	lateAnswers  = of(counter, "lockerd_board_late_answers_total", "Answers that came after their time-out; their queries count as silent.", "bus", "board")
	refusals     = of(counter, "lockerd_board_refusals_total", "Answers that the board did not do what it was asked, or cannot.", "bus", "board")
	reports      = of(counter, "lockerd_board_reports_total", "Times that the board spoke without having been asked.", "bus", "board")
	damage       = of(gauge, "lockerd_board_damaged_ratio", "Damaged or missing answers among the newest exchanges, 0 to 1.", "bus", "board")
	interval     = of(gauge, "lockerd_board_query_interval_seconds", "Between the two newest queries to the board: shorter where a door is in use.", "bus", "board")
	boardAnswers = of(histogram, "lockerd_board_answer_seconds", "From a query sent to its answer whole.", "bus", "board")
)

// The journal and the cloud.
var (
	appendTime   = of(histogram, "lockerd_journal_append_seconds", "How long it took to write records down and have them safe on the disk.")
	appendFailed = of(counter, "lockerd_journal_append_failures_total", "Records that could not be written down.")
	journalSize  = of(gauge, "lockerd_journal_size_bytes", "Size of the journal's file.")
	journalLast  = of(gauge, "lockerd_journal_last_record", "Number of the newest record.")
	confirmed    = of(gauge, "lockerd_journal_confirmed_record", "Number of the newest record that the cloud has confirmed.")
	backlog      = of(gauge, "lockerd_journal_backlog_records", "Records that the cloud has not confirmed.")
	oldestRecord = of(gauge, "lockerd_journal_oldest_unconfirmed_seconds", "Age of the oldest record that the cloud has not confirmed; 0 if there is none.")
	oldestNotice = of(gauge, "lockerd_journal_oldest_notice_seconds", "Age of the oldest record that the cloud has not confirmed and a recipient waits for: their parcel is there, or their code is wanted again; 0 if there is none.")
	cloudUp      = of(gauge, "lockerd_cloud_connected", "1 if there is a connection to the broker, otherwise 0.")
	cloudSince   = of(counter, "lockerd_cloud_connections_total", "Connections to the broker that came up.")
	cloudBytes   = of(counter, "lockerd_cloud_bytes_total", "Bytes on the connections to the broker, encryption included, by direction.", "direction")
	inFlight     = of(gauge, "lockerd_cloud_messages_in_flight", "Messages that the broker has not acknowledged.")
)

// The PC.
var (
	diskFree    = of(gauge, "lockerd_disk_free_bytes", "Room on the disk of the journal, or of the photos, that lockerd can use.", "of")
	diskSize    = of(gauge, "lockerd_disk_size_bytes", "Size of that disk.", "of")
	temperature = of(gauge, "lockerd_temperature_celsius", "What the PC's sensors say, where it has any.", "sensor")
	cpuTime     = of(counter, "process_cpu_seconds_total", "Processor time of lockerd, in user and in kernel mode.")
	resident    = of(gauge, "process_resident_memory_bytes", "Memory of lockerd that is in RAM.")
	virtual     = of(gauge, "process_virtual_memory_bytes", "Addresses of lockerd.")
	openFDs     = of(gauge, "process_open_fds", "File descriptors that lockerd has open.")
	maxFDs      = of(gauge, "process_max_fds", "File descriptors that lockerd may have open.")
	startTime   = of(gauge, "process_start_time_seconds", "When lockerd was started, in seconds since 1970.")
	goInfo      = of(gauge, "go_info", "Always 1; its label says which Go lockerd was made with.", "version")
	goroutines  = of(gauge, "go_goroutines", "Goroutines of lockerd.")
	goHeap      = of(gauge, "go_memstats_heap_alloc_bytes", "Memory that Go's objects take.")
	goAllocated = of(counter, "go_memstats_alloc_bytes_total", "Memory that Go's objects have taken, freed since or not.")
	goSystem    = of(gauge, "go_memstats_sys_bytes", "Memory that Go has of the system.")
	goCycles    = of(counter, "go_gc_cycles_total", "Garbage collections.")
)

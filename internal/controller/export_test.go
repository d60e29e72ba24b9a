package controller

// Tell says how a record is told in the log.
var Tell = tell

package desk

import "slices"

// Role is what somebody may do at the desk.
type Role string

// The roles, each of which may do what those before it may.
const (
	Viewer Role = "viewer" // sees cabinets, doors, alarms and parcels' numbers; nothing personal, and changes nothing
	Staff  Role = "staff"  // works: announces, opens doors, sees recipients where they have to
	Admin  Role = "admin"  // decides who else works here, and reads who did what
)

// Roles are all of them, the one with the least rights first.
func Roles() []Role { return []Role{Viewer, Staff, Admin} }

// Valid says that there is such a role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// May says that a role has the rights of another. What is no role has none.
func (r Role) May(least Role) bool {
	i, j := slices.Index(Roles(), r), slices.Index(Roles(), least)
	return i >= 0 && j >= 0 && i >= j
}

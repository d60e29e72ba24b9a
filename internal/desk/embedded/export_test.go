package embedded

// Users are the users of a password file.
func Users(text []byte) ([]string, error) {
	all, err := readPasswords(text)
	var list []string
	for name := range all {
		list = append(list, name)
	}
	return list, err
}

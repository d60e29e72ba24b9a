package contract_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// object is a JSON object whose fields stay in order.
type object []pair

type pair struct {
	name  string
	value any
}

// MarshalJSON writes the fields in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(p.name) + ":")
		if err := e.Encode(p.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func itoa(n int) string { return strconv.Itoa(n) }

// source is what the source text of the types says beside what reflection knows.
type source struct {
	docs      map[string]string // by "Type" and "Type.Field"
	constants map[string][]constant
}

type constant struct{ value, doc string }

// doc is the comment of a type, or of one of its fields.
func (s source) doc(typ reflect.Type, field string) string {
	name := typ.Name()
	if field != "" {
		name += "." + field
	}
	return s.docs[name]
}

// readSource reads the comments and constants of packages.
func readSource(t *testing.T, dirs ...string) source {
	t.Helper()
	s := source{map[string]string{}, map[string][]constant{}}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, decl := range f.Decls {
				if d, ok := decl.(*ast.GenDecl); ok {
					s.read(d)
				}
			}
		}
	}
	return s
}

func (s *source) read(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			doc := spec.Doc
			if doc == nil {
				doc = d.Doc
			}
			s.docs[spec.Name.Name] = plain(doc)
			if st, ok := spec.Type.(*ast.StructType); ok {
				s.fields(spec.Name.Name, st)
			}
		case *ast.ValueSpec:
			typ, ok := spec.Type.(*ast.Ident)
			if !ok || d.Tok != token.CONST || len(spec.Values) != 1 {
				continue
			}
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				value, _ := strconv.Unquote(lit.Value)
				s.constants[typ.Name] = append(s.constants[typ.Name], constant{value, join(plain(spec.Doc), plain(spec.Comment))})
			}
		}
	}
}

func (s *source) fields(typ string, st *ast.StructType) {
	for _, f := range st.Fields.List {
		for _, name := range f.Names {
			s.docs[typ+"."+name.Name] = join(plain(f.Doc), plain(f.Comment))
		}
	}
}

// plain is a comment as one line.
func plain(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return strings.Join(strings.Fields(c.Text()), " ")
}

func join(a, b string) string { return strings.TrimSpace(a + " " + b) }

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

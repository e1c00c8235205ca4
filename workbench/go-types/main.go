// Command main prints what 'snoop ginkgo' needs to know about Go and OpenAPI documents do not say: the types of the
// built-in kinds, which of their fields are pointers, and the methods of the typed client.
//
// go-types.json.gz holds what it prints for the packages k8s.io/api and k8s.io/client-go of Kubernetes 1.37.2.
// workbench/test/ginkgo/compile.slow.test.ts compares both, and renews the file with SNOOP_RENEW_GO_TYPES=1.
package main

import (
	"encoding/json"
	"log"
	"os"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
)

type table struct {
	// By group, version and kind: apps/v1/Deployment.
	Kinds map[string]string `json:"kinds"`
	// Structs as fields [JSON name, Go name, type], without a JSON name when inlined; other types as what they are.
	Types map[string]any `json:"types"`
	// By group and version, then by resource.
	Clients map[string]group `json:"clients"`
}

type group struct {
	Getter    string              `json:"getter"`
	Resources map[string]resource `json:"resources"`
}

type resource struct {
	Getter     string `json:"getter"`
	Namespaced bool   `json:"namespaced"`
	Type       string `json:"type"`
	// Types of the parameters.
	Methods map[string][]string `json:"methods"`
}

var result = table{map[string]string{}, map[string]any{}, map[string]group{}}

func main() {
	groups := map[string]string{}
	for gvk, t := range scheme.Scheme.AllKnownTypes() {
		if !strings.HasPrefix(t.PkgPath(), "k8s.io/api/") || strings.HasSuffix(gvk.Kind, "List") {
			continue
		}
		groupVersion := gvk.GroupVersion().String()
		result.Kinds[groupVersion+"/"+gvk.Kind] = name(t)
		groups[t.PkgPath()] = groupVersion
		add(t)
	}
	for _, options := range []any{
		metav1.CreateOptions{}, metav1.UpdateOptions{}, metav1.PatchOptions{}, metav1.DeleteOptions{},
		metav1.GetOptions{}, metav1.ListOptions{},
	} {
		add(reflect.TypeOf(options))
	}
	addClients(groups)
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}

func addClients(groups map[string]string) {
	clients := reflect.TypeFor[kubernetes.Interface]()
	for i := range clients.NumMethod() {
		getter := clients.Method(i)
		if getter.Name == "Discovery" {
			continue
		}
		resources := map[string]resource{}
		groupVersion := ""
		client := getter.Type.Out(0)
		for j := range client.NumMethod() {
			method := client.Method(j)
			if method.Name == "RESTClient" {
				continue
			}
			found := describe(method)
			resources[strings.ToLower(method.Name)] = found
			if groupVersion == "" && found.Type != "" {
				groupVersion = groups[found.Type[:strings.LastIndex(found.Type, ".")]]
			}
		}
		if groupVersion != "" {
			result.Clients[groupVersion] = group{getter.Name, resources}
		}
	}
}

func describe(getter reflect.Method) resource {
	client := getter.Type.Out(0)
	found := resource{getter.Name, getter.Type.NumIn() == 1, "", map[string][]string{}}
	for i := range client.NumMethod() {
		method := client.Method(i)
		if strings.HasPrefix(method.Name, "Apply") {
			continue
		}
		parameters := []string{}
		for j := range method.Type.NumIn() {
			parameters = append(parameters, name(method.Type.In(j)))
		}
		found.Methods[method.Name] = parameters
		if method.Name == "Get" || method.Name == "Create" {
			found.Type = name(method.Type.Out(0).Elem())
		}
	}
	return found
}

func add(t reflect.Type) {
	if t.Name() == "" {
		switch t.Kind() {
		case reflect.Map:
			add(t.Key())
			add(t.Elem())
		case reflect.Pointer, reflect.Slice:
			add(t.Elem())
		}
		return
	}
	if _, known := result.Types[name(t)]; known || t.PkgPath() == "" {
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		addStruct(t)
	case reflect.Map:
		result.Types[name(t)] = "map[" + name(t.Key()) + "]" + name(t.Elem())
		add(t.Key())
		add(t.Elem())
	case reflect.Slice:
		result.Types[name(t)] = "[]" + name(t.Elem())
		add(t.Elem())
	default:
		result.Types[name(t)] = t.Kind().String()
	}
}

func addStruct(t reflect.Type) {
	fields := [][3]string{}
	result.Types[name(t)] = fields
	for i := range t.NumField() {
		field := t.Field(i)
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || tag == "-" || tag == "" && !field.Anonymous {
			continue
		}
		fields = append(fields, [3]string{tag, field.Name, name(field.Type)})
		add(field.Type)
	}
	result.Types[name(t)] = fields
}

func name(t reflect.Type) string {
	switch {
	case t.PkgPath() != "":
		return t.PkgPath() + "." + t.Name()
	case t.Name() != "":
		return t.Name()
	case t.Kind() == reflect.Pointer:
		return "*" + name(t.Elem())
	case t.Kind() == reflect.Slice:
		return "[]" + name(t.Elem())
	case t.Kind() == reflect.Map:
		return "map[" + name(t.Key()) + "]" + name(t.Elem())
	}
	return t.String()
}

// Uses a cluster as Go programs do: protobuf over HTTP/2, a watch, a delete with options in protobuf.
package main

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typed "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(namespace string) error {
	ctx := context.Background()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.UserAgent = "go-client/1"
	client, err := typed.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := client.ConfigMaps(namespace)
	watch, err := maps.Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	made, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "go-"}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	for event := range watch.ResultChan() {
		if object, isMap := event.Object.(*corev1.ConfigMap); isMap && object.Name == made.Name {
			break
		}
	}
	watch.Stop()
	dryRun := metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}
	if err := maps.Delete(ctx, made.Name, dryRun); err != nil {
		return err
	}
	if _, err := maps.Get(ctx, made.Name, metav1.GetOptions{}); err != nil {
		return err
	}
	grace := int64(0)
	return maps.Delete(ctx, made.Name, metav1.DeleteOptions{GracePeriodSeconds: &grace})
}

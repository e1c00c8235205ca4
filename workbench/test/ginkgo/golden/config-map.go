/*
Copyright The Kubernetes Authors.

Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software
distributed under the License is distributed on an "AS IS" BASIS,
WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
See the License for the specific language governing permissions and
limitations under the License.
*/

// Written by 'snoop ginkgo' from the run 20261130-100000-abcdef on Kubernetes 1.36.3.

package node

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilrand "k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	watchtools "k8s.io/client-go/tools/watch"
	"k8s.io/client-go/util/retry"
	"k8s.io/kubernetes/test/e2e/framework"
	admissionapi "k8s.io/pod-security-admission/api"
	"k8s.io/utils/ptr"
)

var _ = SIGDescribe("ConfigMap", func() {
	f := framework.NewDefaultFramework("configmap")
	f.NamespacePodSecurityLevel = admissionapi.LevelBaseline

	/*
		Release: v1.37
		Testname: ConfigMap, lifecycle
		Description: The API server MUST serve these requests for ConfigMap, in this order:
		create; read it; list; watch; patch; update; not yet written; delete.
	*/
	framework.ConformanceIt("should run through a ConfigMap lifecycle", func(ctx context.Context) {
		unique := "config-map-" + utilrand.String(8)
		configMapName := unique + "-1"
		ns := f.Namespace.Name
		configMapsClient := f.ClientSet.CoreV1().ConfigMaps(ns)
		labelSelector := "live-test=" + unique
		allConfigMapsClient := f.ClientSet.CoreV1().ConfigMaps(metav1.NamespaceAll)

		ginkgo.By("create")
		configMap := &v1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{
				Name:      configMapName,
				Namespace: ns,
				Labels:    map[string]string{"live-test": unique},
			},
			Data: map[string]string{"key": "value"},
		}
		_, err := configMapsClient.Create(ctx, configMap, metav1.CreateOptions{})
		framework.ExpectNoError(err, "failed to create configmaps")

		ginkgo.By("read it")
		read, err := configMapsClient.Get(ctx, configMapName, metav1.GetOptions{})
		framework.ExpectNoError(err, "failed to get configmaps")
		gomega.Expect(read.Name).To(gomega.Equal(configMapName))

		ginkgo.By("list")
		list, err := configMapsClient.List(ctx, metav1.ListOptions{LabelSelector: labelSelector})
		framework.ExpectNoError(err, "failed to list configmaps")
		gomega.Expect(list.Items).To(gomega.HaveLen(1))
		list2, err := allConfigMapsClient.List(ctx, metav1.ListOptions{
			LabelSelector: labelSelector,
			Limit:         5,
		})
		framework.ExpectNoError(err, "failed to list configmaps")
		gomega.Expect(list2.Items).To(gomega.HaveLen(1))

		ginkgo.By("watch")
		watcher, err := configMapsClient.Watch(ctx, metav1.ListOptions{
			LabelSelector:  labelSelector,
			TimeoutSeconds: ptr.To[int64](30),
		})
		framework.ExpectNoError(err, "failed to watch configmaps")
		watchCtx, cancel := watchtools.ContextWithOptionalTimeout(ctx, time.Minute)
		defer cancel()
		_, err = watchtools.UntilWithoutRetry(watchCtx, watcher, func(event watch.Event) (bool, error) {
			object, err := meta.Accessor(event.Object)
			if err != nil {
				return false, err
			}
			return object.GetName() == configMapName, nil
		})
		framework.ExpectNoError(err, "failed to see the event of configmaps")

		ginkgo.By("patch")
		patch := []byte(`{"metadata":{"annotations":{"a":"b"}}}`)
		patched, err := configMapsClient.Patch(ctx, configMapName, types.MergePatchType, patch, metav1.PatchOptions{})
		framework.ExpectNoError(err, "failed to patch configmaps")
		gomega.Expect(patched.Annotations).To(gomega.HaveKeyWithValue("a", "b"))

		ginkgo.By("update")
		var updated *v1.ConfigMap
		err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
			current, err := configMapsClient.Get(ctx, configMapName, metav1.GetOptions{})
			if err != nil {
				return err
			}
			current.Data["key"] = "new"
			current.Annotations = map[string]string{"c": "d"}
			current.ResourceVersion = ""
			updated, err = configMapsClient.Update(ctx, current, metav1.UpdateOptions{})
			return err
		})
		framework.ExpectNoError(err, "failed to update configmaps")
		gomega.Expect(updated.Annotations).To(gomega.HaveKeyWithValue("c", "d"))

		ginkgo.By("not yet written")
		// TODO: the live test sent no request in this step.

		ginkgo.By("delete")
		err = configMapsClient.Delete(ctx, configMapName, metav1.DeleteOptions{
			PropagationPolicy: ptr.To[metav1.DeletionPropagation]("Background"),
		})
		framework.ExpectNoError(err, "failed to delete configmaps")
		err = wait.PollUntilContextTimeout(ctx, time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
			_, err := configMapsClient.Get(ctx, configMapName, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return true, nil
			}
			return false, err
		})
		framework.ExpectNoError(err, "failed to wait for configmaps")
	})
})

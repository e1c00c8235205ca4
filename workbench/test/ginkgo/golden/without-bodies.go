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

// Written by 'snoop ginkgo' from the run 20261130-100000-abcdef on Kubernetes 1.36.3. The
// run has no stored bodies: the lines marked TODO need the objects that it sent.

package node

import (
	"context"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	framework.It("should run through a ConfigMap lifecycle", func(ctx context.Context) {
		unique := "config-map-" + utilrand.String(8)
		name := unique + "-1"
		ns := f.Namespace.Name
		configMapsClient := f.ClientSet.CoreV1().ConfigMaps(ns)
		labelSelector := "live-test=" + unique
		allConfigMapsClient := f.ClientSet.CoreV1().ConfigMaps(metav1.NamespaceAll)

		ginkgo.By("create")
		// TODO: POST /api/v1/namespaces/live-made-abc234/configmaps, answered 201: its body is unknown (the run has no stored bodies).

		ginkgo.By("read it")
		read, err := configMapsClient.Get(ctx, name, metav1.GetOptions{})
		framework.ExpectNoError(err, "failed to get configmaps")
		gomega.Expect(read.Name).To(gomega.Equal(name))

		ginkgo.By("list")
		_, err = configMapsClient.List(ctx, metav1.ListOptions{LabelSelector: labelSelector})
		framework.ExpectNoError(err, "failed to list configmaps")
		_, err = allConfigMapsClient.List(ctx, metav1.ListOptions{
			LabelSelector: labelSelector,
			Limit:         5,
		})
		framework.ExpectNoError(err, "failed to list configmaps")

		ginkgo.By("watch")
		watcher, err := configMapsClient.Watch(ctx, metav1.ListOptions{
			LabelSelector:  labelSelector,
			TimeoutSeconds: ptr.To[int64](30),
		})
		framework.ExpectNoError(err, "failed to watch configmaps")
		watchCtx, cancel := watchtools.ContextWithOptionalTimeout(ctx, time.Minute)
		defer cancel()
		// TODO: return whether it is the event that the live test waited for.
		_, err = watchtools.UntilWithoutRetry(watchCtx, watcher, func(event watch.Event) (bool, error) {
			object, err := meta.Accessor(event.Object)
			if err != nil {
				return false, err
			}
			return object.GetName() != "", nil
		})
		framework.ExpectNoError(err, "failed to see the event of configmaps")

		ginkgo.By("patch")
		// TODO: PATCH /api/v1/namespaces/live-made-abc234/configmaps/config-map-q7w2e3r4-1, answered 200: its body is unknown (the run has no stored bodies).

		ginkgo.By("update")
		err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
			current, err := configMapsClient.Get(ctx, name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			// TODO: change it as the live test did, whose bodies are not stored.
			_, err = configMapsClient.Update(ctx, current, metav1.UpdateOptions{})
			return err
		})
		framework.ExpectNoError(err, "failed to update configmaps")

		ginkgo.By("not yet written")
		// TODO: the live test sent no request in this step.

		ginkgo.By("delete")
		err = configMapsClient.Delete(ctx, name, metav1.DeleteOptions{})
		framework.ExpectNoError(err, "failed to delete configmaps")
		err = wait.PollUntilContextTimeout(ctx, time.Second, time.Minute, true, func(ctx context.Context) (bool, error) {
			_, err := configMapsClient.Get(ctx, name, metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return true, nil
			}
			return false, err
		})
		framework.ExpectNoError(err, "failed to wait for configmaps")
	})
})

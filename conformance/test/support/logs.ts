/** As `e2e.test -v` prints it, from one process. */
export const ginkgo2Verbose = `  I0508 21:27:38.359609      33 e2e.go:109] Starting e2e run "40782f83-6607-44dc-9878-6ea8235088e1" on Ginkgo node 1
Running Suite: Kubernetes e2e suite - /usr/local/bin
====================================================
Random Seed: 1746739657 - will randomize all specs

Will run 4 of 9 specs
------------------------------
[SynchronizedBeforeSuite] 
k8s.io/kubernetes/test/e2e/e2e.go:69
  I0509 12:46:26.798506 20 e2e.go:245] e2e test version: v1.36.2
  I0509 12:46:26.799551 20 e2e.go:254] kube-apiserver version: v1.36.2+k3s1
[SynchronizedBeforeSuite] PASSED [0.138 seconds]
------------------------------
[sig-auth] Tokens work [Conformance] [sig-auth, Conformance]
k8s.io/kubernetes/test/e2e/auth/service_accounts.go:877
  STEP: Creating a kubernetes client @ 05/09/25 12:46:26.999
  SUCCESS! -- 99 Passed | 0 Failed | 0 Pending | 0 Skipped
• [0.438 seconds]
------------------------------
SS
------------------------------
[sig-node] Pods run [Conformance] [sig-node, Conformance]
k8s.io/kubernetes/test/e2e/node/pods.go:12
  [FAILED] in [It] - k8s.io/kubernetes/test/e2e/node/pods.go:15 @ 05/09/25 12:47:00
• [FAILED] [3.200 seconds]
[sig-node] Pods [It] run [Conformance] [sig-node, Conformance]
k8s.io/kubernetes/test/e2e/node/pods.go:12

  [FAILED] expected 1
  In [It] at: k8s.io/kubernetes/test/e2e/node/pods.go:15 @ 05/09/25 12:47:00
------------------------------
[sig-node] Pods flake [Conformance] [sig-node, Conformance]
k8s.io/kubernetes/test/e2e/node/pods.go:40
↺ [FLAKEY TEST - TOOK 2 ATTEMPTS TO PASS] [5.000 seconds]
------------------------------
[sig-node] Pods need a GPU [sig-node]
k8s.io/kubernetes/test/e2e/node/pods.go:50
S [SKIPPED] [0.100 seconds]
[sig-node] Pods [It] need a GPU [sig-node]
k8s.io/kubernetes/test/e2e/node/pods.go:50
------------------------------
S
------------------------------
P [PENDING]
[sig-node] Pods wait [sig-node]
k8s.io/kubernetes/test/e2e/node/pods.go:60
------------------------------
[SynchronizedAfterSuite] 
k8s.io/kubernetes/test/e2e/e2e.go:80
[SynchronizedAfterSuite] [PANICKED] [0.001 seconds]
[SynchronizedAfterSuite] 
k8s.io/kubernetes/test/e2e/e2e.go:80
------------------------------

Summarizing 2 Failures:
  [FAIL] [sig-node] Pods [It] run [Conformance] [sig-node, Conformance]
  k8s.io/kubernetes/test/e2e/node/pods.go:15
  [PANICKED!] [SynchronizedAfterSuite] 
  k8s.io/kubernetes/test/e2e/e2e.go:80

Ran 4 of 9 Specs in 12.500 seconds
FAIL! -- 3 Passed | 1 Failed | 1 Flaked | 1 Pending | 4 Skipped
FAIL

Ginkgo ran 1 suite in 13.1s

Test Suite Failed
`;

const bold = '\u001b[1m';
const green = '\u001b[38;5;10m';
const red = '\u001b[38;5;9m';
const cyan = '\u001b[38;5;14m';
const end = '\u001b[0m';

/** As `ginkgo --procs=25` prints it. */
export const ginkgo2Parallel = `Running Suite: Kubernetes e2e suite - /usr/local/bin
====================================================
Random Seed: ${bold}1746739657${end} - will randomize all specs

Will run ${bold}6${end} of ${bold}9${end} specs
Running in parallel across ${bold}25${end} processes
${cyan}S${end}${green}•${end}${cyan}S${end}${cyan}S${end}
------------------------------
${red}• [FAILED] [3.200 seconds]${end}
${end}[sig-node] Pods ${red}${bold}[It] run [Conformance]${end} [sig-node, Conformance]
k8s.io/kubernetes/test/e2e/node/pods.go:12

  ${red}[FAILED] expected 1${end}
------------------------------
${green}•${end}
------------------------------
${red}• [INTERRUPTED] [0.500 seconds]${end}
${end}[sig-apps] Jobs ${red}${bold}[BeforeEach]${end} end [sig-apps]
k8s.io/kubernetes/test/e2e/apps/job.go:12
------------------------------
${green}•${end}${green}•${end}

${red}${bold}Summarizing 2 Failures:${end}
  ${red}[FAIL]${end} ${end}[sig-node] Pods ${red}${bold}[It] run [Conformance]${end} [sig-node, Conformance]
  k8s.io/kubernetes/test/e2e/node/pods.go:15
  ${red}[INTERRUPTED]${end} ${end}[sig-apps] Jobs ${red}${bold}[BeforeEach]${end} end [sig-apps]
  k8s.io/kubernetes/test/e2e/apps/job.go:12

${red}${bold}Ran 6 of 9 Specs in 12.500 seconds${end}
${red}${bold}FAIL! - Interrupted by User${end} -- ${green}${bold}4 Passed${end} | ${red}${bold}2 Failed${end} | 0 Pending | 3 Skipped

Ginkgo ran 1 suite in 13.1s

Test Suite Failed
`;

/** As Kubernetes 1.20 prints it, with Ginkgo 1. */
export const ginkgo1 = `I1001 12:00:00.000000      20 e2e.go:129] Starting e2e run "d2fe8abc-0000-4000-8000-000000000000" on Ginkgo node 1
{"msg":"Test Suite starting","total":2,"completed":0,"skipped":0,"failed":0}
Running Suite: Kubernetes e2e suite
===================================
Random Seed: 1600000000 - Will randomize all specs
Will run 2 of 12 specs

Oct  1 12:00:00.000: INFO: e2e test version: v1.20.0
Oct  1 12:00:00.001: INFO: kube-apiserver version: v1.20.1
SSS
------------------------------
[sig-node] Pods 
  run [Conformance]
  /workspace/test/e2e/framework/framework.go:624
[BeforeEach] [sig-node] Pods
  /workspace/test/e2e/framework/framework.go:174
STEP: Creating a kubernetes client
Oct  1 12:00:01.000: INFO: >>> kubeConfig: /tmp/kubeconfig
•{"msg":"PASSED [sig-node] Pods run [Conformance]","total":2,"completed":1,"skipped":3,"failed":0}
SS
------------------------------
[sig-storage] Volumes 
  need "two" nodes
  /workspace/test/e2e/storage/volumes.go:10
S [SKIPPING] in Spec Setup (BeforeEach) [0.003 seconds]
[sig-storage] Volumes
/workspace/test/e2e/storage/framework.go:23
  need "two" nodes [BeforeEach]
  /workspace/test/e2e/storage/volumes.go:10
------------------------------
[sig-apps] Jobs 
  end [Conformance]
  /workspace/test/e2e/framework/framework.go:624
• Failure [302.100 seconds]
[sig-apps] Jobs
/workspace/test/e2e/apps/framework.go:23
  end [Conformance] [It]
  /workspace/test/e2e/framework/framework.go:624
------------------------------
{"msg":"FAILED [sig-apps] Jobs end [Conformance]","total":2,"completed":1,"skipped":6,"failed":1,"failures":["[sig-apps] Jobs end [Conformance]"]}
SSSSOct  1 12:10:00.000: INFO: Running AfterSuite actions on all nodes
{"msg":"Test Suite completed","total":2,"completed":1,"skipped":10,"failed":1}


Summarizing 1 Failure:

[Fail] [sig-apps] Jobs [It] end [Conformance] 
/workspace/test/e2e/apps/job.go:40

Ran 2 of 12 Specs in 400.100 seconds
FAIL! -- 1 Passed | 1 Failed | 0 Pending | 10 Skipped
--- FAIL: TestE2E (400.10s)
FAIL

Ginkgo ran 1 suite in 6m41.1s
Test Suite Failed
`;

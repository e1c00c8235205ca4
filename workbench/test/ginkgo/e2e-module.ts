import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runGo, writeKubernetesModule, type GoBuildOptions } from '../../src/control-plane/programs/go-build.ts';
import { readPlatform } from '../../src/control-plane/programs/platform.ts';
import { defaultRelease } from '../../src/release.ts';
import type { GinkgoFile } from '../../src/ginkgo/write-file.ts';

/** A Go module with generated tests, as a small test/e2e. */
export interface E2eModule {
  readonly options: GoBuildOptions;
  readonly linkerFlags: string;
}

/** @returns why it cannot be built here, as a sentence */
export async function makeModule(folder: string): Promise<E2eModule | string> {
  const options: GoBuildOptions = {
    ...{ release: defaultRelease, platform: readPlatform(), environment: process.env, folder },
    ...{ signal: new AbortController().signal, onProgress: () => {} },
  };
  try {
    return { options, linkerFlags: await writeKubernetesModule(options) };
  } catch (error) {
    if (/no go on the PATH|too old|dial tcp|no such host|module lookup disabled/.test(String(error)))
      return String(error);
    throw error;
  }
}

/** Writes generated files into packages with the names that they have in kubernetes/kubernetes. */
export async function writePackages({ options: { folder } }: E2eModule, files: readonly GinkgoFile[]): Promise<void> {
  const packages = [...new Set(files.map((file) => file.folder))];
  for (const path of packages) {
    await mkdir(join(folder, path), { recursive: true });
    await writeFile(join(folder, path, 'framework.go'), writeFramework(path));
  }
  for (const [index, file] of files.entries()) await writeFile(join(folder, file.folder, `test${index}.go`), file.text);
  await writeFile(join(folder, 'e2e_test.go'), writeMain(packages));
}

/** Fails with what `go vet` finds. */
export async function vet({ options }: E2eModule): Promise<void> {
  await runGo(['vet', '-mod=mod', '-trimpath', '-buildvcs=false', './...'], options);
}

/** Builds the program whose user agent is `e2e.test`. */
export async function buildE2eTest({ options, linkerFlags }: E2eModule): Promise<string> {
  const flags = ['-mod=mod', '-trimpath', '-buildvcs=false', '-ldflags', linkerFlags];
  await runGo(['test', '-c', ...flags, '-o', 'e2e.test', '.'], options);
  return join(options.folder, 'e2e.test');
}

/** Runs a Go program of this repository in the module; returns what it prints. */
export async function runProgramIn({ options }: E2eModule, source: string): Promise<string> {
  const folder = join(options.folder, 'program');
  await mkdir(folder);
  await writeFile(join(folder, 'main.go'), source);
  return runGo(['run', '-mod=mod', '-trimpath', '-buildvcs=false', './program'], options);
}

/** As framework.go in packages of test/e2e. */
function writeFramework(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  const sig = name === 'apimachinery' ? 'api-machinery' : name;
  return `package ${name}

import "k8s.io/kubernetes/test/e2e/framework"

// SIGDescribe annotates the test with the SIG label.
var SIGDescribe = framework.SIGDescribe("${sig}")
`;
}

/** What e2e_test.go of test/e2e does to run tests. */
function writeMain(packages: readonly string[]): string {
  return `package e2e

import (
	"flag"
	"os"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"k8s.io/kubernetes/test/e2e/framework"
	"k8s.io/kubernetes/test/e2e/framework/config"

${packages.map((path) => `\t_ "snoop.local/control-plane/${path}"\n`).join('')})

func TestMain(m *testing.M) {
	config.CopyFlags(config.Flags, flag.CommandLine)
	framework.RegisterCommonFlags(flag.CommandLine)
	framework.RegisterClusterFlags(flag.CommandLine)
	flag.Parse()
	framework.AfterReadingAllFlags(&framework.TestContext)
	os.Exit(m.Run())
}

func TestE2E(t *testing.T) {
	gomega.RegisterFailHandler(framework.Fail)
	suite, reporter := framework.CreateGinkgoConfig()
	ginkgo.RunSpecs(t, "Kubernetes e2e suite", suite, reporter)
}
`;
}

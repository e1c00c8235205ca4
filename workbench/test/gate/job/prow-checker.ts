import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const version = 'v0.0.0-20240619181241-cfb8754e0459';

/** Loads jobs as Prow's checkconfig does: unknown fields are errors, then defaults, decoration and validation. */
const source = `package main

import (
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/prow/pkg/config"
)

func main() {
	loaded, err := config.LoadStrict(os.Args[1], os.Args[2], nil, "")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	jobs := map[string]any{
		"presubmits": loaded.PresubmitsStatic,
		"periodics":  loaded.Periodics,
	}
	json.NewEncoder(os.Stdout).Encode(jobs)
}
`;

/** The least that decorated jobs need. */
const prowConfig = `
prowjob_namespace: default
pod_namespace: test-pods
plank:
  default_decoration_config_entries:
    - config:
        timeout: 2h
        grace_period: 15m
        utility_images: {clonerefs: 'a:1', initupload: 'a:1', entrypoint: 'a:1', sidecar: 'a:1'}
        gcs_configuration: {bucket: ci-logs, path_strategy: legacy, default_org: kubernetes, default_repo: kubernetes}
        gcs_credentials_secret: service-account
`;

/** A checker of Prow's jobs. */
export interface ProwChecker {
  /** @returns the jobs as Prow completes them. @throws Error with what Prow reports */
  check(jobFile: string): Promise<{ presubmits: Record<string, object[]>; periodics: object[] }>;
}

/**
 * Builds a program from Prow's own packages; the first build takes minutes.
 *
 * @param cache the folder that keeps it
 * @throws Error when it cannot be built here
 */
export async function buildProwChecker(cache: string, timeoutMs: number): Promise<ProwChecker> {
  const key = createHash('sha256').update(source).update(version).digest('hex').slice(0, 16);
  const program = join(cache, `prow-checker-${key}`);
  if (!existsSync(program)) await build(program, timeoutMs);
  const config = join(cache, `prow-config-${process.pid}.yaml`);
  return {
    async check(jobFile) {
      await writeFile(config, prowConfig);
      try {
        const { stdout } = await run(program, [config, jobFile], { maxBuffer: 16 << 20 });
        return JSON.parse(stdout);
      } finally {
        await rm(config, { force: true });
      }
    },
  };
}

async function build(program: string, timeoutMs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'snoop-prow-'));
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'go.mod'), 'module snoop.local/prow-checker\n\ngo 1.22\n');
    await writeFile(join(folder, 'main.go'), source);
    const options = { cwd: folder, timeout: timeoutMs, maxBuffer: 16 << 20 };
    await run('go', ['get', `sigs.k8s.io/prow/pkg/config@${version}`], options);
    await run('go', ['mod', 'tidy'], options);
    await run('go', ['build', '-trimpath', '-buildvcs=false', '-o', 'prow-checker', '.'], options);
    await rename(join(folder, 'prow-checker'), program).catch(async () => {
      // The cache may be on another disk.
      await run('cp', [join(folder, 'prow-checker'), `${program}.new`]);
      await rename(`${program}.new`, program);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

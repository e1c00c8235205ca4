import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { runFolder, snoop, useRunFolder } from './run-folder.ts';
import { share, type TearDown } from './started.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The state folder of a running control plane for all tests; those that break something start their own. */
    stateFolder: string;
  }
}

const folder = join(runFolder, 'cluster');
const purge = (): Promise<void> => snoop('down', '--purge', '--state', folder);

/** A global setup: a control plane for all tests. */
export default async function setUp(project: TestProject): Promise<TearDown> {
  const leaveFolder = await useRunFolder();
  const { release } = await share('control plane', start, purge);
  project.provide('stateFolder', folder);
  return async () => {
    await release();
    await leaveFolder();
  };
}

async function start(): Promise<void> {
  try {
    await snoop('up', '--state', folder);
  } catch (error) {
    await purge();
    throw error;
  }
}

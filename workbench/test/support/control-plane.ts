import { openPool } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { expect, inject } from 'vitest';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import { findControlPlane } from '../../src/control-plane/state.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';

/** The control plane that all tests share. */
export async function findShared(): Promise<ControlPlane> {
  const folder: string | undefined = inject('stateFolder');
  if (folder === undefined) {
    const file = expect.getState().testPath ?? 'the test file';
    throw new Error(`This lane starts no control plane: rename ${file} to *.cluster.test.ts or *.slow.test.ts.`);
  }
  const controlPlane = await findControlPlane(folder);
  if (!controlPlane) throw new Error(`No control plane runs in ${folder}.`);
  return controlPlane;
}

/** Opens the shared control plane and its SnoopDB; the test file must release it. */
export async function openShared(): Promise<{ controlPlane: ControlPlane; database: OpenDatabase }> {
  const controlPlane = await findShared();
  const pool = openSharedPool(controlPlane);
  return { controlPlane, database: { pool, key: 'shared', release: () => pool.end() } };
}

/** Opens its SnoopDB; the test file must end it. */
export function openSharedPool(controlPlane: ControlPlane): Pool {
  return openPool(controlPlane.snoopdb.url, { applicationName: 'vitest', max: 4 });
}

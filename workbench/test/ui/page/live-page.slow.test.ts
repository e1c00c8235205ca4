import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenDatabase } from '../../../src/cluster-choice/open-database.ts';
import type { ControlPlane } from '../../../src/control-plane/state.ts';
import { openShared } from '../../support/control-plane.ts';
import { runLive } from '../../support/live-run.ts';
import { expectAccessible, needBrowser, openPage, savePicture } from '../support/browser.ts';
import { servePages, show, readText } from '../support/served-pages.ts';

let controlPlane: ControlPlane;
let database: OpenDatabase;
let url: string;
beforeAll(async () => {
  ({ controlPlane, database } = await openShared());
  url = await servePages(() => database.pool);
});
afterAll(() => database.release());

const source = `
import { CoreV1Api } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';
liveTest('pages light up <b>\u202e', async ({ cluster, namespace }) => {
  const core = cluster.client(CoreV1Api);
  await core.listNamespacedPodTemplate({ namespace });
});
`;

test('the live page lights up while snoop test runs, and its run has a page', async (context) => {
  needBrowser(context);
  const { page, problems } = await openPage();
  await show(page, `${url}live.html`);
  await page.getByText('Following SnoopDB.').waitFor();
  const { record } = await runLive(controlPlane, database, { 'light.live.ts': source });
  const row = page.getByRole('row', { name: /listCoreV1NamespacedPodTemplate/ });
  await row.first().waitFor();
  expect(await page.locator('main b').count()).toBe(0);
  await expectAccessible(page);
  await savePicture(page, 'live-during-test');
  await show(page, `${url}runs.html?run=${record.id}`);
  expect(await readText(page.locator('main'))).toContain('pages light up <b>');
  await savePicture(page, 'live-run');
  expect(problems).toEqual([]);
});

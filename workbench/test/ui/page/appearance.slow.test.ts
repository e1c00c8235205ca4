import { beforeAll, expect, test } from 'vitest';
import { makeDatabase } from '../../support/database.ts';
import { expectAccessible, expectNoOverflow, needBrowser, openPage, savePicture } from '../support/browser.ts';
import {
  expectNoBrokenText,
  loadShipped,
  releases,
  runs,
  servePages,
  serveSite,
  show,
} from '../support/served-pages.ts';

const urls = { ui: '', site: '' };
beforeAll(async () => {
  const { pool } = await makeDatabase();
  await loadShipped(pool);
  urls.ui = await servePages(() => pool);
  urls.site = await serveSite(pool);
});

const podTest = '[sig-node] Pods should be submitted and removed [NodeConformance] [Conformance]';
const ofRelease = {
  coverage: 'coverage.html',
  zoomed: 'coverage.html?zoom=stable/core/Pod',
  selected: 'coverage.html?zoom=stable/core/Pod/readCoreV1NamespacedPod',
  filtered: 'coverage.html?q=pod&ineligible=hide&state=untested&sort=-tests',
  endpoint: 'endpoint.html?endpoint=readCoreV1NamespacedPodStatus',
  ineligible: 'endpoint.html?endpoint=connectCoreV1GetNodeProxy',
  tests: 'test.html',
  test: `test.html?test=${encodeURIComponent(podTest)}`,
  progress: 'progress.html',
  bar: 'progress.html?as=percent&of=1.20.0&part=debt',
  lists: 'lists.html',
  pending: 'lists.html?list=pending',
  stale: 'lists.html?list=stale',
};
const live = {
  agents: 'agents.html',
  agent: 'agents.html?agent=e2e.test',
  runs: 'runs.html',
  run: `runs.html?run=${runs.ofTests}`,
  exec: `runs.html?run=${runs.ofExec}`,
  difference: `runs.html?before=${runs.ofTests}&after=${runs.ofExec}`,
  live: 'live.html',
};
const [newest, earlier] = releases;
const pages = [
  ...Object.entries(ofRelease).map(([name, path]) => ({ name, path: `${newest}/${path}` })),
  { name: 'compared', path: `${newest}/coverage.html?compare=${earlier}` },
  ...Object.entries(live).map(([name, path]) => ({ name, path })),
];

test.for(pages)(
  '$name is accessible in light and dark, and fits from 320 to 2560 px',
  async ({ name, path }, context) => {
    needBrowser(context);
    const { page, problems } = await openPage({ colorScheme: 'light' });
    await show(page, urls.ui + path);
    await expectNoBrokenText(page);
    await expectAccessible(page);
    await savePicture(page, `${name}-light`);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectAccessible(page, ['color-contrast']);
    await savePicture(page, `${name}-dark`);
    await expectNoOverflow(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await savePicture(page, `${name}-390`);
    expect(problems).toEqual([]);
  },
);

test.for([
  { of: 'ui', release: earlier },
  { of: 'site', release: newest },
  { of: 'site', release: earlier },
] as const)('the pages of $release of snoop $of fit and report no error', async ({ of, release }, context) => {
  needBrowser(context);
  const { page, problems } = await openPage();
  for (const path of Object.values(ofRelease)) {
    await show(page, `${urls[of]}${release}/${path}`);
    await expectNoBrokenText(page);
    await expectNoOverflow(page, [320, 1280]);
  }
  expect(problems).toEqual([]);
});

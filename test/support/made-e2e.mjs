// A small e2e.test for 'snoop e2e', with the flags of Ginkgo that it uses. Its first argument is
// a JSON file: {version, specs: [names], hold: a spec that does not end while it is named}. Each spec sends one request.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { request as send } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';

const describe = () => JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { version, specs } = describe();
const read = (flag) =>
  process.argv.filter((word) => word.startsWith(`--${flag}=`)).map((word) => word.split('=', 2)[1]);
const suite = 'made e2e suite';
const focus = read('ginkgo.focus').map((pattern) => new RegExp(pattern));
const isSelected = (name) => focus.some((pattern) => pattern.test(`${suite} ${name}`));

if (process.argv.includes('--ginkgo.dry-run')) {
  const report = (name) => ({
    ...{ ContainerHierarchyTexts: null, LeafNodeType: 'It', LeafNodeText: name },
    ...{ LeafNodeLocation: { FileName: 'test/e2e/made.go' }, State: isSelected(name) ? 'passed' : 'skipped' },
  });
  writeFileSync(
    read('ginkgo.json-report')[0],
    JSON.stringify([{ SuiteDescription: suite, SpecReports: specs.map(report) }]),
  );
} else if (process.env.KUBECONFIG) await run();
else console.log(`v${version}`);

async function run() {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(process.env.KUBECONFIG);
  const states = new Map(specs.map((name) => [name, 'skipped']));
  let current = null;
  const end = (exitCode) => {
    const cases = [...states].map(
      ([name, state]) =>
        `<testcase name="[It] ${name}" classname="${suite}" status="${state}" time="1">${state === 'passed' ? '' : '<skipped/>'}</testcase>`,
    );
    const file = `${read('report-dir')[0]}/junit_${read('report-prefix')[0]}01.xml`;
    writeFileSync(file, `<testsuites><testsuite name="${suite}">${cases.join('\n')}</testsuite></testsuites>`);
    process.exit(exitCode);
  };
  process.on('SIGINT', () => {
    if (current !== null) states.set(current, 'interrupted');
    end(1);
  });
  for (current of specs.filter(isSelected)) {
    await get(config, `e2e.test/v${version} (linux/amd64) kubernetes/abcdef0 -- ${current}`);
    appendFileSync('made.log', `${current}\n`);
    while (current === describe().hold) await wait(50);
    states.set(current, 'passed');
  }
  end(0);
}

async function get(config, agent) {
  const options = {};
  await config.applyToHTTPSOptions(options);
  const { hostname, port } = new URL(config.getCurrentCluster().server);
  const headers = { ...options.headers, 'user-agent': agent };
  await new Promise((resolve, reject) => {
    const path = '/api/v1/namespaces/default/configmaps';
    send({ ...options, hostname, port, path, headers }, (answer) => answer.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
}

/** `npm run bench -- <figure>`: measures one figure and prints it with the machine's facts. */
const figures = new Map<string, { says: string; load: () => Promise<{ measure(): Promise<void> }> }>([
  [
    'report-latency',
    { says: 'from the last response of a run to its printed report', load: () => import('./report-latency.ts') },
  ],
]);

const [name] = process.argv.slice(2);
const figure = figures.get(name ?? '');
if (figure === undefined) {
  console.error('Usage: npm run bench -- <figure>\n');
  for (const [known, { says }] of figures) console.error(`  ${known.padEnd(16)} ${says}`);
  process.exitCode = name === undefined || name === '--help' ? 0 : 2;
} else {
  const { measure } = await figure.load();
  await measure();
}

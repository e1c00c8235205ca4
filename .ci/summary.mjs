// Prints the slowest files of test runs, the failed tests, and the closing line, from vitest's JSON reports: node .ci/summary.mjs <report>...
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;

/** The first lines of a failure. */
const indent = (text) =>
  text
    .split('\n')
    .slice(0, 12)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n');

/** @returns {{ passed: number, failed: number, skipped: number }} */
function count(report) {
  const cases = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const having = (...states) => cases.filter(({ status }) => states.includes(status)).length;
  // A file that could not even be loaded has no cases; it fails as one.
  const unloaded = report.testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && !assertionResults.some((one) => one.status === 'failed');
  });
  return {
    passed: having('passed'),
    failed: having('failed') + unloaded.length,
    skipped: having('skipped', 'pending', 'todo', 'disabled'),
  };
}

const total = { passed: 0, failed: 0, skipped: 0 };
const files = [];
for (const file of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    for (const [state, number] of Object.entries(count(report))) total[state] += number;
    files.push(...report.testResults);
  } catch (error) {
    console.error(`vitest left no report: ${error.message}`);
    total.failed++;
  }
}
console.log('\nThe slowest files (without their hooks):');
for (const { name, startTime, endTime } of files.toSorted((a, b) => seconds(b) - seconds(a)).slice(0, 10)) {
  console.log(`${seconds({ startTime, endTime }).toFixed(1).padStart(7)} s  ${relative('.', name)}`);
}
// Repeated at the end, since a long output may be kept only in part.
for (const { name, message, assertionResults } of files.filter((file) => file.status === 'failed')) {
  const failures = assertionResults.filter((one) => one.status === 'failed');
  console.log(`\nFailed in ${relative('.', name)}:`);
  for (const { fullName, failureMessages } of failures)
    console.log(`  ${fullName}\n${indent(failureMessages.join('\n'))}`);
  if (failures.length === 0) console.log(indent(message));
}
const { passed, failed, skipped } = total;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

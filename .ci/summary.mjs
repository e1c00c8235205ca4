// Prints the slowest files of test runs, and the closing line, from vitest's JSON reports: node .ci/summary.mjs <report>...
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const seconds = ({ startTime, endTime }) => (endTime - startTime) / 1000;

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
const { passed, failed, skipped } = total;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

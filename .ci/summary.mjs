// Prints the closing line of test runs from vitest's JSON reports: node .ci/summary.mjs <report>...
import { readFileSync } from 'node:fs';

/** @returns {{ passed: number, failed: number, skipped: number }} */
function count(file) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
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
for (const file of process.argv.slice(2)) {
  try {
    for (const [state, number] of Object.entries(count(file))) total[state] += number;
  } catch (error) {
    console.error(`vitest left no report: ${error.message}`);
    total.failed++;
  }
}
const { passed, failed, skipped } = total;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

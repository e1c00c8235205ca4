// Prints the closing line of a test run from vitest's JSON report: node .ci/summary.mjs <report>
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

let outcome;
try {
  outcome = count(process.argv[2]);
} catch (error) {
  console.error(`vitest left no report: ${error.message}`);
  outcome = { passed: 0, failed: 1, skipped: 0 };
}
const { passed, failed, skipped } = outcome;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

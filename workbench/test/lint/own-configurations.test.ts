import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { checkSinkFiles } from '../../src/lint/audit/check-files.ts';
import { lintKindConfig } from '../../src/lint/kind/lint.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe("the project's own configurations", () => {
  for (const file of ['kind/kind.yaml', 'kind/ha.yaml']) {
    test.for(['any', '1.31.0', '1.35.4', '1.36.3'])(`${file} has no findings for %s`, (release) => {
      expect(existsSync(`${root}/${file}`)).toBe(true);
      expect(lintKindConfig(file, { cwd: root, release: release === 'any' ? null : release }).findings).toEqual([]);
    });
  }

  test("kind/kind.yaml has no findings in 'snoop sink check'", () => {
    expect(checkSinkFiles([`${root}/kind/kind.yaml`])).toMatchObject({ findings: [], files: { length: 3 } });
  });
});

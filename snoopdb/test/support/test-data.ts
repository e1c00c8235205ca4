import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Published files, in a folder by subject: `coverage/1.36.0.json`. Most of them are packed, which their names here leave out. */
export interface TestData {
  readonly name: 'slices' | 'whole files';
  /** The bytes of a file, unpacked. */
  readBytes(path: string): Buffer;
  readJson(path: string): unknown;
}

function openFolder(name: TestData['name'], folder: URL): TestData {
  const readBytes = (path: string): Buffer => {
    const packed = new URL(`${path}.gz`, folder);
    return existsSync(packed) ? gunzipSync(readFileSync(packed)) : readFileSync(new URL(path, folder));
  };
  return { name, readBytes, readJson: (path) => JSON.parse(readBytes(path).toString()) };
}

// Exists beside some checkouts; for tests only.
const wholeFolder = new URL('../../../../shared/data/', import.meta.url);

/** What ships with the tests, made by slices/make-slices.ts. */
export const slices = openFolder('slices', new URL('./slices/', import.meta.url));

/** The whole files, if they exist. */
export const wholeFiles = existsSync(wholeFolder) ? openFolder('whole files', wholeFolder) : null;

if (wholeFiles === null) console.log('Tested on the slices of published files alone: ../shared/data is not there.');

/** What tests of published files use. */
export const testData: readonly TestData[] = wholeFiles === null ? [slices] : [slices, wholeFiles];

/** What tests of a `*.partly.*` file use: the whole files only in the lane slow. */
export const testDataOfLane: readonly TestData[] = process.env.SNOOP_TEST_ALL ? testData : [slices];
